"""What the tables of the enrollment core may hold."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table

from mock_lms.domain import webhook_events
from mock_lms.domain.enrollments import PROGRESS, Level, Status
from mock_lms.domain.values import COURSE_STATUSES, COURSE_TYPES, MAX_LONG_TEXT, MAX_NUMBER, USER_LEVELS
from mock_lms.storage.snapshot_values.checks import (
    ASSIGNMENT,
    COUNT,
    COURSE,
    DECIMAL,
    FLAG,
    ID,
    MOMENT,
    PLAN,
    USER,
    Check,
    number,
    one_of,
    or_null,
    text,
)
from mock_lms.storage.tables import (
    categories,
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

CORE: Mapping[Table, Mapping[str, Check]] = {
    meta: {"name": one_of(["format", "seed"]), "value": text(1, MAX_SEED)},
    counters: {"name": text(1), "value": COUNT},
    users: {
        "id": ID,
        "username": text(1),
        "firstname": text(),
        "lastname": text(),
        "email": text(),
        "level": one_of(USER_LEVELS),
        "active": FLAG,
        "password_hash": Check(lambda value: value is None, "null: a file holds no passwords"),
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "identity": text(1, 64),
        "language": text(1),
        "timezone": text(1),
        "expires_at": or_null(MOMENT),
        "last_access_at": or_null(MOMENT),
        "email_validated": FLAG,
    },
    courses: {
        "id": ID,
        "uid": text(1),
        "code": text(),
        "name": text(1),
        "type": one_of(COURSE_TYPES),
        "status": one_of(COURSE_STATUSES),
        "description": text(most=MAX_LONG_TEXT),
        "start_date": or_null(MOMENT),
        "end_date": or_null(MOMENT),
        "certificate": or_null(text(1)),
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "language": text(1),
        "duration": COUNT,
        "category_id": or_null(number(1, MAX_NUMBER, of=categories)),
        "credits": DECIMAL,
        "price": DECIMAL,
        "rating": or_null(DECIMAL),
    },
    learning_plans: {
        "id": ID,
        "uuid": text(1),
        "code": text(),
        "name": text(1),
        "description": text(most=MAX_LONG_TEXT),
        "published": FLAG,
        "certificate": or_null(text(1)),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    learning_plan_courses: {"learning_plan_id": PLAN, "course_id": COURSE, "position": ID},
    course_enrollments: {
        "course_id": COURSE,
        "user_id": USER,
        "id": ID,
        "level": one_of([int(level) for level in Level]),
        "hold": or_null(one_of([status.value for status in Status if status not in PROGRESS])),
        "assignment_type": ASSIGNMENT,
        "enrolled_at": MOMENT,
        "enrolled_by": or_null(ID),  # who may be gone
        "valid_from": or_null(MOMENT),
        "valid_until": or_null(MOMENT),
        "updated_at": MOMENT,
    },
    learning_plan_enrollments: {
        "learning_plan_id": PLAN,
        "user_id": USER,
        "assignment_type": ASSIGNMENT,
        "enrolled_at": MOMENT,
        "enrolled_by": or_null(ID),
        "valid_from": or_null(MOMENT),
        "valid_until": or_null(MOMENT),
        "updated_at": MOMENT,
    },
    tracks: {
        "course_id": COURSE,
        "user_id": USER,
        "status": one_of([status.value for status in Status if status in PROGRESS]),
        "first_access_at": or_null(MOMENT),
        "last_access_at": or_null(MOMENT),
        "completed_at": or_null(MOMENT),
        "score": or_null(DECIMAL),
        "time_spent": COUNT,
    },
    certificates: {
        "id": ID,
        "user_id": USER,
        "course_id": or_null(COURSE),
        "learning_plan_id": or_null(PLAN),
        "title": text(1),
        "issued_at": MOMENT,
    },
    outbox: {
        "id": ID,
        "name": one_of([value for name, value in vars(webhook_events).items() if name.isupper()]),
        "fired_at": MOMENT,
        "user_id": ID,
        "course_id": or_null(ID),
        "learning_plan_id": or_null(ID),
        "actor_id": or_null(ID),
        "batch": FLAG,
    },
}
