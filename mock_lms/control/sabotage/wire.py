"""Parts that act around the WSGI application: on calls, answers and tokens."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import orjson
from flask import request

from mock_lms.api import auth
from mock_lms.control.sabotage.registry import Part, Target
from mock_lms.domain.errors import InvalidToken
from mock_lms.http.call import call
from mock_lms.http.requests import path_id
from mock_lms.services.oauth2 import Actor
from mock_lms.storage.meta import ADMIN, ADMIN_ID

BULK = "/learn/v1/enrollments"
ONE = re.compile(BULK + "/[0-9]+/[0-9]+")

OPENED = "mock_lms.sabotage.opened"
"""Set in the environment of a call that `opens` let in without a good token."""

Environ: TypeAlias = dict[str, Any]
Concerns: TypeAlias = Callable[[Environ], bool]


def is_bulk_unenroll(environ: Environ) -> bool:
    return bool(environ["REQUEST_METHOD"] == "DELETE" and environ["PATH_INFO"] == BULK)


def is_single_unenroll(environ: Environ) -> bool:
    return bool(environ["REQUEST_METHOD"] == "DELETE" and ONE.fullmatch(environ["PATH_INFO"]))


def is_of_the_api(environ: Environ) -> bool:
    return bool(environ["PATH_INFO"].startswith(("/course/", "/learn/", "/learningplan/", "/manage/")))


def method(*methods: str, under: str = "") -> Concerns:
    """Selects calls of the API by method and the beginning of the path."""
    return lambda environ: (
        is_of_the_api(environ) and environ["REQUEST_METHOD"] in methods and environ["PATH_INFO"].startswith(under)
    )


def responses(concerns: Concerns, change: Callable[[str, bytes], tuple[str, bytes]]) -> Part:
    """Changes status and body of some answers."""

    def commit(target: Target) -> None:
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

    return commit


def data(concerns: Concerns, change: Callable[[dict[str, Any]], Any]) -> Part:
    """Changes the `data` of successful answers."""

    def other(status: str, body: bytes) -> tuple[str, bytes]:
        if not status.startswith("200"):
            return status, body
        content = orjson.loads(body)
        content["data"] = change(content["data"])
        return status, orjson.dumps(content)

    return responses(concerns, other)


def statuses(concerns: Concerns, when: Callable[[str, bytes], bool], status: str) -> Part:
    """Changes the status of some answers."""
    return responses(concerns, lambda right, body: (status if when(right, body) else right, body))


def bodies(change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Part:
    """Changes the body of bulk unenrollments, if it is a JSON object."""

    def commit(target: Target) -> None:
        def other(application: Any, environ: Environ, start_response: Any) -> Any:
            if is_bulk_unenroll(environ):
                sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                try:
                    content = orjson.loads(sent)
                except ValueError:
                    content = None
                if isinstance(content, dict):
                    sent = orjson.dumps(change(content))
                environ = {**environ, "wsgi.input": io.BytesIO(sent), "CONTENT_LENGTH": str(len(sent))}
            return application(environ, start_response)

        target.around(target.app, "wsgi_app", other)

    return commit


def opens(concerns: Concerns, *, but_for_none: bool = False) -> Part:
    """Lets some calls in without a good token. With `but_for_none` they need a token, but any text will do."""

    def commit(target: Target) -> None:
        def other() -> None:
            try:
                auth.enter()
            except InvalidToken:
                environ = request.environ
                if not concerns(environ) or (but_for_none and "HTTP_AUTHORIZATION" not in environ):
                    raise
                environ[OPENED] = True
                call().actor = Actor(ADMIN_ID, ADMIN, "superadmin")
                request.view_args = {name: path_id(name, text) for name, text in (request.view_args or {}).items()}

        functions = target.app.before_request_funcs[None]
        target.replace(target.app, "before_request_funcs", {None: [other if f is auth.enter else f for f in functions]})

    return commit
