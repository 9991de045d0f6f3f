"""When to come back: the moment that the server names, else ever later. And how long to bear it."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil

OnWait = Callable[[float, str], None]
"""Is told the seconds and why, before each wait."""

FIRST, LONGEST = 0.5, 30.0
"""Seconds of back-off, which doubles from the one to the other."""

ENDLESS = 10 * 365 * 86_400
"""Seconds that stand for whatever is longer."""


class Waiting:
    """One client's waits. All of them together take `patience` seconds at the most.

    A wait is as long as it must be or a little longer, never shorter: many clients that were sent away at once should
    not come back at once.
    """

    def __init__(
        self,
        patience: float = 3600.0,
        on_wait: OnWait | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if not patience >= 0:  # which a NaN is not either
            raise ValueError("patience must be a number of seconds, 0 or more")
        self.patience = patience
        self.spent = 0.0
        self._on_wait = on_wait
        self._clock, self._sleep, self._chance = clock, sleep, chance
        self._not_before = float("-inf")

    def heard(self, headers: Mapping[str, str]) -> float | None:
        """Takes to heart what an answer says on when to come back; the seconds, None where it names no time."""
        if "Retry-After" not in headers:  # nearly always
            return None
        seconds = named(headers["Retry-After"], headers.get("Date"))
        if seconds is not None:
            self._not_before = max(self._not_before, self._clock() + seconds)
        return seconds

    def until_called(self) -> float:
        """The seconds for which the server wants to be left alone."""
        return max(0.0, self._not_before - self._clock())

    def wait(self, why: str, attempt: int = 0) -> bool:
        """Waits as long as the server asked for, else the back-off of an attempt that is at least the first.

        False where that is more than what is left of the patience: then it has not waited at all.
        """
        due = self.until_called()
        if not due:
            if not attempt:
                return True
            due = min(LONGEST, FIRST * 2.0 ** min(attempt - 1, 30))
        left = self.patience - self.spent
        if due > left:
            return False
        seconds = due + min(left - due, due / 10 * self._chance() + self._chance() / 4)
        if self._on_wait:
            self._on_wait(seconds, why)
        self.spent += seconds
        self._sleep(seconds)
        return True


def named(retry_after: str, date: str | None = None) -> float | None:
    """The seconds that a `Retry-After` stands for; None where it makes no sense, or names no time to come.

    A date is held against the answer's own, since two clocks differ.
    """
    text = retry_after.strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text, re.ASCII):
        seconds = float(text)
    else:
        until = _moment(text)
        if until is None:
            return None
        now = (_moment(date) if date else None) or datetime.now(UTC)
        seconds = (until - now).total_seconds()
    return float(ceil(min(seconds, ENDLESS))) if seconds > 0 else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):  # it has raised each of them, in some version
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
