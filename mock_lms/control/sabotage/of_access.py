"""Sabotages of who is let in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from mock_lms.api import auth
from mock_lms.control.sabotage.registry import Part, Target, wrong
from mock_lms.control.sabotage.wire import (
    BULK,
    OPENED,
    Environ,
    is_bulk_unenroll,
    is_of_the_api,
    is_single_unenroll,
    method,
    opens,
    responses,
)
from mock_lms.domain.errors import InvalidToken
from mock_lms.http.call import tenants
from mock_lms.http.requests import VERSION
from mock_lms.services.oauth2 import Actor
from mock_lms.services.tenant import Tenant
from mock_lms.storage import tokens
from mock_lms.storage.database import Transaction
from mock_lms.storage.tokens import Grant


def _accepts_foreign_tokens(target: Target) -> None:
    def other(function: Any, tenant: Tenant, token: str) -> Actor:
        for name in [tenant.name, *tenants().names()]:
            try:
                return function(tenants().open(name), token)  # type: ignore[no-any-return]
            except InvalidToken:
                continue
        raise InvalidToken

    target.around(auth, "authenticate", other)


def _expired_are_good(target: Target) -> None:
    def other(function: Any, transaction: Transaction, secret: str, grant: Grant, now: int) -> None:
        function(transaction, secret, replace(grant, expires_at=grant.expires_at + TEN_YEARS), now)

    target.around(tokens, "put", other)  # the answer still says an hour


TEN_YEARS = 10 * 365 * 24 * 3_600  # in seconds
PLANS = "/learningplan/v1/learningplans"


def _learners_may(*operations: str) -> Part:
    return lambda target: target.replace(auth, "FOR_LEARNERS", auth.FOR_LEARNERS.union(operations))


def _bad_token_is(status: str, body: bytes | None = None) -> Part:
    def change(right: str, content: bytes) -> tuple[str, bytes]:
        return (status, content if body is None else body) if right.startswith("401") else (right, content)

    return responses(is_of_the_api, change)


_EMPTY = orjson.dumps({"data": {"items": [], "un_enrolled": [], "errors": []}, "version": VERSION})
_REFUSAL = orjson.dumps({"name": "Unauthorized", "message": [str(InvalidToken())], "code": 401, "status": 401})


def _obeys_and_refuses(target: Target) -> None:
    def other(application: Any, environ: Environ, start_response: Any) -> Any:
        begun: list[Any] = []
        body = b"".join(application(environ, lambda *args: begun.extend(args[:2])))
        if environ.pop(OPENED, None):
            begun[:] = ["401 Unauthorized", [("Content-Type", "application/json")]]
            body = _REFUSAL
        start_response(*begun)
        return [body]

    opens(is_bulk_unenroll)(target)
    target.around(target.app, "wsgi_app", other)


wrong(
    "access",
    no_auth=("every call needs a good token", opens(is_of_the_api)),
    reads_need_no_token=("every list and record needs a good token", opens(method("GET"))),
    bulk_unenroll_needs_no_token=("the bulk unenrollment needs a good token", opens(is_bulk_unenroll)),
    single_unenroll_needs_no_token=("the single unenrollment needs a good token", opens(is_single_unenroll)),
    enrolling_needs_no_token=("enrolling needs a good token", opens(method("POST", under=BULK))),
    updating_needs_no_token=("updating needs a good token", opens(method("PUT"))),
    plans_need_no_token=("whatever is done with plans needs a good token", opens(method("GET", "POST", under=PLANS))),
    takes_any_token=("a token is one that was issued", opens(is_of_the_api, but_for_none=True)),
    obeys_a_bad_token=("what is refused for its token is not done", _obeys_and_refuses),
    accepts_foreign_tokens=("a token is good for its own tenant only", _accepts_foreign_tokens),
    accepts_expired_tokens=("a token that has expired is good no more", _expired_are_good),
    learners_may_unenroll=("a learner unenrolls nobody in bulk", _learners_may("learn.bulk_unenroll")),
    bad_token_is_403=("a bad token is 401, not 403", _bad_token_is("403 Forbidden")),
    bad_token_is_500=("a bad token is 401, not 500", _bad_token_is("500 Internal Server Error")),
    bad_token_is_200=("a bad token is 401, not an empty success", _bad_token_is("200 OK", _EMPTY)),
)
