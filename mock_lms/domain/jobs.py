"""A job: what happens without a request, and how far it is. Source of the states: imports-webhooks-rules.md 1."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """`failed` is ours: what a job that cannot go on is called, nobody says."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    ABORTED = "aborted"
    FAILED = "failed"


OPEN = (State.QUEUED, State.RUNNING)
"""A job in one of these has not ended."""

LONGEST_LOG = 100
"""Lines of a job's log. The first ones are kept, since they say how it began to go wrong."""


LONGEST_LINE = 500
"""Characters of a line."""


@dataclass(frozen=True, slots=True)
class Job:
    """`hash` is its name for all outside. Moments are the tenant's, as text; `due_at` is in seconds since 1970."""

    id: int
    hash: str
    kind: str
    name: str
    state: State
    due_at: int
    done: int
    total: int
    errors: int
    author_id: int | None
    request: dict[str, Any]
    log: list[str]
    created_at: str
    started_at: str | None
    ended_at: str | None

    @property
    def percent(self) -> int:
        """How much of it is done; 100 for one that is completed, whatever it had to do."""
        if self.state is State.COMPLETED:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0
