"""Serving: one process that waits, and workers that answer, by Granian."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
from granian.server.mp import MPServer

from mock_lms.app import create_edge
from mock_lms.background import process as background
from mock_lms.config import Config
from mock_lms.deaths import MOST, Deaths, reason
from mock_lms.edge.edge import Edge
from mock_lms.edge.rsgi import application
from mock_lms.probe import Probe
from mock_lms.storage.limits import CLIENTS, DESCRIPTORS, NEEDED
from mock_lms.terminal import say
from mock_lms.tls import Tls

STOP_SECONDS = 0.6  # for calls under way; what is cut short is rolled back
PROBE_SECONDS = 0.005  # between two looks whether it answers
BACKGROUND = -1
"""The number of the background process among those that may die; workers have theirs from 0."""

_HANGUP = getattr(signal, "SIGHUP", None)  # Windows has none


class PortInUse(Exception):
    """Somebody else listens there. One line that says what to do."""


class TooFewDescriptors(Exception):
    """The process may open too few files. One line that says what to do."""


def free_port(host: str, port: int) -> tuple[str, int, socket.socket]:
    """The host's address, the port, or a free one for 0, and what keeps others from it. Raises `PortInUse`."""
    try:
        family, *_, (address, *_) = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no name"
        raise PortInUse(f"cannot listen on {host!r}: {reason.lower()}; choose another --host") from None
    probe, held = (socket.socket(family, socket.SOCK_STREAM) for _ in range(2))
    try:
        with closing(probe):
            # no SO_REUSEPORT, which the workers use: a second server must not share the port by accident
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            port = int(probe.getsockname()[1])
        if sys.platform == "linux":
            # never listens; as it has no SO_REUSEADDR, others' probes fail from now on, not only when workers listen
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind((address, port))
    except OSError as error:
        reason = error.strerror or "it cannot be bound"
        raise PortInUse(
            f"cannot listen on {host} port {port}: {reason.lower()}; choose another --port, or 0 for a free one"
        ) from None
    except OverflowError:
        raise PortInUse(f"{port} is no port; choose one from 1 to 65535, or 0 for a free one") from None
    return str(address), port, held


class _Server(MPServer):
    """Granian's, which also says when it answers, and why a worker died.

    Its own startup hook comes before the workers do; and it ends without a word when a worker dies twice within 5.5 s.
    """

    ready: Callable[[], None]
    heard: Sequence[int]
    config: Config

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        ignored = _HANGUP is not None and signal.getsignal(_HANGUP) is signal.SIG_IGN
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        if _HANGUP is not None and ignored:
            signal.signal(_HANGUP, signal.SIG_IGN)  # as `nohup` wants it

    def signal_handler_reload(self, *_: Any) -> None:
        """The terminal was closed: who started the server there has gone."""
        self.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        """Until a signal; raises `SystemExit` when a worker cannot be kept alive."""
        answers, deaths, probe = False, Deaths(), Probe(self.bind_addr, self.bind_port, tls=self.ssl_ctx[0])
        due: dict[int, float] = {}
        self._begin_background()
        while True:
            until = min(due.values(), default=None if answers else time.monotonic() + PROBE_SECONDS)
            self.main_loop_interrupt.wait(None if until is None else max(0.0, until - time.monotonic()))
            self.main_loop_interrupt.clear()
            if self.interrupt_signal or self.heard:
                self.interrupt_signal = True
                probe.close()
                self._background.terminate()
                return
            now = time.monotonic()
            if self._background_ended.is_set():
                self._background_ended.clear()
                self.interrupt_children.append(BACKGROUND)
            while self.interrupt_children:
                number = self.interrupt_children.pop(0)
                pause = deaths.note(number, now)
                if pause is None:
                    said = f"it died {MOST} times within a minute, and the server gives up"
                    say(f"{self._died(number)}; {said}. If a call brings it about, please report that call.", err=True)
                    self._background.terminate()
                    self.shutdown(1)
                    return
                due[number] = now + pause
            # not at once: Ctrl-C reaches the workers too, and they may hear it first
            for number in [number for number, moment in due.items() if moment <= now]:
                del due[number]
                say(f"{self._died(number)}; another takes its place.", err=True)
                if number == BACKGROUND:
                    self._begin_background()
                else:
                    self._respawn_workers([number], spawn_target, target_loader)
            if not answers and probe.is_answered():
                answers = True
                self.ready()

    def _begin_background(self) -> None:
        """Starts the process that does what is due, and a thread that wakes the loop when it dies."""
        process = multiprocessing.Process(target=_background, args=(self.config,), daemon=True)
        process.start()
        self._background, self._background_ended = process, threading.Event()
        ended = self._background_ended

        def watch() -> None:
            process.join()
            ended.set()
            self.main_loop_interrupt.set()

        threading.Thread(target=watch, daemon=True, name="watch-background").start()

    def _died(self, number: int) -> str:
        if number == BACKGROUND:
            process, name = self._background, "the background process"
        else:
            process, name = self.wrks[number].inner, f"worker {number + 1}"
        process.join()
        return f"mock-lms: {name} (process {process.pid}) {reason(process.exitcode or 0)}"

    def shutdown(self, exit_code: int = 0) -> None:
        try:
            super().shutdown(exit_code)  # type: ignore[no-untyped-call]
        except SystemExit:
            # Ctrl-C reaches the workers too: that they have gone already is a failure only if nobody asked for it
            if not self.interrupt_signal:
                raise


