"""What is known of a call beside the request: what the edge finds out before Flask sees it, and learns from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app, request

from mock_lms.domain.errors import InvalidToken, LmsError
from mock_lms.services.oauth2 import Actor
from mock_lms.services.planting import Planting
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import DEFAULT, Tenants

KEY = "mock_lms.call"
"""Of the WSGI environment."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The call waits up to `seconds` of real time. While `may_be_there()` is false, asking again cannot help."""

    seconds: float
    may_be_there: Callable[[], bool]


@dataclass(slots=True)
class Call:
    """One call. It goes with the WSGI environment, whatever wraps or copies that."""

    name: str = DEFAULT
    """Of the tenant that is meant."""

    is_addressed: bool = False
    """Whether the host is ours and the name is one that a tenant may have, so that the call can be noted there."""

    prefix: str = ""
    """What stood before the operation's path, `/api` or nothing. The journal shows it, nobody else need know."""

    tenant: Tenant | None = None
    """The tenant itself, once it is open."""

    refusal: LmsError | None = None
    """Why it is refused before anything is looked at."""

    endpoint: str | None = None
    """What it reached: `learn.bulk_unenroll`."""

    actor: Actor | None = None
    """Whose token it brought."""

    waiting: Waiting | None = None
    """What it waits for is not there yet: the edge is to ask again."""

    streams: bool = False
    """The answer is made while it is sent."""

    work: Planting | None = None
    """What somebody else does for it meanwhile."""

    again: bool = False
    """Nothing was done, as the tenant was replaced in the same moment. The call must begin anew."""

    repeated: bool = False
    """It is a read that began anew, since the connection to the database broke."""


def call() -> Call:
    """The one that is being answered."""
    return cast(Call, request.environ.setdefault(KEY, Call()))


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


def bearer(authorization: str) -> str:
    """The access token of the header. Raises `InvalidToken`.

    Source: docebo-api.md 5. It is taken from the header only, not from the query: no source says otherwise, and of 33
    surveyed programs none sends it there (what-clients-call.md).
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.isascii():
        raise InvalidToken
    return token.strip()
