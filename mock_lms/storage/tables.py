"""Every table of an LMS. A tenant has them to itself (a SQLite file, a PostgreSQL schema), so nothing names a tenant.

This is a tenant's data: what a snapshot holds and a reset replaces. What only a mock has is in `control_tables`.

Date-times are text, `YYYY-MM-DD HH:MM:SS` UTC: the vendor's form, which sorts as it should and needs no conversion on
the way out. Truth values are 0 and 1. Moments of expiry are seconds since 1970.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, Table, Text

metadata = MetaData()

# SQLite's rowid is an INTEGER; a BIGINT primary key would cost a second tree
Number = BigInteger().with_variant(Integer, "sqlite")


def _id(name: str = "id") -> Column[int]:
    return Column(name, Number, primary_key=True, autoincrement=False)


def _number(name: str, *, null: bool = False, default: str | None = None) -> Column[int]:
    return Column(name, Number, nullable=null, server_default=default)


def _text(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=null, server_default=default)


meta = Table("meta", metadata, Column("name", Text, primary_key=True), _text("value"))
"""What the tenant is: the format of these tables, the seed it began from."""

counters = Table("counters", metadata, Column("name", Text, primary_key=True), _number("value"))
"""The last id given to each kind of thing. Ids are never given twice."""

users = Table(
    "users",
    metadata,
    _id(),
    Column("username", Text, nullable=False, unique=True),
    _text("firstname", default=""),
    _text("lastname", default=""),
    _text("email", default=""),
    _text("level", default="user"),
    _number("active", default="1"),
    _text("password_hash", null=True),
    _text("created_at"),
    _text("updated_at"),
    _text("identity"),
)
"""Counters go back with the data, so an id can be given again. `identity` tells the users apart who had it at different
times: a token is good for one of them only. It is random, or says which seed planted the user."""

courses = Table(
    "courses",
    metadata,
    _id(),
    _text("uid"),
    _text("code", default=""),
    _text("name"),
    _text("type", default="elearning"),
    _text("status", default="published"),
    _text("description", default=""),
    _text("start_date", null=True),
    _text("end_date", null=True),
    _text("certificate", null=True),
    _text("created_at"),
    _text("updated_at"),
)

learning_plans = Table(
    "learning_plans",
    metadata,
    _id(),
    _text("uuid"),
    _text("code", default=""),
    _text("name"),
    _text("description", default=""),
    _number("published", default="1"),
    _text("certificate", null=True),
    _text("created_at"),
    _text("updated_at"),
)

learning_plan_courses = Table(
    "learning_plan_courses",
    metadata,
    _id("learning_plan_id"),
    _id("course_id"),
    _number("position"),
    Index("learning_plan_courses_by_course", "course_id"),
    sqlite_with_rowid=False,
)

course_enrollments = Table(
    "course_enrollments",
    metadata,
    _id("course_id"),
    _id("user_id"),
    _number("id"),
    _number("level", default="3"),
    _text("hold", null=True),
    _text("assignment_type", null=True),
    _text("enrolled_at"),
    _number("enrolled_by", null=True),
    _text("valid_from", null=True),
    _text("valid_until", null=True),
    _text("updated_at"),
    Index("course_enrollments_by_user", "user_id", "course_id"),
    sqlite_with_rowid=False,
)

learning_plan_enrollments = Table(
    "learning_plan_enrollments",
    metadata,
    _id("learning_plan_id"),
    _id("user_id"),
    _text("assignment_type", null=True),
    _text("enrolled_at"),
    _number("enrolled_by", null=True),
    _text("valid_from", null=True),
    _text("valid_until", null=True),
    _text("updated_at"),
    Index("learning_plan_enrollments_by_user", "user_id", "learning_plan_id"),
    sqlite_with_rowid=False,
)

tracks = Table(
    "tracks",
    metadata,
    _id("course_id"),
    _id("user_id"),
    _text("status", default="subscribed"),
    _text("first_access_at", null=True),
    _text("last_access_at", null=True),
    _text("completed_at", null=True),
    Column("score", Double),
    _number("time_spent", default="0"),
    sqlite_with_rowid=False,
)
"""How far a user came in a course. Belongs to user and course, not to the enrollment, and outlives it."""

certificates = Table(
    "certificates",
    metadata,
    _id(),
    _number("user_id"),
    _number("course_id", null=True),
    _number("learning_plan_id", null=True),
    _text("title"),
    _text("issued_at"),
    Index("certificates_by_course", "course_id", "user_id"),
    Index("certificates_by_learning_plan", "learning_plan_id", "user_id"),
)
"""Issued certificates: of a course or of a learning plan. They outlive enrollment and tracking."""

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _text("name"),
    _text("fired_at"),
    _number("user_id"),
    _number("course_id", null=True),
    _number("learning_plan_id", null=True),
    _number("actor_id", null=True),
    _number("batch"),
)
"""What happened, written in the transaction that made it happen. `batch` is 1 where a bulk call did it."""

UNSAVED = (outbox,)
"""What is about this state of the tenant only: empty in every snapshot, fork and export, and after a restore."""
