"""Who may enter: every call of the API passes here before its view."""

from __future__ import annotations

from flask import request

from mock_lms.domain.errors import NotAllowed
from mock_lms.http.call import bearer, call, tenant
from mock_lms.http.operations import API
from mock_lms.http.requests import path_id
from mock_lms.services.oauth2 import authenticate

FOR_LEARNERS = frozenset({"learn.list_enrollments", "learn.get_enrollment", "manage.get_session"})
"""The operations that every user may call, about themselves. All others need a superadmin (docebo-api.md 5)."""


FOR_ALL = frozenset({"manage.log_in"})
"""What needs no token."""


NO_ID = frozenset({"execution_id", "format", "hash", "uuid"})
"""The parts of paths that are texts."""


def enter() -> None:
    """Lets a request in: a good token, a role that may, and ids in the path.

    Raises the refusal that the edge decided on already, `InvalidToken`, `NotAllowed`, `InvalidRequest`.
    """
    this = call()
    this.endpoint = request.endpoint
    if this.refusal is not None:
        raise this.refusal
    if request.blueprint not in API or request.endpoint in FOR_ALL:
        return
    this.actor = authenticate(tenant(), bearer(request.headers.get("Authorization", "")))
    if not this.actor.is_superadmin and request.endpoint not in FOR_LEARNERS:
        raise NotAllowed
    if request.view_args:
        request.view_args = {
            name: text if name in NO_ID else path_id(name, text) for name, text in request.view_args.items()
        }
