"""Holds answers against openapi.yaml: an undocumented status, type, header or body is an error."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import yaml

from mock_lms import control
from mock_lms.spec import spec_path

METHODS = ("get", "post", "put", "delete")


@cache
def contract(path: Path | None = None) -> dict[str, Any]:
    """openapi.yaml, or another one."""
    document: dict[str, Any] = yaml.safe_load((path or spec_path()).read_text(encoding="utf-8"))
    return document


CONTROL = Path(control.__file__).with_name("openapi.yaml")


@cache
def everything() -> dict[str, Any]:
    """The vendor's contract and the control API's in one document; their components have different names."""
    parts = [contract(), contract(CONTROL)]
    components: dict[str, Any] = {}
    for part in parts:
        for kind, named in part["components"].items():
            components.setdefault(kind, {}).update(named)
    return {"paths": {**parts[0]["paths"], **parts[1]["paths"]}, "components": components}


@cache
def operations(of: Path | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation of a contract by method and path; parameters of the path are among its own."""
    found = {}
    for path, item in contract(of)["paths"].items():
        for method in METHODS:
            if method in item:
                own = item[method]
                parameters = [*item.get("parameters", ()), *own.get("parameters", ())]
                found[method.upper(), path] = {**own, "parameters": [resolved(each) for each in parameters]}
    return found


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """What a reference points to; anything else is itself."""
    while "$ref" in node:
        target: Any = everything()
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def words(schema: dict[str, Any]) -> list[str]:
    """The words that a schema names, also one that takes others beside them."""
    whole = resolved(schema)
    return [*whole.get("enum", ()), *(word for part in whole.get("anyOf", ()) for word in words(part))]


@cache
def _patterns() -> list[tuple[str, str, re.Pattern[str]]]:
    # fixed paths before those with parameters, as every router has it
    ordered = sorted({**operations(), **operations(CONTROL)}, key=lambda operation: operation[1].count("{"))
    return [(method, path, re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$")) for method, path in ordered]


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The operation that a call reaches; None for a path of which the contract does not speak.

    A tenant's name may come first, and /api.
    """
    path = re.sub("^(/t/[^/]+)?(/api(?=/[a-z]+/v1/))?", "", path)
    for known, template, pattern in _patterns():
        if known == method and pattern.match(path):
            return {**operations(), **operations(CONTROL)}[known, template]
    return None


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A validator of a schema that may refer to the contract's components."""
    return _validator(orjson.dumps(schema))


@cache
def _validator(schema: bytes) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({**orjson.loads(schema), "components": everything()["components"]})


def check(method: str, path: str, status: int, content_type: str, headers: set[str], body: bytes) -> None:
    """Raises `AssertionError` where the answer is none that the contract documents."""
    operation = operation_of(method, path)
    if operation is None:
        documented = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
        assert status in {403, 404, 405}, f"{method} {path} is not in the contract, yet it answers {status}"
    else:
        name = operation["operationId"]
        assert str(status) in operation["responses"], f"{name} answers {status}, which is undocumented: {body[:300]!r}"
        documented = resolved(operation["responses"][str(status)])
    for header in documented.get("headers", {}):
        assert header.lower() in {name.lower() for name in headers}, (
            f"{method} {path}: the documented header {header} is missing"
        )
    media = content_type.partition(";")[0]
    if "content" in documented:
        assert media in documented["content"], f"{method} {path} answers {media or 'no type'}, which is undocumented"
        if media == "application/json":
            schema = documented["content"][media]["schema"]
            for error in validator(schema).iter_errors(orjson.loads(body)):
                raise AssertionError(f"{method} {path} {status}: {error.message} at {error.instance_path}")
