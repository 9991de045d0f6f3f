"""What is known of a call beside the request: what the edge finds out before Flask sees it, and learns from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import request

from mock_lms.domain.errors import LmsError
from mock_lms.services.oauth2 import Actor
from mock_lms.services.planting import Planting
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import DEFAULT

KEY = "mock_lms.call"
"""Of the WSGI environment."""


@dataclass(slots=True)
class Call:
    """One call. It goes with the WSGI environment, whatever wraps or copies that."""

    name: str = DEFAULT
    """Of the tenant that is meant."""

    tenant: Tenant | None = None
    """The tenant itself, once it is open."""

    refusal: LmsError | None = None
    """Why it is refused before anything is looked at."""

    endpoint: str | None = None
    """What it reached: `learn.bulk_unenroll`."""

    actor: Actor | None = None
    """Whose token it brought."""

    pending: float = 0
    """What it waits for is not there yet: for so many seconds in all the edge is to ask again."""

    work: Planting | None = None
    """What somebody else does for it meanwhile."""

    again: bool = False
    """Nothing was done, as the tenant was replaced in the same moment. The call must begin anew."""


def call() -> Call:
    """The one that is being answered."""
    return cast(Call, request.environ.setdefault(KEY, Call()))
