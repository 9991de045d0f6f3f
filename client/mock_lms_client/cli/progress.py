"""How far a command is: a bar at a terminal, a line now and then elsewhere, always on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

import click

from mock_lms_client.cli import end_rewriting, rewrite, say

SECONDS, MINUTE = 5.0, 60.0
"""Between two lines in a log: of what is done, and of waits."""


class Progress:
    """`with Progress("reading", total) as progress: progress.advance(200)`."""

    def __init__(self, label: str, total: int, *, quiet: bool = False) -> None:
        self._label, self._total = label, total
        self._done = 0
        self._said = time.monotonic()
        self._bar: Any = None
        self._quiet = quiet or total == 0
        if not self._quiet and sys.stderr.isatty():
            self._bar = click.progressbar(length=total, label=label, file=sys.stderr, width=30)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, at)

    def advance(self, more: int) -> None:
        """So many more are done."""
        self._done += more
        if self._bar is not None:
            end_rewriting()
            self._bar.update(more)
        elif not self._quiet and time.monotonic() - self._said >= SECONDS:
            self._said = time.monotonic()
            say(f"{self._label}: {self._done:,} of {self._total:,}", err=True)


class Waits:
    """Says that the client waits, for what and for how long: nobody should think that it hangs.

    At a terminal this is one line that is written over; elsewhere a line at first, and then one a minute.
    """

    def __init__(self) -> None:
        self._times, self._seconds = 0, 0.0
        self._said = float("-inf")

    def __call__(self, seconds: float, why: str) -> None:
        self._times += 1
        self._seconds += seconds
        so_far = f" (wait {self._times:,}, {self._seconds:,.0f} s in all)" if self._times > 1 else ""
        line = f"waiting {seconds:,.0f} s{so_far}: {why}"
        if self._seconds < 1:
            return
        if sys.stderr.isatty():
            rewrite(line)
        elif time.monotonic() - self._said >= MINUTE:
            self._said = time.monotonic()
            say(line, err=True)
