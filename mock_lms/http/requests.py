"""What a request brings: its JSON body, or the parameters of a list. And what an answer is wrapped in."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import orjson
from flask import Response, request
from marshmallow import EXCLUDE, Schema, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from mock_lms.domain.errors import CursorNotFound, InvalidRequest
from mock_lms.http.call import tenant
from mock_lms.http.fields import JsonSchema, number_in_url
from mock_lms.http.strictness import STRICT, reading_by
from mock_lms.policy import Policy

LONGEST_CURSOR = 60_000
"""Characters; about what fits into an address."""

VERSION = "1.0.0"
CACHED_URL = 500  # bytes of a query string that is worth remembering

JSON = {"", "application/json"}
"""The types that a JSON body is said to be of by whoever is strict about it."""

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 10_000
"""Of a form."""

NOT_JSON = "Send the body as JSON, with the header Content-Type: application/json."

_INDEX = re.compile(r"\[[0-9]*\]$", re.ASCII)


class Body(Schema):
    """A JSON object. Names that it does not know are ignored, as the vendor's servers seem to."""

    class Meta:
        unknown = EXCLUDE

    rule: ClassVar[JsonSchema] = {}
    """What the contract says of the object as a whole."""


def load(schema: type[Body], *, required: bool = True) -> dict[str, Any]:
    """The request's JSON body, loaded by the schema. Where it is not `required`, none is an empty object.

    Raises `InvalidRequest`, marshmallow's `ValidationError`, `UnsupportedMediaType`.
    """
    policy = tenant().policy
    body = json_object(policy)
    if body is None:
        if required:
            raise InvalidRequest("body", "a JSON object is needed. Some proxies strip the body of a DELETE.")
        body = {}
    with reading_by(policy):
        loaded: dict[str, Any] = schema().load(body)
    return loaded


def json_object(policy: Policy = STRICT) -> dict[str, Any] | None:
    """The request's body as a JSON object, or the fields of a form where the policy takes one; None for no body.

    Raises `InvalidRequest`, `UnsupportedMediaType`.
    """
    data = request.get_data(cache=True)
    if not data:
        return None
    mimetype, lenient = request.mimetype, policy.content_types == "lenient"
    if mimetype not in JSON and not lenient:
        raise UnsupportedMediaType(NOT_JSON)
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if lenient and mimetype == FORM:
            return _form(data)
        if mimetype not in JSON:
            raise UnsupportedMediaType(NOT_JSON) from error
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidRequest("body", f"format error, this is not JSON ({error.msg}; {where}).") from error
    if not isinstance(body, dict):
        raise InvalidRequest("body", "a JSON object is needed.")
    return body


def parameters(policy: Policy) -> dict[str, Any]:
    """The parameters that the body of a GET names: those of a JSON object or, where the policy takes it, of a form.

    Any other body is ignored, as HTTP has it. Raises `InvalidRequest` for one that is said to be JSON and is not.
    Source: what-clients-call.md 2.1 (a program that ran against a tenant sent a form).
    """
    data = request.get_data(cache=True)
    mimetype, lenient = request.mimetype, policy.content_types == "lenient"
    if not data or not (lenient or mimetype in JSON):
        return {}
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        if mimetype == "application/json":
            return json_object() or {}
        return _form(data) if lenient and mimetype == FORM else {}
    return body if isinstance(body, dict) else {}


def _form(data: bytes) -> dict[str, Any]:
    """The fields of a form; `x[]=1` is a list even if it comes once. Raises `InvalidRequest`."""
    if data.count(b"&") > MOST_FIELDS:
        raise InvalidRequest("body", f"more than {MOST_FIELDS:,} fields are more than a form may have.")
    return _named(data, bracketed_is_list=True)


def query(schema: type[Schema], policy: Policy = STRICT) -> Mapping[str, Any]:
    """The parameters of a list: from the URL and, where that does not name them, from the body.

    Raises what `load` raises, and `CursorNotFound`.
    """
    url = request.query_string
    body = parameters(policy) if request.content_length else {}
    if not body and len(url) < CACHED_URL:
        return _query_of(schema, url, policy)
    return _loaded(schema, {**body, **_named(url)}, policy)


@lru_cache(maxsize=1024)
def _query_of(schema: type[Schema], url: bytes, policy: Policy) -> Mapping[str, Any]:
    # clients ask the same few questions again and again
    return _loaded(schema, _named(url), policy)


def _loaded(schema: type[Schema], values: Mapping[str, Any], policy: Policy) -> Mapping[str, Any]:
    with reading_by(policy):
        loaded: dict[str, Any] = schema().load(values)
        if not loaded.get("cursor"):
            if loaded.get("get_cursor"):
                loaded["cursor"] = _cursor(values)
            return loaded
        try:
            search = schema().load(_opened(loaded["cursor"]))
        except ValidationError:
            raise CursorNotFound from None
    own = NOT_IN_A_CURSOR | (OVER_A_CURSOR & values.keys())
    return {**search, **{name: value for name, value in loaded.items() if name in own}}


NOT_IN_A_CURSOR = {"page", "cursor", "get_cursor"}

OVER_A_CURSOR = {"page_size"}
"""What a cursor remembers, and a call may name anew."""


def _cursor(values: Mapping[str, Any]) -> str:
    """The search without the number of its page, for the client to send back. Raises `InvalidRequest`."""
    search = {name: value for name, value in values.items() if name not in NOT_IN_A_CURSOR}
    cursor = base64.urlsafe_b64encode(orjson.dumps(search)).decode().rstrip("=")
    if len(cursor) > LONGEST_CURSOR:
        raise InvalidRequest("get_cursor", "the search is too long for a cursor. Name fewer ids, or leave this out.")
    return cursor


def _opened(cursor: str) -> dict[str, Any]:
    try:
        search = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise CursorNotFound from None
    if not isinstance(search, dict) or search.keys() & NOT_IN_A_CURSOR:
        raise CursorNotFound
    return search


def _named(url: bytes, *, bracketed_is_list: bool = False) -> dict[str, list[str] | str]:
    """`x[]=1&x[0]=2&x=3` as one list, what comes once as a text."""
    lists: dict[str, list[str]] = {}
    bracketed: set[str] = set()
    for written, value in parse_qsl(url.decode(errors="replace"), keep_blank_values=True, errors="replace"):
        name = _INDEX.sub("", written)
        lists.setdefault(name, []).append(value)
        if bracketed_is_list and name != written:
            bracketed.add(name)
    return {name: values if len(values) > 1 or name in bracketed else values[0] for name, values in lists.items()}


def envelope(data: Any) -> Response:
    """A 200 with the vendor's envelope."""
    return json_response({"data": data, "version": VERSION, "extra_data": [], "_links": []})


def json_response(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, mimetype="application/json")


def path_id(name: str, text: str) -> int:
    """The id that a part of the path is. Raises `InvalidRequest`."""
    number = number_in_url(text)
    if not number:
        raise InvalidRequest(name, f"{text[:60]!r} in the path is no id.")
    return number
