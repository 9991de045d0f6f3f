"""The lists of enrollments. The status is made here, of enrollment and tracking; a learning plan's of its courses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    select,
)

from mock_lms.storage.elements import among
from mock_lms.storage.enrollment_orders import ALONE, WALKS, asked
from mock_lms.storage.listing import Listing, containing
from mock_lms.storage.orders import Section
from mock_lms.storage.tables import (
    Number,
    course_enrollments,
    courses,
    learning_plan_courses,
    learning_plan_enrollments,
    learning_plans,
    tracks,
    users,
)

_course = course_enrollments.c
_plan = learning_plan_enrollments.c


def _of_course(what: ColumnElement[Any]) -> Any:
    return select(what).where(courses.c.id == _course.course_id).correlate(course_enrollments).scalar_subquery()


def _of_user(what: ColumnElement[Any], table: Any) -> Any:
    return select(what).where(users.c.id == table.c.user_id).correlate(table).scalar_subquery()


def _tracked(what: ColumnElement[Any]) -> Any:
    """What the enrollment's tracking says."""
    same = tracks.c.course_id == _course.course_id, tracks.c.user_id == _course.user_id
    return select(what).where(*same).correlate(course_enrollments).scalar_subquery()


_course_status = func.coalesce(_course.hold, _tracked(tracks.c.status), "subscribed")

_COURSE_FILTERS = {
    "users": among(_course.user_id, "users"),
    "course": _course.course_id == bindparam("course"),
    "courses": among(_course.course_id, "courses"),
    "levels": among(_course.level, "levels"),
    "types": _course.course_id.in_(select(courses.c.id).where(among(courses.c.type, "types"))),
    "codes": _course.course_id.in_(select(courses.c.id).where(among(courses.c.code, "codes"))),
    "statuses": among(_course_status, "statuses"),
    "holds": among(_course.hold, "holds"),
    "progress": _course.hold.is_(None) & among(_tracked(tracks.c.status), "progress"),
    "search": _course.course_id.in_(
        select(courses.c.id).where(containing("search", courses.c.name, courses.c.description, courses.c.code))
    ),
    "search_users": exists().where(
        users.c.id == _course.user_id,
        containing("search_users", users.c.username, users.c.firstname, users.c.lastname, users.c.email),
    ),
    "updated_from": _course.updated_at >= bindparam("updated_from"),
    "updated_to": _course.updated_at <= bindparam("updated_to"),
    "outside_plans": ~_course.course_id.in_(select(learning_plan_courses.c.course_id)),  # any value switches it on
    "plan": _course.course_id.in_(
        select(learning_plan_courses.c.course_id).where(learning_plan_courses.c.learning_plan_id == bindparam("plan"))
    )
    & _course.user_id.in_(select(_plan.user_id).where(_plan.learning_plan_id == bindparam("plan"))),
}

_COURSE_SORTS = {
    "course_id": _course.course_id,
    "user_id": _course.user_id,
    "username": _of_user(users.c.username, course_enrollments),
    "course_name": _of_course(courses.c.name),
    "enrollment_created_at": _course.enrolled_at,
    "enrollment_completion_date": _tracked(tracks.c.completed_at),
}


def _course_shape(page: Any) -> Select[Any]:
    return select(
        page.c.id.label("enrollment_id"),
        page.c.user_id,
        users.c.username,
        page.c.course_id,
        page.c.course_id.label("target_id"),
        courses.c.uid,
        courses.c.code,
        courses.c.name,
        courses.c.description,
        courses.c.type,
        courses.c.start_date,
        courses.c.end_date,
        page.c.level,
        func.coalesce(page.c.hold, tracks.c.status, "subscribed").label("status"),
        page.c.enrolled_by,
        page.c.enrolled_at,
        page.c.valid_from,
        page.c.valid_until,
        page.c.updated_at,
        tracks.c.completed_at,
        tracks.c.score,
        func.coalesce(tracks.c.time_spent, 0).label("time_spent"),
        case((tracks.c.status == "completed", 100), (tracks.c.status == "in_progress", null()), else_=0).label(
            "percent"
        ),
        null().label("courses"),
    ).select_from(
        page.join(courses, courses.c.id == page.c.course_id)
        .join(users, users.c.id == page.c.user_id)
        .outerjoin(tracks, (tracks.c.course_id == page.c.course_id) & (tracks.c.user_id == page.c.user_id))
    )


