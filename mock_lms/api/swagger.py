"""The contract as Swagger 2.0, a document for each service: what the vendor's API browser, and clients like it, read.

It is converted from openapi.yaml (3.1), as far as that goes. What Swagger 2.0 cannot say is left out, and makes a
document that promises less, never something else: alternatives become the first that is no null, or anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

Json: TypeAlias = dict[str, Any]

METHODS = ("get", "post", "put", "delete")

_AS_IT_IS = {
    "type", "format", "description", "enum", "default", "example", "pattern", "minLength", "maxLength", "minimum",
    "maximum", "minItems", "maxItems", "required", "properties", "items", "$ref",
}  # fmt: skip
"""What both versions say of a value in the same words. `x-...` may stand everywhere."""

_OF_AN_OPERATION = {"tags", "operationId", "summary", "description"}
_OF_A_PARAMETER = {"name", "in", "description", "required"}

_PRIMITIVE = {"string", "integer", "number", "boolean"}


def services(contract: Json) -> list[str]:
    """The services that have operations with a token, in the contract's order."""
    named: dict[str, None] = {}
    for path, _, operation in _operations(contract):
        if operation.get("security") != []:
            named[path.split("/")[1]] = None
    return list(named)


def document(contract: Json, service: str, url: str) -> Json:
    """The document of one of the `services`. `url` is what the tenant's addresses begin with: `http://host/t/NAME`."""
    base, at = f"/{service}/v1", urlsplit(url)
    paths: Json = {}
    for path, shared, operation in _operations(contract):
        if path.startswith(base + "/"):
            item = paths.setdefault(path.removeprefix(base), {})
            item[operation["method"]] = _Operation(contract, shared, operation).converted()
    definitions = {name: _schema(schema) for name, schema in contract["components"]["schemas"].items()}
    return {
        "swagger": "2.0",
        "info": {key: contract["info"][key] for key in ("title", "version", "description")},
        "host": at.netloc,
        "schemes": [at.scheme],
        "basePath": at.path + base,
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": _security(contract, url),
        "security": [{"oauth2": ["api"]}, {"bearer": []}],
        "paths": paths,
        "definitions": _reachable(paths, definitions),
    }


def _operations(contract: Json) -> Iterator[tuple[str, list[Json], Json]]:
    """Each operation: its path, the parameters of the path, and itself with its method."""
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, item.get("parameters", []), {**item[method], "method": method}


def _security(contract: Json, url: str) -> Json:
    flow = contract["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
    return {
        "oauth2": {
            "type": "oauth2",
            "flow": "accessCode",
            "authorizationUrl": url + flow["authorizationUrl"],
            "tokenUrl": url + flow["tokenUrl"],
            "scopes": flow["scopes"],
        },
        "bearer": {"type": "apiKey", "in": "header", "name": "Authorization"},
    }


class _Operation:
    """One operation on its way."""

    def __init__(self, contract: Json, shared: list[Json], operation: Json) -> None:
        self._contract, self._own = contract, operation
        self._parameters = [*shared, *operation.get("parameters", [])]

    def converted(self) -> Json:
        kept = {key: value for key, value in self._own.items() if key in _OF_AN_OPERATION or key.startswith("x-")}
        parameters = [self._parameter(self._resolved(one)) for one in self._parameters]
        if "requestBody" in self._own:
            (media,) = self._own["requestBody"]["content"].values()
            parameters.append({"name": "body", "in": "body", "required": True, "schema": _schema(media["schema"])})
        responses = {status: self._response(self._resolved(one)) for status, one in self._own["responses"].items()}
        return {**kept, "parameters": parameters, "responses": responses}

    def _parameter(self, parameter: Json) -> Json:
        schema = self._plain(parameter["schema"])
        kept = {key: value for key, value in parameter.items() if key in _OF_A_PARAMETER}
        return {**kept, **schema, **({"collectionFormat": "multi"} if schema["type"] == "array" else {})}

    def _plain(self, schema: Json) -> Json:
        """A schema as a parameter may have one: without references and alternatives."""
        plain = _schema(self._resolved(schema))
        for alternative in self._resolved(schema).get("anyOf", ()):
            plain = {**self._plain(alternative), **plain}
        if "items" in plain:
            item = self._plain(schema["items"])
            plain["items"] = {key: value for key, value in item.items() if key != "description"}
        return plain

    def _response(self, response: Json) -> Json:
        converted: Json = {"description": response["description"]}
        for name, media in response.get("content", {}).items():
            converted["schema"] = _schema(media["schema"])
            if "example" in media:
                converted["examples"] = {name: media["example"]}
        return converted

    def _resolved(self, node: Json) -> Json:
        while "$ref" in node:
            target: Any = self._contract
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node


def _schema(schema: Json) -> Json:
    """A schema of 3.1 as 2.0 has it."""
    converted = {key: value for key, value in schema.items() if key in _AS_IT_IS or key.startswith("x-")}
    if "$ref" in converted:
        return {"$ref": converted["$ref"].replace("#/components/schemas/", "#/definitions/")}
    kinds = schema.get("type", [])
    if isinstance(kinds, list):
        converted.pop("type", None)
        named = [kind for kind in kinds if kind != "null"]
        if "null" in kinds:
            converted["x-nullable"] = True
        if len(named) == 1:
            (converted["type"],) = named
    if "anyOf" in schema and "type" not in converted:
        others = [part for part in schema["anyOf"] if part.get("type") != "null"]
        if all(part.get("type") in _PRIMITIVE for part in others):
            converted = {**_schema(others[0]), **converted}
    if "properties" in schema:
        converted["properties"] = {name: _schema(part) for name, part in schema["properties"].items()}
    if converted.get("type") == "array":
        converted["items"] = _schema(schema.get("items", {}))
    return converted


def _reachable(paths: Json, definitions: Mapping[str, Json]) -> Json:
    """The definitions that the paths name, and those that these name."""
    named: set[str] = set()
    waiting = [paths]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in named:
                named.add(name)
                waiting.append(definitions[name])
    return {name: definitions[name] for name in sorted(named)}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for part in node.values():
            yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)
