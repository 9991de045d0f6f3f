"""An adapter that forgets nothing: what it made is ended, also where a run is interrupted in the midst of it."""

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
"""Seconds that a run which is interrupted may take to clean up, and after them each further step of its ending."""


def interrupt(number: int, frame: FrameType | None) -> None:
    """Of SIGINT and SIGTERM: the run ends now, and cleans up."""
    hurry()
    signal.default_int_handler(number, frame)


def hurry(*, say: bool = True) -> None:
    """Whatever takes longer than `GRACE` from now on is broken off, also where a server never answers."""
    if hasattr(signal, "setitimer"):  # Windows has none
        if say:
            os.write(2, f"interrupted; what the run made is removed, for {GRACE:g} s at the most\n".encode())
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, GRACE, MORE)


def end_worker(number: int, frame: FrameType | None) -> None:
    """Of both signals in a worker of pytest-xdist: the first ends it, and no other disturbs its cleaning up.

    The same signal may come twice: from the terminal, and from the process that started the worker.
    """
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    hurry(say=False)
    signal.default_int_handler(number, frame)


def end_once() -> None:
    """Has a worker of pytest-xdist end as `end_worker` says."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # so it was meant
                signal.signal(number, end_worker)


def no_hurry() -> None:
    """It is over."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


@dataclass(slots=True)
class Careful:
    """Another's, and the worlds that it made and has not ended. What else the other can do, this can."""

    inner: Adapter
    made: list[World] = field(default_factory=list)

    def claims(self) -> Claims:
        return self.inner.claims()

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        # who breaks off in between leaves behind what nobody knows of
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
    """Ctrl-C is heard when this is over; a second one at once."""
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
        if callable(handler):  # else it is ignored, or ends us without a word: so it was meant
            signal.signal(number, hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, signal.SIG_IGN if heard and handler is end_worker else handler)
        if heard:
            raise KeyboardInterrupt
