"""What each column of a snapshot's file may hold: what a seed or the API could have put there, and nothing else.

A file's checksum says that it is whole, not that a server wrote it. What is in it is shown by every list, so a word
that is none of ours or a number that nobody can count to would fail calls long after the import.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table

from mock_lms.domain import webhook_events
from mock_lms.domain.enrollments import PROGRESS, Level, Status
from mock_lms.domain.values import (
    ASSIGNMENT_TYPES,
    COURSE_STATUSES,
    COURSE_TYPES,
    MAX_LONG_TEXT,
    MAX_NUMBER,
    MAX_SCORE,
    MAX_TEXT,
    USER_LEVELS,
    is_date_time,
)
from mock_lms.storage.tables import (
    certificates,
    counters,
    course_enrollments,
    courses,
    learning_plan_courses,
    learning_plan_enrollments,
    learning_plans,
    meta,
    outbox,
    tracks,
    users,
)

MAX_SEED = 4_096  # characters: it may be a path


@dataclass(frozen=True, slots=True)
class Check:
    """What is accepted, as it came out of JSON; and how that is called. `of` is the table of which it is an id."""

    accepts: Callable[[Any], bool]
    wanted: str
    of: Table | None = None


def _number(low: int, high: int, of: Table | None = None) -> Check:
    def accepts(value: Any) -> bool:
        return type(value) is int and low <= value <= high

    return Check(accepts, f"a whole number from {low:,} to {high:,}", of)


def _text(least: int = 0, most: int = MAX_TEXT) -> Check:
    def accepts(value: Any) -> bool:
        return type(value) is str and least <= len(value) <= most and "\0" not in value

    return Check(accepts, f"a text of {least} to {most:,} characters without NUL")


def _one_of(words: Collection[Any]) -> Check:
    known = frozenset(words)

    def accepts(value: Any) -> bool:
        return type(value) in {str, int} and value in known

    return Check(accepts, "one of " + ", ".join(sorted(map(str, known))))


def _or_null(check: Check) -> Check:
    def accepts(value: Any) -> bool:
        return value is None or check.accepts(value)

    return Check(accepts, f"{check.wanted}, or null", check.of)


def _is_moment(value: Any) -> bool:
    return type(value) is str and is_date_time(value)


def _is_score(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= MAX_SCORE


ID = _number(1, MAX_NUMBER)
COUNT = _number(0, MAX_NUMBER)
FLAG = _one_of([0, 1])
MOMENT = Check(_is_moment, "a date-time like 2026-03-01 12:00:00")
USER, COURSE, PLAN = (_number(1, MAX_NUMBER, of=table) for table in (users, courses, learning_plans))
ASSIGNMENT = _or_null(_one_of(ASSIGNMENT_TYPES))

CHECKS: Mapping[Table, Mapping[str, Check]] = {
    meta: {"name": _one_of(["format", "seed"]), "value": _text(1, MAX_SEED)},
    counters: {"name": _text(1), "value": COUNT},
    users: {
        "id": ID,
        "username": _text(1),
        "firstname": _text(),
        "lastname": _text(),
        "email": _text(),
        "level": _one_of(USER_LEVELS),
        "active": FLAG,
        "password_hash": Check(lambda value: value is None, "null: a file holds no passwords"),
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "identity": _text(1, 64),
    },
    courses: {
        "id": ID,
        "uid": _text(1),
        "code": _text(),
        "name": _text(1),
        "type": _one_of(COURSE_TYPES),
        "status": _one_of(COURSE_STATUSES),
        "description": _text(most=MAX_LONG_TEXT),
        "start_date": _or_null(MOMENT),
        "end_date": _or_null(MOMENT),
        "certificate": _or_null(_text(1)),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    learning_plans: {
        "id": ID,
        "uuid": _text(1),
        "code": _text(),
        "name": _text(1),
        "description": _text(most=MAX_LONG_TEXT),
        "published": FLAG,
        "certificate": _or_null(_text(1)),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    learning_plan_courses: {"learning_plan_id": PLAN, "course_id": COURSE, "position": ID},
    course_enrollments: {
        "course_id": COURSE,
        "user_id": USER,
        "id": ID,
        "level": _one_of([int(level) for level in Level]),
        "hold": _or_null(_one_of([status.value for status in Status if status not in PROGRESS])),
        "assignment_type": ASSIGNMENT,
        "enrolled_at": MOMENT,
        "enrolled_by": _or_null(ID),  # who may be gone
        "valid_from": _or_null(MOMENT),
        "valid_until": _or_null(MOMENT),
        "updated_at": MOMENT,
    },
    learning_plan_enrollments: {
        "learning_plan_id": PLAN,
        "user_id": USER,
        "assignment_type": ASSIGNMENT,
        "enrolled_at": MOMENT,
        "enrolled_by": _or_null(ID),
        "valid_from": _or_null(MOMENT),
        "valid_until": _or_null(MOMENT),
        "updated_at": MOMENT,
    },
    tracks: {
        "course_id": COURSE,
        "user_id": USER,
        "status": _one_of([status.value for status in Status if status in PROGRESS]),
        "first_access_at": _or_null(MOMENT),
        "last_access_at": _or_null(MOMENT),
        "completed_at": _or_null(MOMENT),
        "score": _or_null(Check(_is_score, f"a number from 0 to {MAX_SCORE:,}")),
        "time_spent": COUNT,
    },
    certificates: {
        "id": ID,
        "user_id": USER,
        "course_id": _or_null(COURSE),
        "learning_plan_id": _or_null(PLAN),
        "title": _text(1),
        "issued_at": MOMENT,
    },
    outbox: {
        "id": ID,
        "name": _one_of([value for name, value in vars(webhook_events).items() if name.isupper()]),
        "fired_at": MOMENT,
        "user_id": ID,
        "course_id": _or_null(ID),
        "learning_plan_id": _or_null(ID),
        "actor_id": _or_null(ID),
        "batch": FLAG,
    },
}
"""By table and column, all that a file has."""

UNIQUE: tuple[Column[Any], ...] = (course_enrollments.c.id,)
"""What no two rows share, though the database does not say so."""
