"""The tables of the enrollment core: who there is, what there is, who is enrolled in what, and how far they came."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Table, Text
from sqlalchemy import text as sql_text

from mock_lms.storage.tables.base import COUNTED, SAVED_NOWHERE, id_, metadata, number, text

meta = Table("meta", metadata, Column("name", Text, primary_key=True), text("value"))
"""What the tenant is: the format of these tables, the seed it began from."""

counters = Table("counters", metadata, Column("name", Text, primary_key=True), number("value"))
"""The last id given to each kind of thing. Ids are never given twice."""

users = Table(
    "users",
    metadata,
    id_(),
    Column("username", Text, nullable=False, unique=True),
    text("firstname", default=""),
    text("lastname", default=""),
    text("email", default=""),
    text("level", default="user"),
    number("active", default="1"),
    text("password_hash", null=True),
    text("created_at"),
    text("updated_at"),
    text("identity"),
    text("language", default="en"),
    text("timezone", default="UTC"),
    text("expires_at", null=True),
    text("last_access_at", null=True),
    number("email_validated", default="0"),
    info=COUNTED,
)
"""Counters go back with the data, so an id can be given again. `identity` tells the users apart who had it at different
times: a token is good for one of them only. It is random, or says which seed planted the user."""

courses = Table(
    "courses",
    metadata,
    id_(),
    text("uid"),
    text("code", default=""),
    text("name"),
    text("type", default="elearning"),
    text("status", default="published"),
    text("description", default=""),
    text("start_date", null=True),
    text("end_date", null=True),
    text("certificate", null=True),
    text("created_at"),
    text("updated_at"),
    text("language", default="en"),
    number("duration", default="0"),
    number("category_id", null=True),
    Column("credits", Double, nullable=False, server_default="0"),
    Column("price", Double, nullable=False, server_default="0"),
    Column("rating", Double),
    Index("courses_by_name", "name"),
    info=COUNTED,
)
"""`duration` is in seconds, `rating` the average from 1 to 5."""

learning_plans = Table(
    "learning_plans",
    metadata,
    id_(),
    text("uuid"),
    text("code", default=""),
    text("name"),
    text("description", default=""),
    number("published", default="1"),
    text("certificate", null=True),
    text("created_at"),
    text("updated_at"),
    info=COUNTED,
)

learning_plan_courses = Table(
    "learning_plan_courses",
    metadata,
    id_("learning_plan_id"),
    id_("course_id"),
    number("position"),
    Index("learning_plan_courses_by_course", "course_id"),
    sqlite_with_rowid=False,
)

course_enrollments = Table(
    "course_enrollments",
    metadata,
    id_("course_id"),
    id_("user_id"),
    number("id"),
    number("level", default="3"),
    text("hold", null=True),
    text("assignment_type", null=True),
    text("enrolled_at"),
    number("enrolled_by", null=True),
    text("valid_from", null=True),
    text("valid_until", null=True),
    text("updated_at"),
    Index("course_enrollments_by_user", "user_id", "course_id"),
    Index("course_enrollments_by_date", "enrolled_at", "course_id", "user_id"),
    sqlite_with_rowid=False,
    info=COUNTED,
)

learning_plan_enrollments = Table(
    "learning_plan_enrollments",
    metadata,
    id_("learning_plan_id"),
    id_("user_id"),
    text("assignment_type", null=True),
    text("enrolled_at"),
    number("enrolled_by", null=True),
    text("valid_from", null=True),
    text("valid_until", null=True),
    text("updated_at"),
    Index("learning_plan_enrollments_by_user", "user_id", "learning_plan_id"),
    sqlite_with_rowid=False,
)

tracks = Table(
    "tracks",
    metadata,
    id_("course_id"),
    id_("user_id"),
    text("status", default="subscribed"),
    text("first_access_at", null=True),
    text("last_access_at", null=True),
    text("completed_at", null=True),
    Column("score", Double),
    number("time_spent", default="0"),
    Index(
        "tracks_by_completion",
        "completed_at",
        "course_id",
        "user_id",
        sqlite_where=sql_text("completed_at IS NOT NULL"),
        postgresql_where=sql_text("completed_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)
"""How far a user came in a course. Belongs to user and course, not to the enrollment, and outlives it."""

certificates = Table(
    "certificates",
    metadata,
    id_(),
    number("user_id"),
    number("course_id", null=True),
    number("learning_plan_id", null=True),
    text("title"),
    text("issued_at"),
    Index("certificates_by_course", "course_id", "user_id"),
    Index("certificates_by_learning_plan", "learning_plan_id", "user_id"),
    info=COUNTED,
)
"""Issued certificates: of a course or of a learning plan. They outlive enrollment and tracking."""

outbox = Table(
    "outbox",
    metadata,
    id_(),
    text("name"),
    text("fired_at"),
    number("user_id"),
    number("course_id", null=True),
    number("learning_plan_id", null=True),
    number("actor_id", null=True),
    number("batch"),
    info=COUNTED | SAVED_NOWHERE,
)
"""What happened, written in the transaction that made it happen. `batch` is 1 where a bulk call did it."""
