"""The orders in which indexes have course enrollments, and how their status is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column

from mock_lms.domain.enrollments import PROGRESS, Status
from mock_lms.storage.elements import among
from mock_lms.storage.orders import Section
from mock_lms.storage.tables import course_enrollments, courses, tracks, users

_course = course_enrollments.c
_same_track = (tracks.c.course_id == _course.course_id) & (tracks.c.user_id == _course.user_id)
_tracked_at_all = course_enrollments.outerjoin(tracks, _same_track)


def _of(column: ColumnElement[int]) -> ColumnElement[int]:
    """The number of a column by which its table must not be looked up: it comes first, as the order is its own."""
    return column + literal_column("0")


_begun = tracks.join(
    course_enrollments,
    (_of(tracks.c.course_id) == _course.course_id) & (_of(tracks.c.user_id) == _course.user_id),
)

WALKS: Mapping[str, Sequence[Section]] = {
    "user_id": [Section(course_enrollments, [_course.user_id, _course.course_id], key=(1, 0))],
    "username": [
        Section(
            users.join(course_enrollments, _of(users.c.id) == _course.user_id),
            [users.c.username, _course.course_id, _course.user_id],
            key=(1, 2),
            outer=1,
        )
    ],
    "course_name": [
        Section(
            courses.join(course_enrollments, _of(courses.c.id) == _course.course_id),
            [courses.c.name, courses.c.id, _course.user_id],
            key=(1, 2),
            outer=2,
        )
    ],
    "enrollment_created_at": [
        Section(course_enrollments, [_course.enrolled_at, _course.course_id, _course.user_id], key=(1, 2))
    ],
    "enrollment_completion_date": [
        Section(
            _begun,
            [tracks.c.completed_at, tracks.c.course_id, tracks.c.user_id],
            key=(1, 2),
            condition=tracks.c.completed_at.is_not(None),
        ),
        Section(
            _tracked_at_all,
            [_course.course_id, _course.user_id],
            key=(0, 1),
            condition=tracks.c.completed_at.is_(None),
        ),
    ],
}

ALONE: Mapping[str, Section] = {
    "statuses": Section(
        _tracked_at_all,
        [_course.course_id, _course.user_id],
        key=(0, 1),
        condition=among(func.coalesce(_course.hold, tracks.c.status, Status.SUBSCRIBED.value), "statuses"),
        filtered=True,
    ),
    "progress": Section(
        _begun,
        [tracks.c.course_id, tracks.c.user_id],
        key=(0, 1),
        condition=_course.hold.is_(None) & among(tracks.c.status, "progress"),
        filtered=True,
    ),
}


def asked(filters: dict[str, Any]) -> dict[str, Any]:
    """Holds are asked of the enrollment alone, and whoever has begun is found by the tracking."""
    statuses = set(filters.get("statuses", ()))
    if statuses and not statuses & PROGRESS:
        filters["holds"] = filters.pop("statuses")
    elif statuses and statuses < PROGRESS and Status.SUBSCRIBED not in statuses:
        filters["progress"] = filters.pop("statuses")
    return filters
