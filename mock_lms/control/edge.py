"""The edge: every request passes here before Flask sees it, and every answer on its way out.

It finds out which tenant is meant, and gives the call to the API. Whatever serves drives `handle`: the server
(`wire.py`), or `__call__`, as WSGI has it: tests without a socket.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException

from mock_lms.api.auth import API, is_served
from mock_lms.api.call import KEY, Call
from mock_lms.api.docs import BROWSER_PATH
from mock_lms.api.errors import refusal_of
from mock_lms.control import watch
from mock_lms.control.faults.rules import Rule
from mock_lms.control.sabotage import Saboteur
from mock_lms.domain.errors import HostNotServed, Injected, InvalidRequest, TenantNotFound
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import NAME, Superseded, Tenants

Environ = dict[str, Any]

CONTROL = "/_mock"
LOCAL = ".localhost"
PREFIX = "/t/"
HEADER = "HTTP_X_MOCK_LMS_TENANT"
UNWATCHED = (BROWSER_PATH, "/openapi.")
"""What is no call of the vendor's API: not journaled, and no fault concerns it."""

VENDOR = API | {"oauth2"}
"""The blueprints of the vendor's API."""

PAUSE = 0.02  # seconds between two looks at what is waited for
ATTEMPTS = 100  # of a call whose tenant is replaced each time that it comes; each time somebody else was quicker


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


