"""The only module that asks what time it is; everybody else is told."""

from __future__ import annotations

from datetime import UTC, datetime

FORMAT = "%Y-%m-%d %H:%M:%S"


def stamp(moment: datetime) -> str:
    """`moment` as the vendor writes date-times: `YYYY-MM-DD HH:MM:SS`, UTC. Sorts as text."""
    return moment.strftime(FORMAT)


class Clock:
    """The tenant's time, UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)
