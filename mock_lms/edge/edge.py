"""The edge: every request passes here before Flask sees it, and every answer on its way out.

`admit` reads the head of a request, and says how much of its body is wanted; `handle` answers it. Whatever serves
drives the two: the server (`wire.py`), a mock in this process (`testing/inside.py`), or `__call__`, as WSGI has it.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Flask

from mock_lms.api.docs import BROWSER_PATH
from mock_lms.control.faults import service as faults
from mock_lms.control.faults.rules import Rule
from mock_lms.control.journal import service as journal
from mock_lms.control.journal.entry import Noted
from mock_lms.control.quota import service as quota
from mock_lms.control.sabotage import Saboteur
from mock_lms.domain.errors import Injected, LmsError, TenantNotFound
from mock_lms.edge import watch
from mock_lms.edge.admission import ATTEMPTS, CONTROL, Admission
from mock_lms.edge.answer import LAST_RESORT, NOTHING, Answer, Steps, answer_of
from mock_lms.edge.environ import Environ, as_text, declared, deliver
from mock_lms.edge.waiting import WaitingRoom
from mock_lms.http.call import KEY, Call
from mock_lms.http.errors import refusal_of
from mock_lms.http.operations import operation_of, operations_of
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import Superseded, Tenants

UNWATCHED = (BROWSER_PATH, "/openapi.")
"""What is no call of the vendor's API: not journaled, and no fault concerns it."""


