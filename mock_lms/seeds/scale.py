"""A large tenant: every user in every course and every learning plan. The same for the same size, to the last value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Double, MetaData, Table, Text

from mock_lms.domain.enrollments import Level, Status
from mock_lms.storage import tables
from mock_lms.storage.database import Transaction

FIRST_USER = 1001
IDENTITY = "scale"  # who has an id is the same whatever the size
ADMIN = 1
CREATED = "2026-01-05 08:00:00"
ENROLLED = "2026-01-12 09:00:00"
CERTIFYING = 5  # every fifth course issues a certificate

# Of 30 enrollments that follow each other, 10 are completed, 10 in progress, 8 not begun and 2 held back. Users differ
# by 7 phases and courses by 11, so that neither a user nor a course has one status only.
CYCLE = 30
_PROGRESS = (Status.COMPLETED,) * 10 + (Status.IN_PROGRESS,) * 10
_HOLDS: dict[int, Status] = {28: Status.SUSPENDED, 29: Status.WAITING}

_COMPLETED_AT = tuple(f"2026-02-{1 + phase:02} 15:30:00" for phase in range(10))
_LAST_ACCESS = (*_COMPLETED_AT, *(f"2026-03-{1 + phase:02} 10:00:00" for phase in range(10)))

_Rows = Iterator[Sequence[Any]]


def plant(transaction: Transaction, *, users: int, courses: int, plans: int) -> None:
    """Writes it, every table in the order of its primary key. The database makes the many rows by itself.

    Python would take more than twice the time for them, 3 µs a row.
    """
    user_ids = range(FIRST_USER, FIRST_USER + users)
    course_ids = range(1, courses + 1)
    plan_ids = range(1, plans + 1)
    dates = ("created_at", "updated_at")
    transaction.insert(
        tables.users, ("id", "username", "firstname", "lastname", "email", *dates, "identity"), _users(user_ids)
    )
    transaction.insert(tables.courses, ("id", "uid", "code", "name", "certificate", *dates), _courses(course_ids))
    transaction.insert(tables.learning_plans, ("id", "uuid", "code", "name", *dates), _plans(plan_ids))
    transaction.insert(
        tables.learning_plan_courses, ("learning_plan_id", "course_id", "position"), _plan_courses(plans, courses)
    )
    _fill_phases(transaction)
    step = "(7 * u.id + 11 * c.id)"
    phase = f"{step} - {CYCLE} * ({step} / {CYCLE})"  # step % CYCLE, without %, which psycopg takes for its own
    pairs = f"FROM courses c CROSS JOIN users u CROSS JOIN phases p WHERE u.id >= {FIRST_USER} AND p.phase = {phase}"
    transaction.execute(
        "INSERT INTO course_enrollments (course_id, user_id, id, level, hold, enrolled_at, enrolled_by, updated_at) "
        f"SELECT c.id, u.id, (c.id - 1) * {users} + u.id - {FIRST_USER - 1}, {int(Level.STUDENT)}, p.hold, "
        f"'{ENROLLED}', {ADMIN}, p.updated_at {pairs}"
    )
    columns = ("status", "first_access_at", "last_access_at", "completed_at", "score", "time_spent")
    transaction.execute(
        f"INSERT INTO tracks (course_id, user_id, {', '.join(columns)}) "
        f"SELECT c.id, u.id, {', '.join(f'p.{name}' for name in columns)} {pairs} AND p.status IS NOT NULL"
    )
    transaction.execute(
        "INSERT INTO learning_plan_enrollments (learning_plan_id, user_id, enrolled_at, enrolled_by, updated_at) "
        f"SELECT l.id, u.id, '{ENROLLED}', {ADMIN}, '{ENROLLED}' FROM learning_plans l CROSS JOIN users u "
        f"WHERE u.id >= {FIRST_USER}"
    )
    transaction.execute(
        "INSERT INTO certificates (id, user_id, course_id, title, issued_at) "
        "SELECT row_number() OVER (ORDER BY c.id, u.id), u.id, c.id, c.certificate, p.completed_at "
        f"{pairs} AND c.certificate IS NOT NULL AND p.completed_at IS NOT NULL"
    )
    transaction.execute("DROP TABLE phases")


_phases = Table(
    "phases",
    MetaData(),
    *(Column(name, Text) for name in ("hold", "updated_at", "status", "first_access_at", "last_access_at")),
    Column("phase", tables.Number, primary_key=True, autoincrement=False),
    Column("completed_at", Text),
    Column("score", Double),
    Column("time_spent", tables.Number),
    prefixes=["TEMPORARY"],
)
"""What an enrollment and its tracking say, by the phase of the cycle. A million rows share these values."""


def _fill_phases(transaction: Transaction) -> None:
    transaction.create_tables(_phases.metadata)
    columns = [str(column.name) for column in _phases.c]
    transaction.insert(_phases, columns, [[_phase(number)[name] for name in columns] for number in range(CYCLE)])


def _phase(number: int) -> dict[str, Any]:
    progress = _PROGRESS[number] if number < len(_PROGRESS) else None
    completed = progress is Status.COMPLETED
    return {
        "phase": number,
        "hold": _HOLDS.get(number),
        "status": progress,
        "first_access_at": ENROLLED,
        "last_access_at": _LAST_ACCESS[number] if progress else None,
        "completed_at": _COMPLETED_AT[number] if completed else None,
        "score": 60.0 + 4 * number if completed else None,
        "time_spent": 600 + 120 * number,
        "updated_at": _LAST_ACCESS[number] if progress else ENROLLED,
    }


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
