"""Servers that are no LMS, to see what the suite makes of them; and the suite's command as a user runs it."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mock_lms_contracts.__main__ import main

from tests.contracts.driver import LOGIN, Mock
from tests.support.process import environment

Said = tuple[int, Mapping[str, str], str]
Answering = Callable[[str, str], Said | None]
"""Of a method and a path: status, headers and body; None closes the connection without a word."""

COMMAND = (sys.executable, "-m", "mock_lms_contracts")
SECONDS = 120


@dataclass(slots=True)
class Fake:
    """One that serves."""

    url: str
    calls: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def fake(answering: Answering) -> Iterator[Fake]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            served.calls.append((self.command, self.path))
            said = answering(self.command, self.path)
            self.close_connection = True
            if said is None:
                return
            status, headers, text = said
            body = text.encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 -- the library names them

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Fake(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def nonsense(*_: str) -> Said:
    return 200, {"Content-Type": "text/plain"}, "hello"


def nothing(*_: str) -> None:
    return None


def broken(*_: str) -> Said:
    return 500, {"Content-Type": "application/json"}, '{"message": ["oops"]}'


def settings(mock: Mock) -> dict[str, str]:
    """As `mock-lms exec` sets them."""
    return {f"MOCK_LMS_{name.upper()}": str(mock.ready[name]) for name in ("url", "control_token", *LOGIN)}


def contracts(*arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs `mock-lms-contracts` with these arguments in this folder, within this process.

    A process of its own takes a second to import what is loaded here already; `process` starts one.
    """
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    timer = signal.getitimer(signal.ITIMER_REAL)  # pytest-timeout's, which `main` stops
    code: Any = 0
    with (
        contextlib.chdir(cwd),
        patch.dict(os.environ, environment(**variables), clear=True),
        patch.object(sys, "path", list(sys.path)),
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.redirect_stderr(io.StringIO()) as err,
    ):
        try:
            main([*map(str, arguments)])
        except SystemExit as ended:
            code = ended.code
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.setitimer(signal.ITIMER_REAL, *timer)
    return subprocess.CompletedProcess([*map(str, arguments)], code, out.getvalue(), err.getvalue())


def process(*arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the same in a process of its own, as a user does."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        cwd=cwd,
        env=environment(**variables),
    )


def against(mock: Mock, *arguments: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A run with the mock's own adapter, within this process."""
    return contracts("run", "--adapter", "mock", *arguments, cwd=cwd, **settings(mock), **variables)


def started(
    arguments: Sequence[str], cwd: Path, command: Sequence[str] = COMMAND, **variables: str
) -> subprocess.Popen[str]:
    """The same, still running, in a process group of its own."""
    return subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=environment(**variables),
        start_new_session=True,
    )
