"""Processes under measurement: mock-lms, Prism and wrk (moto is in `moto.py`).

All on the loopback, all stopped by whoever started them.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode, urlsplit

from mock_lms.spec import spec_path
from mock_lms.testing import Control
from mock_lms.testing.control import Json, encoded
from tests.benchmarks.measure import CannotMeasure, WrongResult

READY_SECONDS = 300
STOP_SECONDS = 10
MOMENT = 0.5  # seconds
IDLE_SECONDS = 10
LOOPBACK = "127.0.0.1"
DEFAULT = "default"
PRISM_IN_REPOSITORY = Path(".bench/node_modules/.bin/prism")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave, and how long it took from its first byte out to its last byte in."""

    seconds: float
    data: Any


class _Connection(http.client.HTTPConnection):
    """Kept for the next call, unless it lies idle so long that a server may close it."""

    used = 0.0

    def make_ready(self) -> None:
        """What is done here is no part of a call."""
        if self.sock is None or time.monotonic() - self.used > IDLE_SECONDS:
            self.close()
            self.connect()


class Client:
    """Calls to a tenant of a mock-lms over one connection, with a superadmin's token."""

    def __init__(self, ready: Mapping[str, str], tenant: str = DEFAULT, connection: _Connection | None = None) -> None:
        """Takes the token, so that it is no part of any call."""
        self._connection = connection or _Connection(urlsplit(ready["url"]).netloc, timeout=READY_SECONDS)
        self._ready = ready
        self._prefix = "" if tenant == DEFAULT else f"/t/{tenant}"
        self.control = Control(self._send_control)
        self.seconds = 0.0
        """Of the last call, whoever made it."""
        names = ("client_id", "client_secret", "username", "password")
        form = urlencode({"grant_type": "password"} | {name: ready[name] for name in names})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self.token = str(json.loads(self._send("POST", "/oauth2/token", form.encode(), kind)[1])["access_token"])
        self._headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def of(self, tenant: str) -> Client:
        """For another tenant, over the same connection."""
        return Client(self._ready, tenant, self._connection)

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """The `data` of an answer. Raises `WrongResult` for any status but 200."""
        sent = None if body is None else json.dumps(body).encode()
        _, text = self._send(method, path, sent, self._headers)
        return Answer(self.seconds, json.loads(text)["data"])

    def _send_control(self, method: str, path: str, body: Json | bytes | None) -> tuple[int, str, bytes]:
        sent, headers = encoded(body)
        headers["Authorization"] = f"Bearer {self._ready['control_token']}"
        kind, text = self._send(method, path, sent, headers)
        return http.HTTPStatus.OK, kind, text

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[str, bytes]:
        self._connection.make_ready()
        start = time.perf_counter()
        self._connection.request(method, self._prefix + path, body, dict(headers))
        response = self._connection.getresponse()
        text = response.read()
        self.seconds = time.perf_counter() - start
        self._connection.used = time.monotonic()
        if response.status != http.HTTPStatus.OK:
            raise WrongResult(f"{method} {path} answers {response.status}: {text[:300]!r}")
        return response.headers.get("Content-Type", ""), text

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True, slots=True)
class MockLms:
    """A mock-lms that answers."""

    url: str
    pid: int
    seconds: float
    """From the start of its process to its ready line."""
    client: Client
    ready: Mapping[str, str]

    def another_client(self) -> Client:
        """A connection of its own, for another thread."""
        return Client(self.ready)

    def worker_megabytes(self, file: str = "status", name: str = "VmRSS") -> float:
        """A line of what `/proc` says about the memory of its only worker."""
        (worker, *_) = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{worker}/{file}").read_text(), re.MULTILINE)
        assert found is not None, f"/proc/{worker}/{file} has no {name}"
        return int(found[1]) * 1024 / 1e6


@contextmanager
def mock_lms(*options: str, program: str | None = None) -> Iterator[MockLms]:
    """`mock-lms serve --port 0` with these options; `program` is that of another checkout."""
    program = program or str(Path(sysconfig.get_path("scripts")) / "mock-lms")
    command = [program, "serve", "--port", "0", *options]
    with running(command, stdout=subprocess.PIPE) as process:
        line, seconds = process.line_with(lambda text: text.startswith("{"))
        ready = json.loads(line)
        client = Client(ready)
        try:
            yield MockLms(ready["url"], ready["pid"], seconds, client, ready)
        finally:
            client.close()