NOTHING = Answer("500 Internal Server Error", [], b"", cut=-1)
"""The connection is closed."""

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
        self._routes = app.url_map.bind("localhost")
        self.later: Callable[[Callable[[], None]], object] | None = None
        """Calls what it is given in a moment. Where there is one, nobody but us looks into the journal, so that calls
        which come close upon each other can be written together."""
        self._notes: list[tuple[Tenant, str | None, str]] = []

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI has it, which knows no connection: `mock_lms.cut` of the environment says where to cut it off."""
        _give(environ, environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)), length=False)
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
        if not call.refusal and environ["SCRIPT_NAME"] and (path == "/" or path.startswith(BROWSER_PATH)):
            # its pages know addresses from the root only, and would show another tenant
            port = host.rpartition(":")[2]
            there = f"{call.name}{LOCAL}{f':{port}' if port.isdecimal() else ''}"
            return Answer("302 Found", [("Location", f"http://{there}{BROWSER_PATH}/"), ("Content-Length", "0")], b"")
        if path.startswith(CONTROL):
            self.flush()
        if call.refusal or path == "/" or path.startswith((CONTROL, *UNWATCHED)):
            answer = self._run(environ)
            waited = 0.0
            while call.pending > waited:
                yield PAUSE
                waited += PAUSE
                answer = self._run(environ)
            return answer
        try:
            call.tenant = self.tenants.open(call.name)
            return (yield from self._watched(environ, call.tenant))
        except (TenantNotFound, Superseded):
            call.refusal = TenantNotFound(call.name)
        except Exception as error:  # noqa: BLE001 -- it is logged there
            call.refusal = refusal_of(error, self.app.logger, f"{environ['REQUEST_METHOD']} {path}")
        return self._run(environ)

    def _watched(self, environ: Environ, tenant: Tenant) -> Steps:
        """A call of the vendor's API: it may be refused, or go wrong, and is noted."""
        call: Call = environ[KEY]
        began = tenant.clock.now()
        body: bytes = environ["wsgi.input"].getvalue()
        if tenant.quota is not None:
            call.refusal = watch.over_quota(tenant)
        rule = self._fault(environ, tenant) if tenant.faults and call.refusal is None else None
        answer = self._with_fault(environ, tenant, rule, body) if rule else self._run(environ)
        if rule and rule.action == "delay":
            yield rule.seconds or 0
        sent = answer.cut is None or answer.cut >= 0
        noted = watch.Noted(
            began=began,
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            query=environ["QUERY_STRING"],
            operation=self._operation(call.endpoint),
            user_id=call.actor.user_id if call.actor else None,
            fault=rule.action if rule else None,
            headers=_headers(environ),
            body=body,
            code=answer.code if sent else None,
            answer_headers=dict(answer.headers) if sent else {},
            answer=answer.body[: answer.cut] if sent else b"",
        )
        if self.later is None:
            watch.note(tenant, noted)
        else:
            self._notes.append(watch.noted(tenant, noted))
            if len(self._notes) == 1:
                self.later(self.flush)
        return answer

    def flush(self) -> None:
        """Writes what is noted and not written yet."""
        notes, self._notes = self._notes, []
        if notes:
            watch.note_all(notes)

    def _fault(self, environ: Environ, tenant: Tenant) -> Rule | None:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        endpoint = self._endpoint(environ)
        return watch.fault(tenant, method, path, self._operation(endpoint), self.operations)

    def _with_fault(self, environ: Environ, tenant: Tenant, rule: Rule, body: bytes) -> Answer:
        call: Call = environ[KEY]
        call.endpoint = self._endpoint(environ)  # also where the application is not asked
        if rule.action == "drop":
            return NOTHING
        call.refusal = watch.refusal(rule)
        if rule.action == "expire_token":
            watch.expire(tenant, environ.get("HTTP_AUTHORIZATION", ""))
        elif rule.action == "strip_body":
            _give(environ, b"")
        elif rule.action == "before_commit":
            call.tenant = watch.never_committing(tenant)
        elif rule.action == "mid_batch":
            _give(environ, watch.half_of(body))
            self._run(environ)
            call.refusal = Injected(rule.status or 500, "A fault that was asked for: the batch broke off half way.")
        answer = self._run(environ)
        if rule.action in {"before_commit", "lost_answer"}:
            return NOTHING
        return replace(answer, cut=len(answer.body) // 2) if rule.action == "half_body" else answer

    def _endpoint(self, environ: Environ) -> str | None:
        """What the request will reach."""
        try:
            found = self._routes.match(environ["PATH_INFO"], environ["REQUEST_METHOD"])[0]
        except HTTPException:
            return None
        return str(found)

    def _operation(self, endpoint: str | None) -> str | None:
        """The operation of the vendor's contract, by the name of its view."""
        module, _, name = (endpoint or "").partition(".")
        return name if module in VENDOR else None

    def operations(self) -> tuple[str, ...]:
        """Every operation of the vendor's contract."""
        return operations_of(self.app)

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
        machine = host.lower().partition(":")[0]
        if machine.endswith(LOCAL):
            named.append(machine.removesuffix(LOCAL))
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
        body = environ["wsgi.input"].getvalue()
        answer = Answer("", [], b"")
        for _ in range(ATTEMPTS):
            environ["wsgi.input"] = io.BytesIO(body)
            self._saboteur.be(call.name, (call.tenant.entries.get("sabotage") if call.tenant else "") or self._sabotage)
            answer = _run(self.app.wsgi_app, environ)
            if not call.again:
                break
            call.again, call.tenant = False, None
        self._saboteur.be("", "")  # what it replaces is the whole process's
        return answer


def operations_of(app: Flask) -> tuple[str, ...]:
    """Every operation of the vendor's contract."""
    views = (endpoint.partition(".") for endpoint in app.view_functions)
    return tuple(sorted(name for module, _, name in views if module in VENDOR))


def _give(environ: Environ, body: bytes, *, length: bool = True) -> None:
    environ["wsgi.input"] = io.BytesIO(body)
    if length:
        environ["CONTENT_LENGTH"] = str(len(body))


def _headers(environ: Environ) -> dict[str, str]:
    found = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            found[name.replace("_", "-")] = environ[name]
    return found


def _run(application: Callable[..., Any], environ: Environ) -> Answer:
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        started.extend((status, headers))
        return started.append

    body = b"".join(application(environ, start))
    return Answer(started[0], started[1], body)
