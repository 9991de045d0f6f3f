"""Who may enter: every call of the API passes here before its view."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import cast

from flask import current_app, request

from mock_lms.api.call import call
from mock_lms.api.json_fields import number_in_url
from mock_lms.domain.errors import InvalidRequest, InvalidToken, NotAllowed
from mock_lms.services.oauth2 import Actor, authenticate
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import Tenants

API = frozenset({"learn", "course", "learningplan", "manage"})
"""The blueprints that need a token."""

FOR_LEARNERS = frozenset({"learn.list_enrollments", "learn.get_enrollment", "manage.get_session"})
"""What everybody may ask, about themselves. All else is a superadmin's (docebo-api.md 5)."""


def tenants() -> Tenants:
    """All tenants of the server."""
    return cast(Tenants, current_app.extensions["mock_lms"])


def tenant() -> Tenant:
    """The tenant that the request is for. Raises `TenantNotFound`."""
    this = call()
    if this.tenant is None:
        this.tenant = tenants().open(this.name)
    return this.tenant


def actor() -> Actor:
    """Whose token the request brings."""
    return cast(Actor, call().actor)


def enter() -> None:
    """Lets a request in: a good token, a role that may, and ids in the path.

    Raises what was found out before, `InvalidToken`, `NotAllowed`, `InvalidRequest`.
    """
    this = call()
    this.endpoint = request.endpoint
    if this.refusal is not None:
        raise this.refusal
    if request.blueprint not in API:
        return
    this.actor = authenticate(tenant(), bearer(request.headers.get("Authorization", "")))
    if not this.actor.is_superadmin and request.endpoint not in FOR_LEARNERS:
        raise NotAllowed
    if request.view_args:
        request.view_args = {name: path_id(name, text) for name, text in request.view_args.items()}


def bearer(authorization: str) -> str:
    """The access token of the header. Raises `InvalidToken`.

    Source: docebo-api.md 5. It is taken from the header only, not from the query: no source says otherwise, and of 33
    surveyed programs none sends it there (what-clients-call.md).
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.isascii():
        raise InvalidToken
    return token.strip()


@lru_cache(maxsize=256)
def is_served(host: str, ours: frozenset[str]) -> bool:
    """Whether the name is this machine's: a web page may have one that only resolves to it. `ours` is in lower case."""
    name = host.lower() if host.endswith("]") else host.lower().rsplit(":", 1)[0]
    if name == "localhost" or name in ours or name.endswith(".localhost"):
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