def prism_path() -> str:
    """Where Prism is. Raises `CannotMeasure`."""
    given = os.environ.get("BENCH_PRISM")
    if given and not Path(given).is_file():
        raise CannotMeasure(f"BENCH_PRISM={given} is no file")
    found = given or shutil.which(PRISM_IN_REPOSITORY.absolute()) or shutil.which("prism")
    if not found:
        raise CannotMeasure(
            "Prism is missing: npm install --prefix .bench @stoplight/prism-cli@5, or name one with BENCH_PRISM"
        )
    return found


def prism_version() -> str:
    return subprocess.run([prism_path(), "--version"], capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def prism(*options: str) -> Iterator[str]:
    """A Prism that serves our contract; its URL. What it logs is thrown away, which is the fastest it can do."""
    port = free_port()
    with running(_prism_command(port, *options), stdout=subprocess.DEVNULL) as process:
        process.answers_on(port)
        yield f"http://{LOOPBACK}:{port}"


def seconds_to_start_prism() -> float:
    """From the start of its process to its word that it listens."""
    with running(_prism_command(free_port()), stdout=subprocess.PIPE) as process:
        return process.line_with(lambda text: "Prism is listening" in text)[1]


def _prism_command(port: int, *options: str) -> list[str]:
    return [prism_path(), "mock", str(spec_path()), "--host", LOOPBACK, "--port", str(port), *options]


def wrk_path() -> str:
    """Where wrk is. Raises `CannotMeasure`."""
    found = shutil.which("wrk")
    if not found:
        raise CannotMeasure("wrk is missing: apt-get install wrk")
    return found


def requests_per_second(url: str, token: str, *, seconds: int, connections: int = 4, core: int | None = None) -> float:
    """What wrk gets out of one URL, by itself on a core if one is named. Raises `WrongResult` if a call fails."""
    command = [wrk_path(), "-t1", f"-c{connections}", f"-d{seconds}s", "-H", f"Authorization: Bearer {token}", url]
    if core is not None:
        command = ["taskset", "--cpu-list", str(core), *command]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", shown)
    if rate is None or "Non-2xx" in shown or "Socket errors" in shown:
        raise WrongResult(f"wrk on {url} says: {' '.join(shown.split())}")
    return float(rate[1])


@dataclass(frozen=True, slots=True)
class Process:
    """One that was started here."""

    popen: subprocess.Popen[str]
    errors: IO[str]
    started: float

    def line_with(self, wanted: Callable[[str], bool]) -> tuple[str, float]:
        """The first such line on its standard output, and the seconds until then."""
        assert self.popen.stdout is not None
        # a server that says nothing is killed, which ends its output and so the loop
        watchdog = threading.Timer(READY_SECONDS, self.popen.kill)
        watchdog.start()
        try:
            for line in self.popen.stdout:
                if wanted(line):
                    return line, time.perf_counter() - self.started
        finally:
            watchdog.cancel()
        raise WrongResult(f"it did not start: {self.complaint()}")

    def answers_on(self, port: int) -> None:
        """Returns when somebody listens there."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.popen.poll() is None:
            with closing(socket.socket()) as probe:
                if probe.connect_ex((LOOPBACK, port)) == 0:
                    return
            time.sleep(0.05)
        raise WrongResult(f"nothing listens on port {port}: {self.complaint()}")

    def has_died(self) -> bool:
        """Whether it ended by itself, now or in this moment."""
        try:
            self.popen.wait(MOMENT)
        except subprocess.TimeoutExpired:
            return False
        return True

    def complaint(self) -> str:
        """The end of what it said to people."""
        self.errors.seek(0)
        return " ".join(self.errors.read().split())[-500:]


@contextmanager
def running(command: Sequence[str], *, stdout: int) -> Iterator[Process]:
    """The process, for as long as the block lasts. What it says to people is shown if it does not start, or dies."""
    with tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=stdout, stderr=errors, text=True) as popen:
            process = Process(popen, errors, started)
            try:
                yield process
            except (WrongResult, OSError, http.client.HTTPException) as error:
                if not process.has_died():
                    raise
                died = f"{command[0]} ended with {popen.returncode}: {process.complaint()}"
                raise WrongResult(f"{error}; {died}") from None
            finally:
                popen.terminate()
                try:
                    popen.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    popen.kill()


def free_port() -> int:
    """One that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
