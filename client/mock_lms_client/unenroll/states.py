"""What an enrollment was and what it is: its fields, where they differ, and what an update can do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from mock_lms_client.unenroll.observe import USERS_PER_READ, Observer, chunks
from mock_lms_client.unenroll.pairs import COURSE, PLAN

EnrollmentKey: TypeAlias = tuple[str, int, int]
"""Kind, user and target."""

LEVELS = {
    "ghost": 1,
    "guest": 2,
    "student": 3,
    "tutor": 4,
    "mentor": 5,
    "instructor": 6,
    "administrator": 7,
}
STATUSES = {
    "enrolled": 0,
    "in_progress": 1,
    "completed": 2,
    "suspended": 3,
    "overbooking": 4,
    "to_confirm": -1,
    "waiting": -2,
}
_SAME = {"learner": "student", "coach": "instructor", "subscribed": "enrolled", "not_started": "enrolled"}
"""Other words for the same (docebo-api.md 9)."""

PROGRESS = ("enrolled", "in_progress", "completed")
"""In the order of getting there. The other statuses hold somebody back."""


@dataclass(frozen=True, slots=True)
class State:
    """An enrollment, as far as somebody could miss something of it. A learning plan's has no level, score and time."""

    status: str
    level: str | None
    enrolled_at: str | None
    enrolled_by: int | None
    completed_at: str | None
    valid_from: str | None
    valid_until: str | None
    score: float | None = None
    time_spent: int | None = None

    def differs(self, other: State) -> Iterator[str]:
        """The names of the fields that are not the same."""
        for name in FIELDS:
            if getattr(self, name) != getattr(other, name):
                yield name


FIELDS = tuple(field.name for field in fields(State))

MENDABLE = ("status", "level", "valid_from", "valid_until")
"""What is to be as it was. Of the other fields the API brings back what it can."""


def state_of(kind: str, row: Mapping[str, Any]) -> State:
    """Of a row of the API."""
    begin, end = "enrollment_validity_begin_date", "enrollment_validity_end_date"
    level, course = row.get("enrollment_level"), kind == COURSE
    return State(
        _SAME.get(row["enrollment_status"], row["enrollment_status"]),
        _SAME.get(level, level) if level else None,
        row.get("enrollment_created_at"),
        row.get("enrollment_created_by"),
        row.get("enrollment_completion_date"),
        row.get(f"{begin}time") or row.get(begin),
        row.get(f"{end}time") or row.get(end),
        row.get("enrollment_score") if course else None,
        row.get("enrollment_time_spent") if course else None,
    )


def changes(was: State, now: State, *, dates: bool) -> tuple[tuple[str, Any], ...]:
    """The update that makes an enrollment in a course what it was, as far as there is one; empty for none.

    It takes nothing away: somebody may have learned something since. `dates` is for the date of enrollment, too.
    """
    values: dict[str, Any] = {}
    if was.status != now.status and was.status in STATUSES and not _further(now.status, was.status):
        values["status"] = STATUSES[was.status]
    if was.status == "completed" and was.completed_at and ("status" in values or was.completed_at != now.completed_at):
        values |= {"status": STATUSES["completed"], "date_complete": was.completed_at}
    if was.level != now.level and was.level in LEVELS:
        values["level"] = LEVELS[was.level]
    if was.valid_from and was.valid_from != now.valid_from:
        values["date_begin_validity"] = was.valid_from
    if was.valid_until and was.valid_until != now.valid_until:
        values["date_expire_validity"] = was.valid_until
    if was.score is not None and now.score is None:
        values["score_given"] = was.score
    if dates:
        values |= date_of_enrollment(was, now)
    return tuple(values.items())


def date_of_enrollment(was: State, now: State) -> dict[str, Any]:
    """The part of an update that brings it back."""
    return {"date_inscr": was.enrolled_at} if was.enrolled_at and was.enrolled_at != now.enrolled_at else {}


def _further(now: str, was: str) -> bool:
    return now in PROGRESS and was in PROGRESS and PROGRESS.index(now) > PROGRESS.index(was)


def read_states(
    observer: Observer, keys: Iterable[EnrollmentKey], also: Mapping[int, Iterable[int]]
) -> dict[EnrollmentKey, State]:
    """What is there of these users in these targets; and, of who is to be in a learning plan, in the courses `also`."""
    by_user: dict[int, list[EnrollmentKey]] = {}
    for key in keys:
        by_user.setdefault(key[1], []).append(key)
    states: dict[EnrollmentKey, State] = {}
    for users in chunks(by_user, USERS_PER_READ):
        some = [key for user in users for key in by_user[user]]
        plans = {target for kind, _, target in some if kind == PLAN}
        courses = {target for kind, _, target in some if kind == COURSE}
        seen = observer.look(users, courses.union(*(also[plan] for plan in plans)), plans)
        for kind, rows in ((COURSE, seen.courses), (PLAN, seen.plans)):
            for (user, target), row in rows.items():
                states[kind, user, target] = state_of(kind, row)
    return states
