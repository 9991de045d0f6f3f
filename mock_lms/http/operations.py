"""The operations of the vendor's contract, by the names of their views."""

from __future__ import annotations

import re

from flask import Flask

API = frozenset({"learn", "course", "learningplan", "manage", "audiences", "analytics"})
"""The blueprints that need a token."""

VENDOR = API | {"oauth2"}
"""The blueprints of the vendor's API."""

_BELOW_API = re.compile(r"/api(?=/[a-z]+/v[0-9]+/)")


def without_api(path: str) -> str:
    """`/api/learn/v1/courses` as `/learn/v1/courses`; any other path as it is.

    Source: what-clients-call.md 1. Two programs that ran against tenants write the prefix.
    """
    below = _BELOW_API.match(path)
    return path[below.end() :] if below else path


def operation_of(endpoint: str | None) -> str | None:
    """The operation that the endpoint `learn.bulk_unenroll` is; None for one that is not the vendor's."""
    module, _, name = (endpoint or "").partition(".")
    return name if module in VENDOR else None


def operations_of(app: Flask) -> tuple[str, ...]:
    """Every operation of the vendor's contract."""
    return tuple(sorted(filter(None, map(operation_of, app.view_functions))))


def routes_of(app: Flask) -> list[tuple[str, str, str]]:
    """Method, path template and operationId of every operation of the vendor's contract."""
    return [
        (method, rule.rule.replace("<", "{").replace(">", "}"), operation)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if (operation := operation_of(rule.endpoint)) is not None
    ]
