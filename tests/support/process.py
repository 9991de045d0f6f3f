"""`mock-lms serve` as the process that a user starts, and a client that opens a connection for each call."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

import pytest

from mock_lms.background.process import NAME
from tests.support import contract, forked
from tests.support.lms import BULK

START_SECONDS = 30
RUN_SECONDS = 60  # a guard against hanging, no promise
STOP_SECONDS = 5  # a guard against hanging, no promise
COMMAND = (sys.executable, "-m", "mock_lms")


def environment(**settings: str) -> dict[str, str]:
    """Our own, without what would change the server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_LMS_")}
    return {**kept, **settings}


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself: `mock-lms policies`."""
    return forked.run(arguments, timeout=RUN_SECONDS, env=environment(**settings))


def until(what: str, condition: Callable[[], bool], seconds: float) -> None:
    """Waits for it. Raises `AssertionError` when it takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Client:
    """Calls over HTTP. Each has a connection of its own, so that any worker may answer."""

    url: str
    token: str = ""
    ca: str = ""

    def call(self, method: str, path: str, body: Any = None, *, status: int | None = 200, form: Any = None) -> Any:
        """The JSON of the answer, or its text. Checks the status, unless that is None, and the contract."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif form is not None:
            data, headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        with contextlib.closing(self._connection()) as connection:
            connection.request(method, path, data, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            content, kind = answer.read(), answer.headers.get("Content-Type", "")
        contract.check(method, urlsplit(path).path, answer.status, kind, set(answer.headers), content)
        assert status in {None, answer.status}, f"{answer.status}: {content[:500]!r}"
        return json.loads(content) if kind.startswith("application/json") else content.decode()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.netloc, timeout=60)
        return http.client.HTTPSConnection(parts.netloc, timeout=60, context=ssl.create_default_context(cafile=self.ca))

    def items(self, path: str) -> list[dict[str, Any]]:
        """All items of a list, page after page."""
        join = "&" if "?" in path else "?"
        found: list[dict[str, Any]] = []
        for page in range(1, 1_000_000):
            data = self.call("GET", f"{path}{join}page={page}&page_size=200")["data"]
            found += data["items"]
            if not data["has_more_data"]:
                break
        return found

    def pairs(self) -> set[tuple[int, int]]:
        """Every (course, user) that the API shows."""
        return {(row["course_id"], row["user_id"]) for row in self.items("/course/v1/courses/enrollments")}

    def members(self) -> set[tuple[int, int]]:
        """Every (learning plan, user) that the API shows."""
        rows = self.items("/learningplan/v1/learningplans/enrollments")
        return {(row["learning_plan_id"], row["user_id"]) for row in rows}

    def bulk_unenroll(self, users: Sequence[int], **body: Any) -> dict[str, Any]:
        """The `data` of a bulk unenrollment."""
        found: dict[str, Any] = self.call("DELETE", BULK, {"user_ids": users, **body})["data"]
        return found


class Served:
    """A `mock-lms serve` that answers. The folder takes its output, and its temporary files."""

    def __init__(self, folder: Path, *options: str, before: Sequence[str] = (), **settings: str) -> None:
        """`before` is what the command line begins with; then, and with Python's own `settings`, nothing is forked."""
        folder.mkdir(parents=True)
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._out, self._err = folder / "stdout", folder / "stderr"
        port = () if "--port" in options else ("--port", "0")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            arguments, variables = ["serve", *options, *port], environment(TMPDIR=str(self.temporary), **settings)
            # a group of its own: Ctrl-C on the tests is not meant for it, `kill` is
            common: dict[str, Any] = {"stdout": out, "stderr": err, "env": variables, "start_new_session": True}
            self.process: subprocess.Popen[bytes] | forked.Forked
            if before or any(name.startswith("PYTHON") for name in settings):
                command = [*before, *COMMAND, *arguments]
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **common)
            else:
                self.process = forked.Forked(arguments, **common)
        self.pid = self.process.pid
        try:
            until("ready", lambda: self._has_said_all() or self.process.poll() is not None, START_SECONDS)
            assert self.process.poll() is None, f"exit code {self.process.returncode}: {self.stderr}"
        except BaseException:
            self.kill()
            raise
        self.ready: dict[str, Any] = json.loads(self.stdout.partition("\n")[0])
        self.url: str = self.ready["url"]
        self.port = urlsplit(self.url).port or 0

    def _has_said_all(self) -> bool:
        return "\n" in self.stdout and "Ctrl-C" in self.stderr

    @property
    def stdout(self) -> str:
        return self._out.read_text()

    @property
    def stderr(self) -> str:
        return self._err.read_text()

    @property
    def to_paste(self) -> str:
        """What the banner says to paste into another terminal."""
        return self.stderr.partition("who you are.\n\n")[2].partition("\n\n")[0]

    @property
    def to_log_in(self) -> str:
        """What it says to paste for mock-lms-client."""
        return self.stderr.partition("how to undo it.\n\n")[2].partition("\n\n")[0]

    def log_in(self) -> Client:
        """A client with the superadmin's token."""
        names = ("client_id", "client_secret", "username", "password")
        form = {"grant_type": "password"} | {name: self.ready[name] for name in names}
        ca = self.ready.get("ca", "")
        answer = Client(self.url, ca=ca).call("POST", "/oauth2/token", form=form)
        return Client(self.url, answer["access_token"], ca)

    @cached_property
    def token(self) -> str:
        """The superadmin's, one for all who ask here."""
        return self.log_in().token

    def workers(self) -> list[int]:
        """The processes that live in the server's group, without its first one and the one that does the jobs."""
        return [pid for pid, name in self._others() if name != NAME]

    def background(self) -> list[int]:
        """The process that does the jobs, while it lives."""
        return [pid for pid, name in self._others() if name == NAME]

    def _others(self) -> list[tuple[int, str]]:
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,pgid=,stat=,comm="], capture_output=True, text=True, check=True
        )
        rows = [line.split(maxsplit=3) for line in listed.stdout.splitlines()]
        # a zombie is dead; who should bury it is not our matter
        return [
            (int(pid), name)
            for pid, group, state, name in rows
            if int(group) == self.pid != int(pid) and state[0] != "Z"
        ]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends the signal to the first process, as a terminal or a supervisor does, and waits. Its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def workers_gone(self) -> None:
        """Waits until no process of the server is left but its first."""
        until("the workers' end", lambda: not self._others(), STOP_SECONDS)

    def kill(self) -> None:
        """Ends every process of the server at once. Does nothing where there is none."""
        if self.process.poll() is None or self._others():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        self.workers_gone()


def data_of(folder: Path, tenant: str = "default") -> Path:
    """The SQLite file with a tenant's data, of a server with this --data."""
    (found,) = (folder / "tenants" / tenant).glob("data-*.db")
    return found


Serve: TypeAlias = Callable[..., Served]


def serving(folder: Path) -> Iterator[Serve]:
    """Yields what starts servers, and ends those that still run afterwards."""
    started: list[Served] = []
    numbers = itertools.count()

    def start(*options: str | int | Path, before: Sequence[str] = (), **settings: str) -> Served:
        server = Served(folder / f"server{next(numbers)}", *map(str, options), before=before, **settings)
        started.append(server)
        return server

    try:
        yield start
    finally:
        for server in started:
            server.kill()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers: `serve("--data", folder, "--workers", "2")`. They are ended after the test."""
    yield from serving(tmp_path / "servers")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo tenant, for tests to which it does not matter what others did in it."""
    for start in serving(tmp_path_factory.mktemp("servers")):
        yield start()
