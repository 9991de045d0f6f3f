"""Checks our own requests before they are sent, and the answers of a target, against openapi.yaml.

An invalid request is our own mistake, and its answer says nothing about the target.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import yaml

from mock_lms.spec import spec_path
from mock_lms_contracts.exchange import Answer

if TYPE_CHECKING:
    import jsonschema_rs

METHODS = ("get", "post", "put", "delete")
JSON = "application/json"
MOST = 5
"""Problems that are reported of one body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the contract."""

    id: str
    path: str
    parameters: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any] | None
    """The schema of its JSON body."""

    body_required: bool
    responses: Mapping[str, Any]
    confidence: str = "high"
    """How certain the sources are: high, medium or low."""


@cache
def document() -> dict[str, Any]:
    """openapi.yaml."""
    contents: dict[str, Any] = yaml.load(spec_path().read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- both are safe
    return contents


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a call reaches, or None if the contract has none."""
    for known, pattern, operation in _operations():
        if known == method.upper() and pattern.fullmatch(path):
            return operation
    return None


def request_problems(method: str, path: str, query: Any = None, body: Any = None) -> list[str]:
    """What is wrong with a request of ours, by the contract. Empty unless the check sends an invalid one."""
    operation = operation_of(method, path)
    if operation is None:
        return [f"{method} {path} is not in openapi.yaml"]
    problems = [*_path_problems(operation, path), *_query_problems(operation, _pairs(query))]
    if operation.body is None:
        if body is not None:
            problems.append("the operation takes no body")
    elif body is not None:
        unknown = set(body) - _names(operation.body) if isinstance(body, Mapping) else ()
        problems += [f"the body has {name}, which the contract does not document" for name in sorted(map(str, unknown))]
        problems += _schema_problems(operation.body, body, "the body")
    elif operation.body_required:
        problems.append("the operation needs a body")
    return problems


def schema_problems(method: str, path: str, answer: Answer) -> list[str]:
    """What is wrong with an answer, by the contract: its status, content type, headers or body."""
    operation = operation_of(method, path)
    if operation is None:
        return [f"{method} {path} is not in openapi.yaml"]
    status = str(answer.status)
    if method.upper() == "POST" and answer.status == HTTPStatus.CREATED:
        status = (
            status if status in operation.responses else "200"
        )  # a right server may answer so when it creates something
    if status not in operation.responses:
        return [f"{operation.id} answers {answer.status}, which is not documented"]
    documented = _resolved(operation.responses[status])
    present = {name.lower() for name in answer.headers}
    problems = [
        f"{operation.id} answers {answer.status} without its header {name}"
        for name, header in documented.get("headers", {}).items()
        if _resolved(header).get("required") and name.lower() not in present
    ]
    contents = documented.get("content", {})
    if contents:
        kinds = {name.lower(): value for name, value in answer.headers.items()}
        media = kinds.get("content-type", "").partition(";")[0].strip().lower()
        if media not in contents:
            return [*problems, f"{operation.id} answers {answer.status} with the type {media or 'none'}"]
        if media == JSON:
            try:
                body = json.loads(answer.text)
            except (ValueError, RecursionError):
                return [
                    *problems,
                    f"{operation.id} answers {answer.status} with a body that is not JSON: {answer.text[:80]!r}",
                ]
            problems += _schema_problems(contents[media]["schema"], body, f"{operation.id}'s answer {answer.status}")
    return problems


def narrowed(operation_ids: Iterable[str]) -> dict[str, Any]:
    """The contract with only these operations."""
    wanted = set(operation_ids)
    copy: dict[str, Any] = json.loads(json.dumps(document()))
    paths = {}
    for path, item in copy["paths"].items():
        kept = {name: value for name, value in item.items() if name not in METHODS or value["operationId"] in wanted}
        if any(name in METHODS for name in kept):
            paths[path] = kept
    return {**copy, "paths": paths}


@cache
def _operations() -> tuple[tuple[str, re.Pattern[str], Operation], ...]:
    operations = []
    for path, item in document()["paths"].items():
        pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
        for method in METHODS:
            if method in item:
                own = item[method]
                body = own.get("requestBody", {})
                operation = Operation(
                    own["operationId"],
                    path,
                    [_resolved(parameter) for parameter in (*item.get("parameters", ()), *own.get("parameters", ()))],
                    body.get("content", {}).get(JSON, {}).get("schema"),
                    bool(body.get("required")),
                    own["responses"],
                    own["x-evidence"]["confidence"],
                )
                operations.append((method.upper(), pattern, operation))
    # fixed paths come before those with parameters, as in every router
    return tuple(sorted(operations, key=lambda entry: entry[2].path.count("{")))


def _resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        target: Any = document()
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _names(schema: Mapping[str, Any]) -> set[str]:
    return set(_resolved(schema).get("properties", ()))


def _path_problems(operation: Operation, path: str) -> Iterator[str]:
    pattern = next(pattern for _, pattern, known in _operations() if known is operation)
    match = pattern.fullmatch(path)
    values = match.groupdict() if match else {}
    for parameter in operation.parameters:
        if parameter["in"] == "path":
            yield from _value_problems(parameter["schema"], values[parameter["name"]], parameter["name"])


def _query_problems(operation: Operation, pairs: Iterable[tuple[str, Any]]) -> Iterator[str]:
    known = {
        parameter["name"].removesuffix("[]"): parameter
        for parameter in operation.parameters
        if parameter["in"] == "query"
    }
    for name, value in pairs:
        parameter = known.get(re.sub(r"\[\d*\]$", "", name))
        if parameter is None:
            yield f"{operation.id} has no parameter {name}"
        else:
            schema = parameter["schema"]
            yield from _value_problems(schema["items"] if schema.get("type") == "array" else schema, value, name)


def _pairs(query: Any) -> Iterator[tuple[str, Any]]:
    """The pairs that `urlencode(query, doseq=True)` makes."""
    for name, value in query.items() if isinstance(query, Mapping) else query or ():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            yield name, item


def _value_problems(schema: Mapping[str, Any], value: Any, where: str) -> Sequence[str]:
    """Problems of a value in a path or a query, which may be a number written as digits."""
    text = str(value)
    problems = _schema_problems(schema, text, where)
    if problems and re.fullmatch(r"-?[0-9]{1,18}", text):
        problems = _schema_problems(schema, int(text), where)
    return problems


def _schema_problems(schema: Mapping[str, Any], value: Any, where: str) -> list[str]:
    problems = []
    for error in _validator(json.dumps(schema)).iter_errors(value):
        at = "/".join(map(str, error.instance_path))
        problems.append(f"{where}{f' at {at}' if at else ''}: {error.message[:200]}")
        if len(problems) == MOST:
            break
    return problems


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs  # noqa: PLC0415 -- help and the list of requirements need nothing of the extra

    return jsonschema_rs.Draft202012Validator({**json.loads(schema), "components": document()["components"]})