COURSE_ENROLLMENTS = Listing(
    base=course_enrollments,
    key=("course_id", "user_id"),
    filters=_COURSE_FILTERS,
    sorts=_COURSE_SORTS,
    walks=WALKS,
    alone=ALONE,
    asked=asked,
    shape=_course_shape,
)


def _courses_of(member: Any, what: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Select[Any]:
    """The courses of the member's learning plan, with the member's tracking in each."""
    same = (tracks.c.course_id == learning_plan_courses.c.course_id) & (tracks.c.user_id == member.user_id)
    joined = learning_plan_courses.outerjoin(tracks, same)
    of_plan = learning_plan_courses.c.learning_plan_id == member.learning_plan_id
    return select(what).select_from(joined).where(of_plan, *conditions).correlate(member.user_id.table)


def _progress(what: ColumnElement[Any], member: Any) -> Any:
    """A sum over these."""
    return _courses_of(member, what).scalar_subquery()


_counts_as_completed = case((tracks.c.status == "completed", 1), else_=0)


def _plan_status(member: Any) -> Any:
    """Each question ends with the first course that answers it."""

    def some_course(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return _courses_of(member, literal_column("1"), *conditions).exists()

    unfinished = func.coalesce(tracks.c.status, "") != "completed"
    return case(
        (~some_course(), "subscribed"),
        (~some_course(unfinished), "completed"),
        (some_course(tracks.c.status != "subscribed"), "in_progress"),
        else_="subscribed",
    )


def _plan_shape(page: Any) -> Select[Any]:
    all_done = case((func.count() == func.sum(_counts_as_completed), func.max(tracks.c.completed_at)))
    percent = cast(func.round(100.0 * func.sum(_counts_as_completed) / func.count()), Integer)
    return select(
        page.c.user_id,
        users.c.username,
        page.c.learning_plan_id,
        page.c.learning_plan_id.label("target_id"),
        learning_plans.c.code,
        learning_plans.c.name,
        learning_plans.c.description,
        literal("learning_plan").label("type"),
        null().label("end_date"),
        null().label("level"),
        _plan_status(page.c).label("status"),
        page.c.enrolled_by,
        page.c.enrolled_at,
        page.c.valid_from,
        page.c.valid_until,
        page.c.updated_at,
        _progress(all_done, page.c).label("completed_at"),
        null().label("score"),
        func.coalesce(_progress(cast(func.sum(tracks.c.time_spent), Number), page.c), 0).label("time_spent"),
        func.coalesce(_progress(case((func.count() > 0, percent)), page.c), 0).label("percent"),
        _progress(func.count(), page.c).label("courses"),
    ).select_from(
        page.join(learning_plans, learning_plans.c.id == page.c.learning_plan_id).join(
            users, users.c.id == page.c.user_id
        )
    )


LEARNING_PLAN_ENROLLMENTS = Listing(
    base=learning_plan_enrollments,
    key=("learning_plan_id", "user_id"),
    filters={
        "users": among(_plan.user_id, "users"),
        "plans": among(_plan.learning_plan_id, "plans"),
        "codes": _plan.learning_plan_id.in_(select(learning_plans.c.id).where(among(learning_plans.c.code, "codes"))),
        "statuses": among(_plan_status(_plan), "statuses"),
        "search": _plan.learning_plan_id.in_(
            select(learning_plans.c.id).where(
                containing("search", learning_plans.c.name, learning_plans.c.description, learning_plans.c.code)
            )
        ),
        "updated_from": _plan.updated_at >= bindparam("updated_from"),
        "updated_to": _plan.updated_at <= bindparam("updated_to"),
    },
    sorts={
        "learning_plan_id": _plan.learning_plan_id,
        "user_id": _plan.user_id,
        "username": _of_user(users.c.username, learning_plan_enrollments),
        "enrollment_created_at": _plan.enrolled_at,
    },
    walks={
        "user_id": [Section(learning_plan_enrollments, [_plan.user_id, _plan.learning_plan_id], key=(1, 0))],
    },
    shape=_plan_shape,
)
