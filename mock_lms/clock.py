"""The only module that asks what time it is; everybody else is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FORMAT = "%Y-%m-%d %H:%M:%S"


def real_seconds() -> float:
    """The real time, in seconds since 1970: for what is no tenant's business, such as who does a job until when."""
    return datetime.now(UTC).timestamp()


def stamp(moment: datetime) -> str:
    """`moment` as the vendor writes date-times: `YYYY-MM-DD HH:MM:SS`, UTC. Sorts as text."""
    return moment.strftime(FORMAT)


@dataclass(frozen=True, slots=True)
class Clock:
    """A tenant's time, UTC: real, ahead of it, or standing still."""

    frozen_at: datetime | None = None
    ahead: timedelta = timedelta()
    """Of the real time."""

    def now(self) -> datetime:
        return self.frozen_at or datetime.now(UTC) + self.ahead

    def moved(self, delta: timedelta) -> Clock:
        """This clock, later."""
        if self.frozen_at:
            return Clock(self.frozen_at + delta)
        return Clock(ahead=self.ahead + delta)
