"""Workers that die: why each did, how long the next one is waited with, and when there is no use in another."""

from __future__ import annotations

import signal
from collections import defaultdict, deque
from dataclasses import dataclass, field

MOST = 6
"""Deaths of one worker within `WITHIN` after which the server gives up."""

WITHIN = 60.0
"""Seconds."""

FIRST_PAUSE = 0.1
"""Seconds before the first replacement; each further one within `WITHIN` comes after twice as long."""


@dataclass(slots=True)
class Deaths:
    """Those of one server's workers, by the worker's number."""

    _moments: defaultdict[int, deque[float]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=MOST)))

    def note(self, worker: int, now: float) -> float | None:
        """Seconds to wait before it is replaced; None if it is not to be. `now` is a monotonic clock's."""
        moments = self._moments[worker]
        moments.append(now)
        recent = sum(now - moment < WITHIN for moment in moments)
        return None if recent == MOST else FIRST_PAUSE * 2.0 ** (recent - 1)


def reason(exit_code: int) -> str:
    """What ended a process, from its exit code as multiprocessing gives it: below 0 it is a signal's number."""
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:  # a real-time signal
        name = f"signal {-exit_code}"
    # the kernel ends whoever uses too much memory in this way, and says so only in its own log
    return f"was killed by {name}" + (", as the system does when memory runs out" if name == "SIGKILL" else "")
