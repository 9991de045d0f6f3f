"""The edge: every request passes here before Flask sees it, and every answer on its way out.

It finds out which tenant is meant, and gives the call to the API. Whatever serves drives `handle`: the server
(`wire.py`), or `__call__`, as WSGI has it: tests without a socket.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from mock_lms.api.auth import is_served
from mock_lms.api.call import KEY, Call
from mock_lms.control.sabotage import Saboteur
from mock_lms.domain.errors import HostNotServed, InvalidRequest, TenantNotFound
from mock_lms.services.tenants import NAME, Superseded, Tenants

Environ = dict[str, Any]

CONTROL = "/_mock"
PREFIX = "/t/"
HEADER = "HTTP_X_MOCK_LMS_TENANT"
UNWATCHED = ("/api-browser", "/openapi.")
"""What is no call of the vendor's API: not journaled, and no fault concerns it."""

ATTEMPTS = 5  # of a call whose tenant is replaced each time that it comes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent. `cut` bytes of the body are sent before the connection is closed; -1: not even a status."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    cut: int | None = None

    @property
    def code(self) -> int:
        return int(self.status[:3])


Steps = Generator[float, None, Answer]
"""How a call is answered: waits of so many seconds, then the answer."""


class Edge:
    """The application of a server. One call at a time, but for the waits between."""

    def __init__(self, app: Flask, tenants: Tenants, host: str, sabotage: str = "") -> None:
        self.app = app
        self.tenants = tenants
        self._host = host
        self._sabotage = sabotage
        self._saboteur = Saboteur(app)
        self._turn = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI has it, which knows no connection: `mock_lms.cut` of the environment says where to cut it off."""
        steps = self.handle(environ)
        while True:
            try:
                with self._turn:
                    seconds = next(steps)
                time.sleep(seconds)
            except StopIteration as end:
                answer: Answer = end.value
                break
        environ["mock_lms.cut"] = answer.cut
        start_response(answer.status, answer.headers)
        return [answer.body]

    def handle(self, environ: Environ) -> Steps:
        """Answers one request; its body is in memory."""
        call = environ[KEY] = Call()
        host = environ.get("HTTP_HOST", "localhost")
        if not is_served(host, self._host):
            call.refusal = HostNotServed(host)
            return self._run(environ)
        self._name(environ, call, host)
        path = environ["PATH_INFO"]
        if call.refusal or path == "/" or path.startswith((CONTROL, *UNWATCHED)):
            return self._run(environ)
        try:
            call.tenant = self.tenants.open(call.name)
        except (TenantNotFound, Superseded):
            call.refusal = TenantNotFound(call.name)
            return self._run(environ)
        return (yield from self._watched(environ))

    def _watched(self, environ: Environ) -> Steps:
        """A call of the vendor's API."""
        yield from ()
        return self._run(environ)

    def _name(self, environ: Environ, call: Call, host: str) -> None:
        """Which tenant is meant: by path, by header, by host. They must not disagree."""
        named = []
        path: str = environ["PATH_INFO"]
        if path.startswith(PREFIX):
            name, slash, rest = path.removeprefix(PREFIX).partition("/")
            named.append(name)
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{PREFIX}{name}"
            environ["PATH_INFO"] = slash + rest
        if HEADER in environ:
            named.append(environ[HEADER])
        label, dot, rest = host.lower().partition(".")
        if dot and rest.partition(":")[0] == "localhost":
            named.append(label)
        if not named:
            return
        call.name = named[0]
        if len(set(named)) > 1:
            call.refusal = InvalidRequest("tenant", f"{' and '.join(sorted(set(named)))[:100]}: one call, one tenant.")
        elif not NAME.fullmatch(call.name):
            call.refusal = TenantNotFound(call.name)

    def _run(self, environ: Environ) -> Answer:
        """What the application answers."""
        call: Call = environ[KEY]
        body = environ["wsgi.input"].read()
        answer = Answer("", [], b"")
        for _ in range(ATTEMPTS):
            environ["wsgi.input"] = io.BytesIO(body)
            self._saboteur.be(call.name, (call.tenant.entries.get("sabotage") if call.tenant else "") or self._sabotage)
            answer = _run(self.app.wsgi_app, environ)
            if not call.again:
                break
            call.again, call.tenant = False, None
        return answer


def _run(application: Callable[..., Any], environ: Environ) -> Answer:
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        started.extend((status, headers))
        return started.append

    body = b"".join(application(environ, start))
    return Answer(started[0], started[1], body)
