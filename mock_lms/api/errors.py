"""The one place where a refusal becomes a response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from logging import Logger
from typing import Any

from flask import Flask, Response, current_app, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from mock_lms.api.call import call
from mock_lms.api.requests import json_response
from mock_lms.domain import errors
from mock_lms.services.tenants import Superseded, trouble

STATUSES: Mapping[type[errors.LmsError], int] = {
    errors.InvalidRequest: 400,
    errors.InvalidToken: 401,
    errors.InvalidControlToken: 401,
    errors.ForeignPage: 403,
    errors.NotAllowed: 403,
    errors.HostNotServed: 403,
    errors.NotFound: 404,
    errors.UsernameTaken: 409,
    errors.TenantExists: 409,
    errors.JournalIncomplete: 409,
    errors.QuotaExceeded: 429,
    errors.StorageFailed: 503,
    errors.DiskFull: 507,
}


def status_of(refusal: errors.LmsError) -> int:
    """The status of the nearest of the refusal's classes; that of an injected one is its own."""
    if isinstance(refusal, errors.Injected):
        return refusal.status
    return next(STATUSES[cls] for cls in type(refusal).__mro__ if cls in STATUSES)


def envelope(status: int, messages: list[str]) -> Response:
    """The vendor's error, or RFC 6749's where that is spoken."""
    name = HTTP_STATUS_CODES.get(status, "Error")
    if request.path.startswith("/oauth2/"):
        error = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request"
        return json_response({"error": error, "error_description": " ".join(messages)}, status)
    return json_response({"name": name, "message": messages, "code": status, "status": status}, status)


def sentences(messages: Any, path: str = "") -> Iterator[str]:
    """Marshmallow's nested messages, each as `user_ids.3: ...`."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from sentences(inner, f"{path}.{name}" if path else str(name))
    else:
        for message in messages:
            yield f"{path}: {message}"


MOST_SENTENCES = 20

FAILED = "The mock failed, which is a defect of the mock; its log says more."


def refusal_of(error: Exception, log: Logger, which: str) -> errors.LmsError:
    """What to answer where a call failed. The log says more, in one line where it is no defect of ours."""
    refusal = trouble(error)
    if refusal is not None:
        log.error("%s: %s", which, refusal)
        return refusal
    log.error("%s failed", which, exc_info=error)
    return errors.Injected(500, FAILED)


KEPT = ("Allow", "Location")


def _in_order(value: str) -> str:
    """Werkzeug's list of methods is a set, whose order is another in each process."""
    return ", ".join(sorted(value.split(", ")))


def register(app: Flask) -> None:
    """Gives the app the handlers."""

    @app.errorhandler(errors.LmsError)
    def refused(error: errors.LmsError) -> Response:
        response = envelope(status_of(error), [str(error)])
        if isinstance(error, errors.Injected) and error.retry_after is not None:
            response.headers["Retry-After"] = error.retry_after
        if isinstance(error, errors.QuotaExceeded) and error.date is not None:
            response.headers["Date"] = error.date
        return response

    @app.errorhandler(Superseded)
    def superseded(_: Superseded) -> Response:
        call().again = True
        return envelope(503, ["The tenant was replaced in the same moment. Call again."])

    @app.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> Response:
        found = list(sentences(error.messages))
        more = [f"... and {len(found) - MOST_SENTENCES:,} more."] if len(found) > MOST_SENTENCES else []
        return envelope(400, found[:MOST_SENTENCES] + more)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        text = error.description or HTTP_STATUS_CODES.get(status, "Error")
        if status == HTTPStatus.NOT_FOUND:
            text = f"There is no {request.path[:200]} here. /api-browser/ shows what there is."
        elif status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            limit = request.max_content_length
            text = f"The body is larger than the {limit:,} bytes that are taken. Send less at a time."
        response = envelope(status, [text])
        response.headers.extend((name, _in_order(value)) for name, value in error.get_headers() if name in KEPT)
        return response

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        return refused(refusal_of(error, current_app.logger, f"{request.method} {request.path}"))
