"""Our own programs, forked from a process that has imported them.

`mock-lms serve` spends a second of CPU on its imports and a few hundredths on the rest, and tests start it hundreds of
times. Here one process of each of pytest's workers imports everything once, and forks for each start. What is forked is
a process like any other: it has its own arguments, environment, files, signals and exit code. Only what the interpreter
itself does when it starts is missing, so tests of that start `process.COMMAND` themselves.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, NoReturn

_LARGEST = 1 << 20
"""Bytes of a request, which holds arguments and environment."""

_NUMBER = struct.Struct("q")
"""What the status pipe carries: first the process id, at last the exit code as `subprocess` has it."""

_MODULES = ("mock_lms.server", "mock_lms.seeds", "mock_lms.control.sabotage", "mock_lms.testing.process", "psycopg")
"""What imports the rest, but for `mock_lms.__main__`, which each fork runs anew."""


class Forked:
    """A process that runs `python -m MODULE`; it can do what tests use of `subprocess.Popen`. Its folder is ours."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        module: str = "mock_lms",
        stdin: int | None = None,
        stdout: int | IO[Any],
        stderr: int | IO[Any],
        env: Mapping[str, str],
        start_new_session: bool = False,
    ) -> None:
        """Without `stdin` its standard input is empty."""
        self.returncode: int | None = None
        request = {
            "module": module,
            "arguments": list(arguments),
            "environment": dict(env),
            "folder": str(Path.cwd()),
            "session": start_new_session,
        }
        self._status, theirs = os.pipe()
        files = [theirs, *(file if isinstance(file, int) else file.fileno() for file in (stdout, stderr))]
        if stdin is not None:
            files.append(stdin)
        socket.send_fds(_forker(), [json.dumps(request).encode()], files)
        os.close(theirs)
        self.pid = self._read()

    def _read(self) -> int:
        content = os.read(self._status, _NUMBER.size)
        assert content, "the process that forks is gone"
        return int(_NUMBER.unpack(content)[0])

    def poll(self) -> int | None:
        """The exit code, once it has ended."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises `subprocess.TimeoutExpired`."""
        code = self._wait(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("mock-lms", timeout or 0)
        return code

    def _wait(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], timeout)[0]:
            self.returncode = self._read()
            os.close(self._status)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Does nothing once it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Asks it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)


class Child(Forked):
    """What `mock_lms.testing` starts as a server, in place of `subprocess.Popen`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        stdin: int,
        stdout: int,
        stderr: IO[str] | None,
        env: Mapping[str, str],
        start_new_session: bool,
    ) -> None:
        assert [*command[:4]] == [sys.executable, "-P", "-m", "mock_lms.child"]
        assert stdout == subprocess.PIPE
        self.stdin: IO[bytes] | None = None
        said, saying = os.pipe()
        self.stdout = open(said, "rb")  # noqa: PTH123, SIM115 -- a descriptor, which whoever starts the server closes
        theirs = [saying]
        if stdin == subprocess.PIPE:
            stdin, told = os.pipe()
            self.stdin = open(told, "wb")  # noqa: PTH123, SIM115 -- likewise
            theirs.append(stdin)
        super().__init__(
            command[4:],
            module=command[3],
            stdin=stdin,
            stdout=saying,
            stderr=2 if stderr is None else stderr,
            env=env,
            start_new_session=start_new_session,
        )
        for descriptor in theirs:
            os.close(descriptor)


FORKING = SimpleNamespace(Popen=Child, PIPE=subprocess.PIPE, TimeoutExpired=subprocess.TimeoutExpired)
"""What `mock_lms.testing.process` uses of `subprocess`."""


def run(arguments: Sequence[str], *, timeout: float, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs it to its end, as `subprocess.run` does. Raises `subprocess.TimeoutExpired`."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = Forked(arguments, stdout=out, stderr=err, env=env)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
        return subprocess.CompletedProcess(["mock-lms", *arguments], code, *texts)


@cache
def _forker() -> socket.socket:
    """The process that forks, which ends with the last copy of this socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.forked", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        ).returncode = 0  # it ends by itself, and nobody need wait for it
    atexit.register(ours.close)
    return ours


# --- in the process that forks


def _serve(requests: socket.socket) -> str | None:
    """Forks for each request until there is nobody left to ask. In a fork it returns the module that is to be run."""
    for module in _MODULES:
        __import__(module)
    gc.freeze()  # a collection in a fork would touch, and so copy, all that is shared
    statuses: dict[int, int] = {}
    wake, woken = socket.socketpair()
    woken.setblocking(False)
    wake.setblocking(False)
    signal.set_wakeup_fd(woken.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        readable, _, _ = select.select([requests, wake], [], [])
        if wake in readable:
            wake.recv(_LARGEST)
            _tell(statuses)
        if requests in readable:
            content, files, _, _ = socket.recv_fds(requests, _LARGEST, 4)
            if not content:
                return None
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for opened in (requests, wake, woken):
                    opened.close()
                status, *files = files
                for descriptor in (*statuses.values(), status):
                    os.close(descriptor)
                return _become(json.loads(content), *files)
            statuses[pid], *copies = files
            for copy in copies:
                os.close(copy)
            os.write(statuses[pid], _NUMBER.pack(pid))


def _tell(statuses: dict[int, int]) -> None:
    """Writes the exit code of each process that has ended to whoever waits for it."""
    for pid in list(statuses):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with open(statuses.pop(pid), "wb") as file:  # noqa: PTH123 -- it is a descriptor
                file.write(_NUMBER.pack(os.waitstatus_to_exitcode(status)))


def _become(request: dict[str, Any], *files: int) -> str:
    """Makes this fork the process that was asked for: its files are output, errors and, if given, input."""
    if request["session"]:
        os.setsid()
    for number, copy in zip((1, 2, 0), files, strict=False):
        os.dup2(copy, number)
        os.close(copy)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    sys.argv = ["mock-lms", *request["arguments"]]
    return str(request["module"])


def _main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        module = _serve(requests)
    if module is not None:
        _end(_run(module))


def _run(module: str) -> int:
    """Runs it. The exit code, as the interpreter would make it of whatever is raised."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    except BaseException as error:  # noqa: BLE001 -- as the interpreter does
        sys.excepthook(type(error), error, error.__traceback__)
        if isinstance(error, KeyboardInterrupt):
            sys.stderr.flush()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return 1
    return 0


def _end(code: int) -> NoReturn:
    """Exits without taking every imported module apart, which takes ten times as long as `mock-lms policies`."""
    threading._shutdown()  # type: ignore[attr-defined] # it waits for the threads that are to be waited for
    atexit._run_exitfuncs()
    for file in (sys.stdout, sys.stderr):
        file.flush()
    os._exit(code)


if __name__ == "__main__":
    _main()
