"""How far a command is: a bar at a terminal, a line now and then elsewhere, always on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

import click

SECONDS = 5.0
"""Between two lines in a log."""


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
            self._bar.update(more)
        elif not self._quiet and time.monotonic() - self._said >= SECONDS:
            self._said = time.monotonic()
            click.echo(f"{self._label}: {self._done:,} of {self._total:,}", err=True)


def waiting(seconds: float, why: str) -> None:
    """Says that the client waits, and for what: nobody should think that it hangs."""
    if seconds >= 1:
        click.echo(f"waiting {seconds:.0f} s: {why}", err=True)
