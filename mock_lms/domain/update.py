"""Updating enrollments: what changes in the enrollment, what in the tracking, and which certificates follow.

Sources: docebo-api.md 2.4, 2.5 and 9.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from mock_lms.domain.enrollments import PROGRESS, Level, Status, UsersById, distinct

NOBODY: Set[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """The new values; None leaves one as it is. Date-times as text, UTC."""

    status: Status | None = None
    level: Level | None = None
    enrolled_at: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    completed_at: str | None = None
    first_access_at: str | None = None
    last_access_at: str | None = None
    score: float | None = None
    assignment_type: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Who of the requested users is in each requested course, whose tracking there says completed, who holds the
    course's certificate, and which of these courses issue one."""

    enrolled: UsersById
    completed: UsersById
    certified: UsersById
    certifying: Set[int]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to write. `enrollment` and `tracking` are column values for every enrollment in `updated`; those of
    `tracking_if_empty` only go where there is no value yet, those of `tracking_if_completed` only where the status is.

    `completing` are those who complete a course now and had not before, `certificates` those of them who get the
    course's certificate, `missing` the requested pairs that are no enrollment.
    """

    updated: UsersById
    missing: tuple[tuple[int, int], ...]
    enrollment: dict[str, object]
    tracking: dict[str, object]
    tracking_if_empty: dict[str, object]
    tracking_if_completed: dict[str, object]
    completing: UsersById
    certificates: UsersById


def decide(user_ids: Sequence[int], course_ids: Sequence[int], change: Change, facts: Facts, now: str) -> Decision:
    """What `change` does to the enrollment of every requested user in every requested course."""
    users = distinct(user_ids)
    wanted = frozenset(users)
    updated: dict[int, Set[int]] = {}
    missing: list[tuple[int, int]] = []
    completing: dict[int, Set[int]] = {}
    certificates: dict[int, Set[int]] = {}
    for course in distinct(course_ids):
        present = wanted & facts.enrolled.get(course, NOBODY)
        if present:
            updated[course] = present
        if len(present) < len(wanted):
            missing.extend((course, user) for user in users if user not in present)
        if change.status is Status.COMPLETED:
            if new := present - facts.completed.get(course, NOBODY):
                completing[course] = new
            if course in facts.certifying and (new := present - facts.certified.get(course, NOBODY)):
                certificates[course] = new
    return Decision(
        updated,
        tuple(missing),
        _enrollment(change, now),
        _tracking(change),
        _tracking_if_empty(change, now),
        # a date of completion alone completes nothing
        _present(completed_at=change.completed_at) if change.status not in PROGRESS else {},
        completing,
        certificates,
    )


def _enrollment(change: Change, now: str) -> dict[str, object]:
    values = _present(
        level=change.level,
        enrolled_at=change.enrolled_at,
        valid_from=change.valid_from,
        valid_until=change.valid_until,
        assignment_type=change.assignment_type,
    )
    if change.status is not None:
        values["hold"] = None if change.status in PROGRESS else change.status
    return values | {"updated_at": now}


def _tracking(change: Change) -> dict[str, object]:
    values = _present(first_access_at=change.first_access_at, last_access_at=change.last_access_at, score=change.score)
    if change.status in PROGRESS:
        values["status"] = change.status
    if change.status is Status.COMPLETED:
        values |= _present(completed_at=change.completed_at)
    elif change.status in PROGRESS:
        # whoever goes back to an earlier status has not completed the course any more
        values["completed_at"] = None
    return values


def _tracking_if_empty(change: Change, now: str) -> dict[str, object]:
    if change.status is not Status.COMPLETED:
        return {}
    done = change.completed_at or now
    return {"completed_at": done, "first_access_at": done, "last_access_at": done}


def _present(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