class Edge:
    """The application of a server. One call at a time, but for the waits between."""

    def __init__(self, app: Flask, tenants: Tenants, hosts: Collection[str], sabotage: str = "") -> None:
        self.app = app
        self.tenants = tenants
        self._admission = Admission(app, tenants, hosts)
        self._sabotage = sabotage
        self._saboteur = Saboteur(app)
        self._turn = threading.Lock()
        self.later: Callable[[Callable[[], None]], object] | None = None
        """Schedules a function to run shortly, or leaves that to whoever set it. If set, calls that arrive close
        together are journaled together; if None, each is journaled at once."""
        self._notes: list[tuple[Tenant, str | None, str]] = []
        self._waiting = WaitingRoom()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """As WSGI has it, which knows no connection: `mock_lms.cut` of the environment says where to cut it off."""
        stream = environ["wsgi.input"]
        environ["wsgi.input"] = io.BytesIO()
        if most := self.admit(environ):
            size = declared(environ)
            deliver(environ, stream.read(most + 1 if size is None else size), most=most)
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
        return answer.pieces or [answer.body]

    def admit(self, environ: Environ) -> int:
        """How many bytes of the body are to be read and given to `deliver`; 0 for none. Comes before `handle`."""
        try:
            return self._admission.admit(environ)
        except Exception as error:  # noqa: BLE001 -- it is logged; `handle` answers, and notes it
            environ[KEY].refusal = self._refusal(environ, error)
            return 0

    def handle(self, environ: Environ) -> Steps:
        """Answers one request, which was admitted; its body is in memory. Never fails."""
        call: Call = environ[KEY]
        path = environ["PATH_INFO"]
        try:
            if path.startswith(CONTROL):
                self.flush()
            if call.is_addressed and path != "/" and not path.startswith((CONTROL, *UNWATCHED)):
                try:
                    call.tenant = self.tenants.open(call.name)
                    return (yield from self._watched(environ, call.tenant))
                except (TenantNotFound, Superseded):
                    call.refusal = TenantNotFound(call.name)
            return (yield from self._waiting.answer(call, partial(self._run, environ)))
        except Exception as error:  # noqa: BLE001 -- it is logged
            return self._failed(environ, error)

    def _failed(self, environ: Environ, error: Exception) -> Answer:
        """What is answered to a call at which anything under it or of ours failed."""
        try:
            environ[KEY].refusal = self._refusal(environ, error)
            return self._run(environ)
        except Exception:  # noqa: BLE001 -- the last resort; why it came to it is in the log already
            return LAST_RESORT

    def _refusal(self, environ: Environ, error: Exception) -> LmsError:
        which = f"{environ['REQUEST_METHOD']} {as_text(environ['PATH_INFO'])!r}"
        return refusal_of(error, self.app.logger, which)

    def log_cut_off(self, which: str, error: Exception) -> None:
        """Says why an answer broke off that was made while it was sent. `which` names the call."""
        if isinstance(error, Superseded):
            self.app.logger.error("%s was cut off: what it shows was replaced meanwhile", which)
        else:
            refusal_of(error, self.app.logger, f"{which}, which was cut off")

    def _watched(self, environ: Environ, tenant: Tenant) -> Steps:
        """A call of the vendor's API: it may be refused, or go wrong, and is noted."""
        call: Call = environ[KEY]
        began = tenant.clock.now()
        body: bytes = environ["wsgi.input"].getvalue()
        rule = None
        try:
            if call.refusal is None and tenant.quota is not None:
                call.refusal = quota.over_quota(tenant)
            if call.refusal is None and tenant.faults:
                rule = self._fault(environ, tenant)
            answer = self._with_fault(environ, tenant, rule, body) if rule else self._run(environ)
        except Superseded:
            raise
        except Exception as error:  # noqa: BLE001 -- it is logged, and noted below as any other call
            answer = self._failed(environ, error)
        if rule and rule.action == "delay":
            yield rule.seconds or 0
        sent = answer.cut is None or answer.cut >= 0
        noted = Noted(
            began=began,
            method=environ["REQUEST_METHOD"],
            path=as_text(environ["PATH_INFO"]),
            query=as_text(environ["QUERY_STRING"]),
            operation=operation_of(call.endpoint),
            user_id=call.actor.user_id if call.actor else None,
            fault=rule.action if rule else None,
            headers=_headers(environ),
            body=body,
            code=answer.code if sent else None,
            answer_headers=dict(answer.headers) if sent else {},
            answer=answer.body[: answer.cut] if sent else b"",
        )
        if self.later is None:
            journal.note(tenant, noted)
        else:
            self._notes.append(journal.noted(tenant, noted))
            if len(self._notes) == 1:
                self.later(self.flush)
        return answer

    def flush(self) -> None:
        """Writes what is noted and not written yet."""
        notes, self._notes = self._notes, []
        if notes:
            journal.note_all(notes)

    def _fault(self, environ: Environ, tenant: Tenant) -> Rule | None:
        method, path = environ["REQUEST_METHOD"], as_text(environ["PATH_INFO"])
        endpoint = self._admission.endpoint(environ)
        return faults.acting_rule(tenant, method, path, operation_of(endpoint), self.operations)

    def _with_fault(self, environ: Environ, tenant: Tenant, rule: Rule, body: bytes) -> Answer:
        call: Call = environ[KEY]
        call.endpoint = self._admission.endpoint(environ)  # also where the application is not asked
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

    def operations(self) -> tuple[str, ...]:
        """Every operation of the vendor's contract."""
        return operations_of(self.app)

    def _run(self, environ: Environ) -> Answer:
        """What the application answers."""
        call: Call = environ[KEY]
        body = environ["wsgi.input"].getvalue()
        answer = Answer("", [], b"")
        for _ in range(ATTEMPTS):
            environ["wsgi.input"] = io.BytesIO(body)
            self._saboteur.be(call.name, (call.tenant.entries.get("sabotage") if call.tenant else "") or self._sabotage)
            answer = answer_of(self.app.wsgi_app, environ)
            if not call.again:
                break
            call.again, call.tenant = False, None
        self._saboteur.be("", "")  # what it replaces is the whole process's
        return answer


def _give(environ: Environ, body: bytes) -> None:
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _headers(environ: Environ) -> dict[str, str]:
    found = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            found[name.replace("_", "-")] = environ[name]
    return found
