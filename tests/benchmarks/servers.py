"""Processes under measurement: mock-lms, Prism and wrk. All on the loopback, all stopped by whoever started them."""

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
from tests.benchmarks.measure import CannotMeasure, WrongResult

READY_SECONDS = 300
STOP_SECONDS = 10
LOOPBACK = "127.0.0.1"
PRISM_IN_REPOSITORY = Path(".bench/node_modules/.bin/prism")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave, and how long it took from its first byte out to its last byte in."""

    seconds: float
    data: Any


class Client:
    """One kept-alive connection to a mock-lms, with a superadmin's token."""

    def __init__(self, ready: Mapping[str, str]) -> None:
        """Takes the token, so that it is no part of any call."""
        self._connection = http.client.HTTPConnection(urlsplit(ready["url"]).netloc, timeout=READY_SECONDS)
        names = ("client_id", "client_secret", "username", "password")
        form = urlencode({"grant_type": "password"} | {name: ready[name] for name in names})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self.token = str(self._send("POST", "/oauth2/token", form.encode(), kind)[1]["access_token"])
        self._headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """The `data` of an answer. Raises `WrongResult` for any status but 200."""
        sent = None if body is None else json.dumps(body).encode()
        seconds, answer = self._send(method, path, sent, self._headers)
        return Answer(seconds, answer["data"])

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[float, Any]:
        start = time.perf_counter()
        self._connection.request(method, path, body, dict(headers))
        response = self._connection.getresponse()
        text = response.read()
        seconds = time.perf_counter() - start
        if response.status != http.HTTPStatus.OK:
            raise WrongResult(f"{method} {path} answers {response.status}: {text[:300]!r}")
        return seconds, json.loads(text)

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


@contextmanager
def mock_lms(*options: str) -> Iterator[MockLms]:
    """`mock-lms serve --port 0` with these options."""
    command = [str(Path(sysconfig.get_path("scripts")) / "mock-lms"), "serve", "--port", "0", *options]
    with _running(command, stdout=subprocess.PIPE) as process:
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
    port = _free_port()
    with _running(_prism_command(port, *options), stdout=subprocess.DEVNULL) as process:
        process.answers_on(port)
        yield f"http://{LOOPBACK}:{port}"


def seconds_to_start_prism() -> float:
    """From the start of its process to its word that it listens."""
    with _running(_prism_command(_free_port()), stdout=subprocess.PIPE) as process:
        return process.line_with(lambda text: "Prism is listening" in text)[1]


def _prism_command(port: int, *options: str) -> list[str]:
    return [prism_path(), "mock", str(spec_path()), "--host", LOOPBACK, "--port", str(port), *options]


def wrk_path() -> str:
    """Where wrk is. Raises `CannotMeasure`."""
    found = shutil.which("wrk")
    if not found:
        raise CannotMeasure("wrk is missing: apt-get install wrk")
    return found


def requests_per_second(url: str, token: str, *, seconds: int) -> float:
    """What wrk gets out of one URL with four connections. Raises `WrongResult` if any answer was no success."""
    command = [wrk_path(), "-t1", "-c4", f"-d{seconds}s", "-H", f"Authorization: Bearer {token}", url]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", shown)
    if rate is None or "Non-2xx" in shown or "Socket errors" in shown:
        raise WrongResult(f"wrk on {url} says: {' '.join(shown.split())}")
    return float(rate[1])


@dataclass(frozen=True, slots=True)
class _Process:
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
        raise WrongResult(f"it did not start: {self._complaint()}")

    def answers_on(self, port: int) -> None:
        """Returns when somebody listens there."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.popen.poll() is None:
            with closing(socket.socket()) as probe:
                if probe.connect_ex((LOOPBACK, port)) == 0:
                    return
            time.sleep(0.05)
        raise WrongResult(f"nothing listens on port {port}: {self._complaint()}")

    def _complaint(self) -> str:
        self.errors.seek(0)
        return " ".join(self.errors.read().split())[-500:]


@contextmanager
def _running(command: Sequence[str], *, stdout: int) -> Iterator[_Process]:
    """The process, for as long as the block lasts. What it says to people is shown only if it does not start."""
    with tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=stdout, stderr=errors, text=True) as popen:
            try:
                yield _Process(popen, errors, started)
            finally:
                popen.terminate()
                try:
                    popen.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    popen.kill()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
