"""The one place where a refusal becomes a response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from logging import Logger
from typing import Any

from flask import Flask, Response, current_app, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from mock_lms.domain import errors
from mock_lms.http.call import call
from mock_lms.http.fields import MOST_ERRORS
from mock_lms.http.requests import json_response
from mock_lms.services.tenants import DatabaseLost, Interrupted, OutcomeUnknown, Superseded, trouble

STATUSES: Mapping[type[errors.LmsError], int] = {
    errors.InvalidRequest: 400,
    errors.WrongLogin: 400,
    errors.InvalidToken: 401,
    errors.InvalidControlToken: 401,
    errors.ForeignPage: 403,
    errors.NotAllowed: 403,
    errors.HostNotServed: 403,
    errors.NotFound: 404,
    errors.UsernameTaken: 409,
    errors.JobEnded: 409,
    errors.TenantExists: 409,
    errors.JournalIncomplete: 409,
    errors.BodyTooLarge: 413,
    errors.EncodedBody: 415,
    errors.QuotaExceeded: 429,
    errors.TooManyWaiting: 503,
    errors.Unavailable: 503,
    errors.StorageFailed: 503,
    errors.DiskFull: 507,
}


def status_of(refusal: errors.LmsError) -> int:
    """The status of the nearest of the refusal's classes; that of an injected one is its own."""
    if isinstance(refusal, errors.Injected):
        return refusal.status
    return next(STATUSES[cls] for cls in type(refusal).__mro__ if cls in STATUSES)


NO_OPERATION = 4040
"""The `code` of a 404 for a path that is no operation; that of every other refusal is its status.

Source: docebo-api.md 6, where `code` may be the service's own. The number is the mock's assumption.
"""


def envelope(status: int, messages: list[str], code: int | None = None) -> Response:
    """The vendor's error, or RFC 6749's where that is spoken. Without a `code` it is the status."""
    name = HTTP_STATUS_CODES.get(status, "Error")
    if request.path.startswith("/oauth2/"):
        error = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request"
        return json_response({"error": error, "error_description": " ".join(messages)}, status)
    return json_response({"name": name, "message": messages, "code": code or status, "status": status}, status)


def sentences(messages: Any, path: str = "") -> Iterator[str]:
    """Marshmallow's nested messages, each as `user_ids.3: ...`."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from sentences(inner, f"{path}.{name}" if path else str(name))
    else:
        for message in messages:
            yield f"{path}: {message}"


FAILED = "The mock failed, which is a defect of the mock; its log says more."


def _unavailable(error: DatabaseLost, *, may_be_in_part: bool) -> errors.Unavailable:
    """What a call is told whose database was lost. It may be done in part where it takes several transactions."""
    if isinstance(error, OutcomeUnknown):
        told = "broke off while the call was carried out. Whether it was is unknown: read before you repeat it."
    elif may_be_in_part:
        told = "cannot be reached. The call may have been carried out in part: look before you repeat it."
    else:
        told = "cannot be reached. Nothing was changed; call again in a moment."
    return errors.Unavailable(f"The mock's database {told}")


def refusal_of(error: Exception, log: Logger, which: str, *, may_be_in_part: bool = False) -> errors.LmsError:
    """What to answer where a call failed; `which` names the call. The log says more, in one line where it is no defect.

    `may_be_in_part`: the call takes several transactions.
    """
    if isinstance(error, DatabaseLost):
        log.error("%s: the database is lost: %s", which, error)
        return _unavailable(error, may_be_in_part=may_be_in_part)
    if refusal := trouble(error):
        log.error("%s: %s", which, refusal)
        return type(refusal)(refusal.reason, may_be_in_part=True) if may_be_in_part else refusal
    log.error("%s failed", which, exc_info=error)
    return errors.Injected(500, FAILED)


KEPT = ("Allow", "Location")


def _in_order(value: str) -> str:
    """Werkzeug's list of methods is a set, whose order is another in each process."""
    return ", ".join(sorted(value.split(", ")))


def _of_framework(error: HTTPException) -> Response:
    """What Flask and Werkzeug refuse by themselves: an unknown path, another method, a form that is too large."""
    status = error.code or 500
    if status == HTTPStatus.NOT_FOUND:
        return _refused(errors.OperationNotFound(request.path))
    text = error.description or HTTP_STATUS_CODES.get(status, "Error")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        text = "The form has more parts, or larger ones, than are taken."  # how long it may be, the edge knows
    response = envelope(status, [text])
    response.headers.extend((name, _in_order(value)) for name, value in error.get_headers() if name in KEPT)
    return response


def _refused(error: errors.LmsError) -> Response:
    code = NO_OPERATION if isinstance(error, errors.OperationNotFound | errors.SingularPath) else None
    response = envelope(status_of(error), [str(error)], code)
    if isinstance(error, errors.Injected) and error.retry_after is not None:
        response.headers["Retry-After"] = error.retry_after
    if isinstance(error, errors.QuotaExceeded) and error.date is not None:
        response.headers["Date"] = error.date
    return response


def register(app: Flask) -> None:
    """Gives the app the handlers."""
    app.register_error_handler(HTTPException, _of_framework)
    app.register_error_handler(errors.LmsError, _refused)

    @app.errorhandler(Superseded)
    def superseded(_: Superseded) -> Response:
        call().again = True
        return envelope(503, ["The tenant was replaced in the same moment. Call again."])

    @app.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> Response:
        messages = list(islice(sentences(error.messages), MOST_ERRORS + 1))
        return envelope(400, [*messages[:MOST_ERRORS], *(["... and more."] if len(messages) > MOST_ERRORS else [])])

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        # a call of the control API may take several transactions
        in_part = request.method != "GET" and request.blueprint == "control"
        which = f"{request.method} {request.path!r}"
        return _refused(refusal_of(error, current_app.logger, which, may_be_in_part=in_part))

    @app.errorhandler(Interrupted)
    def interrupted(error: Interrupted) -> Response:
        this = call()
        if request.method == "GET" and not this.repeated:
            this.again = this.repeated = True
        return envelope(503, []) if this.again else failed(error)
