"""Additional fields of users, courses and enrollments, and their values."""

from __future__ import annotations

from sqlalchemy import Index, Table

from mock_lms.storage.tables.base import COUNTED, id_, metadata, number, text

fields = Table(
    "fields",
    metadata,
    id_(),
    text("subject"),
    text("type", default="textfield"),
    text("title"),
    text("options", default="[]"),
    number("mandatory", default="0"),
    number("position"),
    info=COUNTED,
)
"""`subject` says whether it is a field of users, courses or enrollments. `options` is a JSON list of texts: what a
dropdown offers."""

user_field_values = Table(
    "user_field_values",
    metadata,
    id_("user_id"),
    id_("field_id"),
    text("value"),
    Index("user_field_values_by_field", "field_id"),
    sqlite_with_rowid=False,
)

course_field_values = Table(
    "course_field_values",
    metadata,
    id_("course_id"),
    id_("field_id"),
    text("value"),
    Index("course_field_values_by_field", "field_id"),
    sqlite_with_rowid=False,
)

enrollment_field_values = Table(
    "enrollment_field_values",
    metadata,
    id_("course_id"),
    id_("user_id"),
    id_("field_id"),
    text("value"),
    Index("enrollment_field_values_by_user", "user_id"),
    sqlite_with_rowid=False,
)
"""They belong to the enrollment, and go with it."""
