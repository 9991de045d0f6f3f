"""The least that an unenrollment can cost: its deletes and event rows by `sqlite3`, in one transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from mock_lms.clock import Clock, stamp
from mock_lms.domain.webhook_events import COURSE_UNENROLLED, PLAN_UNENROLLED
from mock_lms.seeds.scale import ADMIN

# the server's own, so that the two cannot drift apart
from mock_lms.storage.database import _set_up_sqlite
from tests.benchmarks.workshop import database_of

_LEAVE_COURSE = "DELETE FROM course_enrollments WHERE course_id = ? AND user_id = ?"
_LEAVE_PLAN = "DELETE FROM learning_plan_enrollments WHERE learning_plan_id = ? AND user_id = ?"
_RECORD = (
    "INSERT INTO outbox (id, name, fired_at, user_id, course_id, learning_plan_id, actor_id, batch)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, 1)"
)


class PlainSql:
    """One connection, kept open as a server keeps its own."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(database_of(folder))
        _set_up_sqlite(self._connection, None)
        self._events = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def bulk_unenroll(self, user_ids: Sequence[int], plan: int, course_ids: Sequence[int]) -> float:
        """Takes the users from the plan and its courses; the seconds from BEGIN to COMMIT.

        All values are ready before, and in the order of the tables: it is as fast as this can be.
        """
        at = stamp(Clock().now())
        pairs = [(course, user) for course in course_ids for user in user_ids]
        members = [(plan, user) for user in user_ids]
        happened: list[tuple[str, int, int | None, int | None]] = [
            *((PLAN_UNENROLLED, user, None, plan) for user in user_ids),
            *((COURSE_UNENROLLED, user, course, None) for course, user in pairs),
        ]
        events = [
            (number, name, at, user, course, of_plan, ADMIN)
            for number, (name, user, course, of_plan) in enumerate(happened, self._events + 1)
        ]
        self._events += len(events)
        start = time.perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(_LEAVE_COURSE, pairs)
        self._connection.executemany(_LEAVE_PLAN, members)
        self._connection.executemany(_RECORD, events)
        self._connection.execute("COMMIT")
        return time.perf_counter() - start
