"""Changing a course, and taking it away with all that is of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, bindparam, delete, select, update

from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.tables import (
    catalog_items,
    certificates,
    course_enrollments,
    course_field_values,
    course_tags,
    courses,
    enrollment_field_values,
    learning_objects,
    learning_plan_courses,
    tracks,
)

_UPDATE: dict[frozenset[str], Statement] = {}


def update_course(transaction: Transaction, course_id: int, values: Mapping[str, Any]) -> None:
    """Gives a course these column values."""
    shape = frozenset(values)
    if shape not in _UPDATE:
        new = {name: bindparam(f"new_{name}", type_=courses.c[name].type) for name in values}
        _UPDATE[shape] = Statement(update(courses).where(courses.c.id == bindparam("course")).values(new))
    transaction.run(_UPDATE[shape], course=course_id, **{f"new_{name}": value for name, value in values.items()})


_OF_A_COURSE: tuple[Table, ...] = (
    course_enrollments,
    enrollment_field_values,
    tracks,
    certificates,
    learning_plan_courses,
    catalog_items,
    learning_objects,
    course_tags,
    course_field_values,
)
"""The tables with a `course_id`, but the outbox: what happened in a course happened."""

_DELETE = [Statement(delete(table).where(table.c.course_id == bindparam("course"))) for table in _OF_A_COURSE]
_DELETE.append(Statement(delete(courses).where(courses.c.id == bindparam("course"))))

_ENROLLED = Statement(select(course_enrollments.c.user_id).where(course_enrollments.c.course_id == bindparam("course")))


def enrolled_in(transaction: Transaction, course_id: int) -> frozenset[int]:
    """Everybody who is enrolled in the course."""
    return frozenset(row[0] for row in transaction.rows(_ENROLLED, course=course_id))


def delete_course(transaction: Transaction, course_id: int) -> None:
    """Takes the course away, and every row of any table that is about it."""
    for statement in _DELETE:
        transaction.run(statement, course=course_id)
