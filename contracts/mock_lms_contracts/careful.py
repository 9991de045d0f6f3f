"""An adapter that remembers its worlds, so that all are ended even if the run is interrupted while it prepares one."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from mock_lms_contracts.adapters import Adapter, Claims, World
from mock_lms_contracts.scenario import Scenario
from mock_lms_contracts.target import Target

SIGNALS = (signal.SIGINT, signal.SIGTERM)
Handler = Callable[[int, FrameType | None], Any] | int | None


GRACE, MORE = 10.0, 2.0
"""Seconds that an interrupted run may take to clean up, and then for each further step of its end."""


def interrupt(number: int, frame: FrameType | None) -> None:
    """Handles SIGINT and SIGTERM: ends the run now, with cleanup."""
    hurry()
    signal.default_int_handler(number, frame)


def hurry(*, say: bool = True) -> None:
    """Interrupts whatever still runs after `GRACE` seconds, even a call that is never answered."""
    if hasattr(signal, "setitimer"):  # Windows has none
        if say:
            os.write(2, f"interrupted; the run cleans up for at most {GRACE:g} s\n".encode())
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, GRACE, MORE)


def end_worker(number: int, frame: FrameType | None) -> None:
    """Handles both signals in a worker of pytest-xdist: the first ends it, later ones do not disturb its cleanup.

    The same signal may come twice: from the terminal, and from the process that started the worker.
    """
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    hurry(say=False)
    signal.default_int_handler(number, frame)


def end_once() -> None:
    """Installs `end_worker` in a worker of pytest-xdist."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # an ignored signal stays so
                signal.signal(number, end_worker)


def no_hurry() -> None:
    """Stops the timer of `hurry`: the cleanup is over."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


@dataclass(slots=True)
class Careful:
    """Wraps an adapter, and keeps the worlds that it has not ended yet. Other attributes are those of the adapter."""

    inner: Adapter
    made: list[World] = field(default_factory=list)

    def claims(self) -> Claims:
        return self.inner.claims()

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        # an interruption in between would leave a world that nobody knows of
        with later():
            world = self.inner.prepare(target, scenario, name)
            self.made.append(world)
        return world

    def clean(self, world: World) -> None:
        self.inner.clean(world)
        self.made[:] = [other for other in self.made if other is not world]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@contextmanager
def later() -> Iterator[None]:
    """Delays Ctrl-C to the end of the block. A second Ctrl-C takes effect at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        handler = before[signal.Signals(number)]
        if heard and handler is not end_worker:
            signal.default_int_handler(number, frame)
        if not heard and handler in {interrupt, end_worker}:
            hurry(say=handler is interrupt)
        heard.append(number)

    before: dict[signal.Signals, Handler] = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if callable(handler):  # SIG_IGN and SIG_DFL stay as they are
            signal.signal(number, hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, signal.SIG_IGN if heard and handler is end_worker else handler)
        if heard:
            raise KeyboardInterrupt