def check_descriptors() -> None:
    """Raises `TooFewDescriptors` where not even one tenant could be served."""
    if DESCRIPTORS < NEEDED:
        raise TooFewDescriptors(
            f"a process may have {DESCRIPTORS} files open here, and a server needs {NEEDED}; raise it with ulimit -n"
        )


def serve(
    config: Config,
    address: str,
    port: int,
    workers: int,
    ready: Callable[[], None],
    ended: Callable[[Iterable[dict[str, Any]]], None],
    heard: Sequence[int] = (),
    tls: Tls | None = None,
) -> None:
    """Serves at the address until SIGTERM, SIGINT or SIGHUP. `ready` is called when it answers.

    `ended` is called at the end, with the tally of each worker; one that was killed left none.

    `heard` are the signals that came before: the exit that one raises may be lost, as in a callback of C.

    Raises `SystemExit` with 1 when a worker dies again and again.
    """
    if sys.platform == "linux":
        # a fork has all modules loaded already, which makes the start half as long
        multiprocessing.set_start_method("fork", force=True)
    server = _Server(
        "mock_lms.app",
        address=address,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        loop=Loops.asyncio,
        http=HTTPModes.http1,
        log_enabled=False,
        websockets=False,
        backpressure=max(1, min(CLIENTS, 1024 // workers)),
        workers_kill_timeout=STOP_SECONDS,  # type: ignore[arg-type] # it only waits that long
        ssl_cert=tls.certificate if tls else None,
        ssl_key=tls.key if tls else None,
        ssl_protocol_min=SSLProtocols.tls12,  # older programs know no 1.3
    )
    server.ready, server.heard, server.config = ready, heard, config
    # a PostgreSQL may have other servers
    alone = workers == 1 and isinstance(config.database, Path)
    with tempfile.TemporaryDirectory(prefix="mock-lms-") as name:
        tallies = Path(name)
        try:
            server.serve(target_loader=partial(_load, config, tallies, alone=alone), wrap_loader=False)
        finally:
            ended(json.loads(path.read_text(encoding="utf-8")) for path in tallies.iterdir())


def _load(config: Config, tallies: Path, *, alone: bool) -> Any:
    """The application, in a worker."""
    # until Granian's own handlers are there, a fork has its parent's, which would do nothing here
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if _HANGUP is not None:
        signal.signal(_HANGUP, signal.SIG_IGN)  # the server's own process ends its workers
    _die_with_parent()
    edge = create_edge(config)
    # a worker's process ends without asking `atexit`
    Finalize(None, partial(_end, edge, tallies), exitpriority=1)
    return application(edge, alone=alone)


def _end(edge: Edge, tallies: Path) -> None:
    edge.flush()
    (tallies / f"{os.getpid()}.json").write_text(json.dumps(edge.tally()), encoding="utf-8")


def _background(config: Config) -> None:
    """What does the jobs, in its process."""
    _die_with_parent()
    background.main(config)


def _die_with_parent() -> None:
    """Ends this process when the server's own process is killed: an orphan would keep the port and the data."""
    parent = multiprocessing.parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=wait, daemon=True, name="die-with-parent").start()
