"""The operations of the vendor's contract, by the names of their views."""

from __future__ import annotations

from flask import Flask

API = frozenset({"learn", "course", "learningplan", "manage", "audiences"})
"""The blueprints that need a token."""

VENDOR = API | {"oauth2"}
"""The blueprints of the vendor's API."""


def operation_of(endpoint: str | None) -> str | None:
    """The operation that the endpoint `learn.bulk_unenroll` is; None for one that is not the vendor's."""
    module, _, name = (endpoint or "").partition(".")
    return name if module in VENDOR else None


def operations_of(app: Flask) -> tuple[str, ...]:
    """Every operation of the vendor's contract."""
    return tuple(sorted(filter(None, map(operation_of, app.view_functions))))
