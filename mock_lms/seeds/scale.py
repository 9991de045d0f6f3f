"""A large tenant: every user in every course and every learning plan. The same for the same size, to the last value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from mock_lms.domain.enrollments import Level, Status
from mock_lms.storage import tables
from mock_lms.storage.database import Session

FIRST_USER = 1001
IDENTITY = "scale"  # who has an id is the same whatever the size
ADMIN = 1
CREATED = "2026-01-05 08:00:00"
ENROLLED = "2026-01-12 09:00:00"
CERTIFYING = 5  # every fifth course issues a certificate

# Of 30 enrollments that follow each other, 10 are completed, 10 in progress, 8 not begun and 2 held back. Users differ
# by 7 and courses by 11 places, so that neither a user nor a course has one status only.
CYCLE = 30
_PROGRESS = (Status.COMPLETED,) * 10 + (Status.IN_PROGRESS,) * 10
_HOLDS: dict[int, Status] = {28: Status.SUSPENDED, 29: Status.WAITING}

# What belongs to each place of the cycle is made once: a million rows share these values.
_COMPLETED_AT = tuple(f"2026-02-{1 + place:02} 15:30:00" for place in range(10))
_LAST_ACCESS = (*_COMPLETED_AT, *(f"2026-03-{1 + place:02} 10:00:00" for place in range(10)))
_UPDATED_AT = (*_LAST_ACCESS, *(ENROLLED,) * (CYCLE - len(_LAST_ACCESS)))

_Rows = Iterator[Sequence[Any]]


def place_of(course_id: int, user_id: int) -> int:
    """Where in the cycle an enrollment is."""
    return (7 * user_id + 11 * course_id) % CYCLE


def plant(session: Session, *, users: int, courses: int, plans: int) -> None:
    """Writes it, every table in the order of its primary key."""
    user_ids = range(FIRST_USER, FIRST_USER + users)
    course_ids = range(1, courses + 1)
    plan_ids = range(1, plans + 1)
    dates = ("created_at", "updated_at")
    session.insert(
        tables.users, ("id", "username", "firstname", "lastname", "email", *dates, "identity"), _users(user_ids)
    )
    session.insert(tables.courses, ("id", "uid", "code", "name", "certificate", *dates), _courses(course_ids))
    session.insert(tables.learning_plans, ("id", "uuid", "code", "name", *dates), _plans(plan_ids))
    session.insert(
        tables.learning_plan_courses, ("learning_plan_id", "course_id", "position"), _plan_courses(plans, courses)
    )
    session.insert(
        tables.course_enrollments,
        ("course_id", "user_id", "id", "level", "hold", "enrolled_at", "enrolled_by", "updated_at"),
        _enrollments(course_ids, user_ids),
    )
    session.insert(
        tables.tracks,
        ("course_id", "user_id", "status", "first_access_at", "last_access_at", "completed_at", "score", "time_spent"),
        _tracks(course_ids, user_ids),
    )
    session.insert(
        tables.learning_plan_enrollments,
        ("learning_plan_id", "user_id", "enrolled_at", "enrolled_by", "updated_at"),
        ((plan, user, ENROLLED, ADMIN, ENROLLED) for plan in plan_ids for user in user_ids),
    )
    session.insert(
        tables.certificates, ("id", "user_id", "course_id", "title", "issued_at"), _certificates(course_ids, user_ids)
    )


def _users(user_ids: range) -> _Rows:
    for user in user_ids:
        name = f"user{user:05}"
        yield user, name, "User", f"{user:05}", f"{name}@example.com", CREATED, CREATED, IDENTITY


def _courses(course_ids: range) -> _Rows:
    for course in course_ids:
        certificate = f"Certificate {course}" if course % CERTIFYING == 0 else None
        yield course, f"E-{course:06}", f"C-{course:03}", f"Course {course}", certificate, CREATED, CREATED


def _plans(plan_ids: range) -> _Rows:
    for plan in plan_ids:
        yield plan, f"00000000-0000-4000-8000-{plan:012}", f"LP-{plan:02}", f"Learning Plan {plan}", CREATED, CREATED


def _plan_courses(plans: int, courses: int) -> _Rows:
    """The courses in consecutive blocks, one for each plan; where they don't divide evenly, some have one more."""
    for plan in range(plans):
        block = range(courses * plan // plans, courses * (plan + 1) // plans)
        for position, course in enumerate(block, 1):
            yield plan + 1, course + 1, position


def _enrollments(course_ids: range, user_ids: range) -> _Rows:
    ids = count(1)
    level = int(Level.STUDENT)
    of_place = [(_HOLDS.get(place), _UPDATED_AT[place]) for place in range(CYCLE)]
    for course in course_ids:
        for user in user_ids:
            hold, updated_at = of_place[place_of(course, user)]
            yield course, user, next(ids), level, hold, ENROLLED, ADMIN, updated_at


def _tracks(course_ids: range, user_ids: range) -> _Rows:
    of_place = [
        (
            status,
            ENROLLED,
            _LAST_ACCESS[place],
            _COMPLETED_AT[place] if status is Status.COMPLETED else None,
            60.0 + 4 * place if status is Status.COMPLETED else None,
            600 + 120 * place,
        )
        for place, status in enumerate(_PROGRESS)
    ]
    for course in course_ids:
        for user in user_ids:
            place = place_of(course, user)
            if place < len(of_place):
                yield course, user, *of_place[place]


def _certificates(course_ids: range, user_ids: range) -> _Rows:
    ids = count(1)
    for course in course_ids:
        if course % CERTIFYING == 0:
            for user in user_ids:
                place = place_of(course, user)
                if place < len(_COMPLETED_AT):
                    yield next(ids), user, course, f"Certificate {course}", _COMPLETED_AT[place]
