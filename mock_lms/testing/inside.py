"""A mock inside this process: the server's own application, without a server."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from flask import Flask
from werkzeug.security import generate_password_hash

from mock_lms.app import create_app
from mock_lms.clock import FORMAT, Clock
from mock_lms.config import Config
from mock_lms.control.sabotage import rule_broken_by
from mock_lms.edge.answer import Answer, Steps
from mock_lms.edge.edge import Edge
from mock_lms.edge.environ import Environ, deliver, environ_of
from mock_lms.edge.waiting import is_waiting
from mock_lms.policy import Policy
from mock_lms.services.credentials import Credentials, credentials
from mock_lms.services.oauth2 import digest
from mock_lms.services.tenant import Access
from mock_lms.services.tenants import DEFAULT, Tenants
from mock_lms.storage.state import Fill
from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.testing.control import Json, encoded

if TYPE_CHECKING:
    import requests

_numbers = itertools.count(1)

_turn = threading.Lock()
"""One call at a time in the whole process: a sabotage replaces functions that other mocks' calls would meet."""


class Inside:
    """A mock with an address at which nobody listens."""

    ca = None

    def __init__(
        self, seed: str, contents: str | None, policy: Mapping[str, str], frozen_at: str | None, sabotage: str
    ) -> None:
        rule_broken_by(sabotage)
        with _turn:  # what all mocks share is made once
            own, access = _credentials()
            app = _app()
        chosen = Policy().replace(f"{name}={value}" for name, value in policy.items())
        clock = Clock(datetime.strptime(frozen_at, FORMAT).replace(tzinfo=UTC)) if frozen_at else None
        self.host = f"mock-lms-{next(_numbers)}.test"
        self.url = f"http://{self.host}"
        self.credentials = asdict(own)
        self.closed = threading.Event()
        self._folder = Path(tempfile.mkdtemp(prefix="mock-lms-"))
        self._store = _Store(self._folder / "tenants")
        try:
            self._store.prepare()
            self._tenants = Tenants(self._store, access, chosen)
            self._tenants.create(DEFAULT, seed, contents=contents, clock=clock)
            self._edge = Edge(app, self._tenants, (self.host,), sabotage)
        except BaseException:
            self._remove()
            raise

    def _remove(self) -> None:
        self._store.release()
        shutil.rmtree(self._folder)

    def mount(self, session: requests.Session) -> None:
        """Has the session's calls to the address answered here."""
        from mock_lms.testing.adapter import Adapter  # noqa: PLC0415 -- only who has requests needs it

        retries = getattr(session.get_adapter(f"{self.url}/"), "max_retries", 0)
        session.mount(f"{self.url}/", Adapter(self.host, self.answer, retries))

    def send(self, tenant: str, method: str, path: str, body: Json | bytes | None) -> tuple[int, str, bytes]:
        """A call of the control API."""
        content, headers = encoded(body)
        headers |= {
            "Host": self.host,
            "Authorization": f"Bearer {self.credentials['control_token']}",
            "X-Mock-LMS-Tenant": tenant,
        }
        if content is not None:
            headers["Content-Length"] = str(len(content))
        answer = self.answer(method, path, headers.items(), content or b"")
        return answer.code, dict(answer.headers).get("Content-Type", ""), answer.body

    def answer(
        self,
        method: str,
        target: str,
        fields: Iterable[tuple[str, str]],
        body: bytes,
        timeout: float | None = None,
        *,
        whole: bool = True,
    ) -> Answer:
        """What a server would answer. `fields` are the headers; `whole` says whether the body came to its end.

        Raises `TimeoutError` where it would take longer.
        """
        environ = self._environ(method, target, fields)
        steps = self._steps(environ, body, whole=whole)
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                seconds = self._step(steps)
            except StopIteration as end:
                answer: Answer = end.value
                return answer.whole()
            left = seconds if deadline is None else deadline - time.monotonic()
            if left < seconds:
                if is_waiting(environ):
                    steps.close()  # it was only for the client
                else:
                    # the client gives up, which does not keep the server from going on
                    threading.Thread(
                        target=self._finish, args=(steps, seconds), name=f"{self.host} late", daemon=True
                    ).start()
                time.sleep(max(left, 0))
                raise TimeoutError("timed out")
            time.sleep(seconds)

    def close(self) -> None:
        """Forgets everything."""
        with _turn:
            if not self.closed.is_set():
                self.closed.set()
                self._tenants.close()
                self._remove()

    def _step(self, steps: Steps) -> float:
        with _turn:
            if self.closed.is_set():
                raise ConnectionRefusedError(f"{self.url} is no more: its `with` block has ended")
            _app().extensions["mock_lms"] = self._tenants
            return next(steps)

    def _steps(self, environ: Environ, body: bytes, *, whole: bool) -> Steps:
        if most := self._edge.admit(environ):
            deliver(environ, body, most=most, whole=whole)
        return (yield from self._edge.handle(environ))

    def _finish(self, steps: Steps, seconds: float) -> None:
        with suppress(StopIteration, ConnectionRefusedError):
            while not self.closed.wait(seconds):
                seconds = self._step(steps)

    def _environ(self, method: str, target: str, fields: Iterable[tuple[str, str]]) -> Environ:
        path, _, query = target.partition("?")
        return environ_of(
            method,
            unquote_to_bytes(path).decode(errors="replace"),
            query,
            fields,
            server=f"{self.host}:80",
            client="127.0.0.1:0",
        )


class _Store(SqliteStore):
    """A mock's folder. Seeds are planted once in a process, not once in each."""

    def template(self, key: str, plant: Fill) -> str:
        path = _templates() / f"{key}.db"
        if not path.exists():
            self._write(path, plant)
        return str(path)


@cache
def _templates() -> Path:
    made, owner = Path(tempfile.mkdtemp(prefix="mock-lms-seeds-")), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # and no fork that exits
            shutil.rmtree(made, ignore_errors=True)

    atexit.register(remove)
    return made


@cache
def _app() -> Flask:
    """One for all mocks of the process, since making it takes longer than making a mock."""
    return create_app(_config(), Tenants(SqliteStore(Path()), _config().access))


@cache
def _config() -> Config:
    own, access = _credentials()
    return Config("", access, control_token_hash=digest(own.control_token))


@cache
def _credentials() -> tuple[Credentials, Access]:
    """The same for all mocks of the process. Nobody else reaches them, so a password need not be slow to check."""
    own = credentials({}, None)
    return own, Access(
        own.client_id, digest(own.client_secret), generate_password_hash(own.password, "pbkdf2:sha256:1")
    )
