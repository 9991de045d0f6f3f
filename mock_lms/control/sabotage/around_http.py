"""Sabotages of what travels: around the WSGI application, and at its door."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from sqlalchemy import delete

from mock_lms.api import auth
from mock_lms.control.sabotage.registry import Target, sabotage
from mock_lms.domain.errors import InvalidToken
from mock_lms.http.call import KEY, call, tenants
from mock_lms.http.requests import VERSION
from mock_lms.services.oauth2 import Actor
from mock_lms.services.tenant import Tenant
from mock_lms.storage.database import Statement
from mock_lms.storage.meta import ADMIN, ADMIN_ID
from mock_lms.storage.tables import course_enrollments

BULK = "/learn/v1/enrollments"

Environ = dict[str, Any]


def _is_bulk_unenroll(environ: Environ) -> bool:
    return bool(environ["REQUEST_METHOD"] == "DELETE" and environ["PATH_INFO"] == BULK)


def _responses(
    target: Target, concerns: Callable[[Environ], bool], change: Callable[[str, bytes], tuple[str, bytes]]
) -> None:
    """Status and body of some answers are changed on their way out."""

    def other(application: Any, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not concerns(environ):
            return application(environ, start_response)  # type: ignore[no-any-return]
        started: list[Any] = []
        body = b"".join(application(environ, lambda status, headers, *_: started.extend((status, headers))))
        status, body = change(started[0], body)
        headers = [(name, value) for name, value in started[1] if name.lower() != "content-length"]
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    target.around(target.app, "wsgi_app", other)


@sabotage("a partial success is 200")
def answers_207(target: Target) -> None:
    def change(status: str, body: bytes) -> tuple[str, bytes]:
        return ("207 Multi-Status" if status.startswith("200") else status), body

    _responses(target, _is_bulk_unenroll, change)


@sabotage("ids in un_enrolled are integers")
def ids_as_strings(target: Target) -> None:
    def change(status: str, body: bytes) -> tuple[str, bytes]:
        if not status.startswith("200"):
            return status, body
        answer = orjson.loads(body)
        answer["data"]["un_enrolled"] = [str(user) for user in answer["data"]["un_enrolled"]]
        return status, orjson.dumps(answer)

    _responses(target, _is_bulk_unenroll, change)


@sabotage("every call needs a good token")
def no_auth(target: Target) -> None:
    def other() -> None:
        try:
            auth.enter()
        except InvalidToken:
            call().actor = Actor(ADMIN_ID, ADMIN, "superadmin")

    functions = target.app.before_request_funcs[None]
    target.replace(target.app, "before_request_funcs", {None: [other if f is auth.enter else f for f in functions]})


@sabotage("a token is good for its own tenant only")
def accepts_foreign_tokens(target: Target) -> None:
    def other(function: Any, tenant: Tenant, token: str) -> Actor:
        for name in [tenant.name, *tenants().names()]:
            try:
                return function(tenants().open(name), token)  # type: ignore[no-any-return]
            except InvalidToken:
                continue
        raise InvalidToken

    target.around(auth, "authenticate", other)


@sabotage("a read shows what was written before it")
def stale_reads(target: Target) -> None:
    seen: dict[str, tuple[str, bytes]] = {}
    address: list[str] = []

    def concerns(environ: Environ) -> bool:
        address[:] = [f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"]
        return bool(environ["REQUEST_METHOD"] == "GET" and "enrollments" in environ["PATH_INFO"])

    _responses(target, concerns, lambda status, body: seen.setdefault(address[0], (status, body)))


@sabotage("no page repeats another")
def page_2_repeats_page_1(target: Target) -> None:
    def other(application: Any, environ: Environ, start_response: Any) -> Any:
        asked = [(name, "1" if name == "page" else v) for name, v in parse_qsl(environ["QUERY_STRING"])]
        return application({**environ, "QUERY_STRING": urlencode(asked)}, start_response)

    target.around(target.app, "wsgi_app", other)


@sabotage("a bulk unenrollment without a body is refused")
def no_body_means_everybody(target: Target) -> None:
    everything = Statement(delete(course_enrollments))

    def other(application: Any, environ: Environ, start_response: Any) -> Any:
        if not _is_bulk_unenroll(environ) or environ.get("CONTENT_LENGTH") not in {None, "", "0"}:
            return application(environ, start_response)
        with environ[KEY].tenant.database.begin() as transaction:
            transaction.run(everything)
        answer = orjson.dumps({"data": {"un_enrolled": [], "errors": []}, "version": VERSION})
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    target.around(target.app, "wsgi_app", other)


@sabotage("the three flags do what they say")
def ignores_the_flags(target: Target) -> None:
    flags = ("reset_tracks", "cascade_unenroll_from_courses_in_selected_learning_plan", "delete_issued_certificates")

    def other(application: Any, environ: Environ, start_response: Any) -> Any:
        if _is_bulk_unenroll(environ):
            data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            try:
                body = {name: value for name, value in orjson.loads(data).items() if name not in flags}
                data = orjson.dumps(body)
            except (ValueError, AttributeError):
                pass
            environ = {**environ, "wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data))}
        return application(environ, start_response)

    target.around(target.app, "wsgi_app", other)
