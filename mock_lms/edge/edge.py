"""The edge: every request passes here before Flask sees it, and every answer on its way out.

`admit` reads the head of a request and says how much of its body is wanted. `handle` answers it: a call of the vendor's
API goes through `_watched` (quota, fault, journal), and every call ends at `_ask`, which calls the application.

Whatever serves drives the two: the server (`rsgi.py`), a mock in this process (`testing/inside.py`), or `__call__`, as
WSGI has it.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask

from mock_lms.api.docs import BROWSER_PATH
from mock_lms.control.faults import service as faults
from mock_lms.control.faults.rules import Rule
from mock_lms.control.journal import service as journal
from mock_lms.control.journal.entry import Noted
from mock_lms.control.journal.misses import Tally
from mock_lms.control.quota import service as quota
from mock_lms.control.sabotage import Saboteur
from mock_lms.domain.errors import LmsError, TenantNotFound
from mock_lms.edge import faulting
from mock_lms.edge.admission import ATTEMPTS, CONTROL, Admission
from mock_lms.edge.answer import LAST_RESORT, Answer, Steps, answer_of
from mock_lms.edge.environ import Environ, as_text, body_of, declared, deliver, headers_of
from mock_lms.edge.waiting import WaitingRoom
from mock_lms.http.call import KEY, Call
from mock_lms.http.errors import refusal_of
from mock_lms.http.operations import operation_of, operations_of, routes_of
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
        self._misses = Tally()
        self._notes: list[tuple[Tenant, str | None, str]] = []
        self._waiting = WaitingRoom()

    # --- what a server calls

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
            return (yield from self._waiting.answer(call, partial(self._ask, environ)))
        except Exception as error:  # noqa: BLE001 -- it is logged
            return self._failed(environ, error)

    def flush(self) -> None:
        """Writes what is noted and not written yet."""
        notes, self._notes = self._notes, []
        if notes:
            journal.note_all(notes)

    def tally(self) -> dict[str, Any]:
        """How many calls hit no operation so far, and which most often."""
        return self._misses.as_json(routes_of(self.app))

    def log_cut_off(self, which: str, error: Exception) -> None:
        """Says why an answer broke off that was made while it was sent. `which` names the call."""
        if isinstance(error, Superseded):
            self.app.logger.error("%s was cut off: what it shows was replaced meanwhile", which)
        else:
            refusal_of(error, self.app.logger, f"{which}, which was cut off")

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

    # --- a call of the vendor's API

    def _watched(self, environ: Environ, tenant: Tenant) -> Steps:
        """The call may be refused by the quota, or go wrong by a fault, and is noted. Raises `Superseded`."""
        call: Call = environ[KEY]
        began = tenant.clock.now()
        body = body_of(environ)  # a fault may change it; what was sent is noted
        rule = None
        try:
            if call.refusal is None and tenant.quota is not None:
                call.refusal = quota.over_quota(tenant)
            if call.refusal is None and tenant.faults:
                rule = self._fault(environ, tenant)
            answer = self._with_fault(environ, tenant, rule) if rule else self._ask(environ)
        except Superseded:
            raise
        except Exception as error:  # noqa: BLE001 -- it is logged, and noted below as any other call
            answer = self._failed(environ, error)
        if rule and (seconds := faulting.seconds_late(rule)):
            yield seconds
        self._note(environ, tenant, began, body, rule, answer)
        return answer

    def _fault(self, environ: Environ, tenant: Tenant) -> Rule | None:
        """The rule that acts on this call, if one does."""
        method, path = environ["REQUEST_METHOD"], as_text(environ["PATH_INFO"])
        endpoint = self._admission.endpoint(environ)
        return faults.acting_rule(tenant, method, path, operation_of(endpoint), self.operations)

    def operations(self) -> tuple[str, ...]:
        """Every operation of the vendor's contract."""
        return operations_of(self.app)

    def _with_fault(self, environ: Environ, tenant: Tenant, rule: Rule) -> Answer:
        call: Call = environ[KEY]
        call.endpoint = self._admission.endpoint(environ)  # also where the application is not asked
        return faulting.answer_with(faulting.Fault(rule, tenant, environ, partial(self._ask, environ)))

    def _note(
        self, environ: Environ, tenant: Tenant, began: datetime, body: bytes, rule: Rule | None, answer: Answer
    ) -> None:
        """Writes the call into the tenant's journal, or keeps it for `flush`."""
        call: Call = environ[KEY]
        sent = answer.cut is None or answer.cut >= 0
        noted = Noted(
            began=began,
            method=environ["REQUEST_METHOD"],
            path=call.prefix + as_text(environ["PATH_INFO"]),
            query=as_text(environ["QUERY_STRING"]),
            operation=operation_of(call.endpoint),
            user_id=call.actor.user_id if call.actor else None,
            fault=rule.action if rule else None,
            headers=headers_of(environ),
            body=body,
            code=answer.code if sent else None,
            answer_headers=dict(answer.headers) if sent else {},
            answer=answer.body[: answer.cut] if sent else b"",
        )
        if noted.operation is None:
            self._misses.add(tenant.name, noted.method, noted.path)
        if self.later is None:
            journal.note(tenant, noted)
        else:
            self._notes.append(journal.noted(tenant, noted))
            if len(self._notes) == 1:
                self.later(self.flush)

    # --- any call

    def _ask(self, environ: Environ) -> Answer:
        """What the application answers, sabotaged or not. A call whose tenant is replaced meanwhile begins anew."""
        call: Call = environ[KEY]
        body = body_of(environ)
        answer = Answer("", [], b"")
        for _ in range(ATTEMPTS):
            environ["wsgi.input"] = io.BytesIO(body)
            own = call.tenant.entries.get("sabotage") if call.tenant else ""
            self._saboteur.be(call.name, own or self._sabotage)
            answer = answer_of(self.app.wsgi_app, environ)
            if not call.again:
                break
            call.again, call.tenant = False, None
        self._saboteur.be("", "")  # what it replaces is the whole process's
        return answer

    def _failed(self, environ: Environ, error: Exception) -> Answer:
        """What is answered to a call at which anything under it or of ours failed."""
        try:
            environ[KEY].refusal = self._refusal(environ, error)
            return self._ask(environ)
        except Exception:  # noqa: BLE001 -- the last resort; why it came to it is in the log already
            return LAST_RESORT

    def _refusal(self, environ: Environ, error: Exception) -> LmsError:
        """What the error is to the client. Logs it."""
        which = f"{environ['REQUEST_METHOD']} {as_text(environ['PATH_INFO'])!r}"
        return refusal_of(error, self.app.logger, which)
