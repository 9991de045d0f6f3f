"""Who may enter: every call of the API passes here before its view."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import cast

from flask import current_app, g, request

from mock_lms.api.json_fields import number_in_url
from mock_lms.domain.errors import HostNotServed, InvalidRequest, InvalidToken, NotAllowed
from mock_lms.services.oauth2 import Actor, authenticate
from mock_lms.services.tenant import Tenant

API = frozenset({"learn", "course", "learningplan", "manage"})
"""The blueprints that need a token."""

FOR_LEARNERS = frozenset({"learn.list_enrollments", "learn.get_enrollment", "manage.get_session"})
"""What everybody may ask, about themselves. All else is a superadmin's (docebo-api.md 5)."""


def tenant() -> Tenant:
    """The tenant that the request is for."""
    return cast(Tenant, current_app.extensions["mock_lms"])


def actor() -> Actor:
    """Whose token the request brings."""
    return cast(Actor, g.actor)


def enter() -> None:
    """Lets a request in: the right host, a good token, a role that may, and ids in the path.

    Raises `HostNotServed`, `InvalidToken`, `NotAllowed`, `InvalidRequest`.
    """
    check_host()
    if request.blueprint not in API:
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii():
        raise InvalidToken
    g.actor = authenticate(tenant(), token.strip())
    if not g.actor.is_superadmin and request.endpoint not in FOR_LEARNERS:
        raise NotAllowed
    if request.view_args:
        request.view_args = {name: path_id(name, text) for name, text in request.view_args.items()}


def check_host() -> None:
    """Refuses names that are not this machine's: a web page may have one that resolves to 127.0.0.1."""
    host = request.environ.get("HTTP_HOST", "localhost")
    if not _is_served(host, current_app.config["SERVED_HOST"]):
        raise HostNotServed(host)


@lru_cache(maxsize=256)
def _is_served(host: str, ours: str) -> bool:
    name = host.lower() if host.endswith("]") else host.lower().rsplit(":", 1)[0]
    if name in {"localhost", ours.lower()} or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def path_id(name: str, text: str) -> int:
    """The id that a part of the path is. Raises `InvalidRequest`."""
    number = number_in_url(text)
    if not number:
        raise InvalidRequest(name, f"{text[:60]!r} in the path is no id.")
    return number
