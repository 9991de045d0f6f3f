"""What is said about courses: where they are filed and offered, and what is in them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from mock_lms.storage.tables.base import COUNTED, id_, metadata, number, text

categories = Table(
    "categories",
    metadata,
    id_(),
    number("parent_id", null=True),
    text("code", default=""),
    text("name"),
    info=COUNTED,
)
"""A tree, in which a course is filed by its `category_id`."""

course_tags = Table(
    "course_tags",
    metadata,
    id_("course_id"),
    Column("kind", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
    Index("course_tags_by_tag", "kind", "tag"),
    sqlite_with_rowid=False,
)
"""Channels, skills, content partners and visibilities: things of which the mock knows no more than that courses have
them. Ids are written as text."""

catalogs = Table(
    "catalogs",
    metadata,
    id_(),
    text("code", default=""),
    text("name"),
    text("description", default=""),
    text("created_at"),
    text("updated_at"),
    info=COUNTED,
)

catalog_items = Table(
    "catalog_items",
    metadata,
    id_("catalog_id"),
    id_("position"),
    number("course_id", null=True),
    number("learning_plan_id", null=True),
    Index("catalog_items_by_course", "course_id"),
    Index("catalog_items_by_learning_plan", "learning_plan_id"),
    sqlite_with_rowid=False,
)
"""A course or a learning plan, one of them."""

learning_objects = Table(
    "learning_objects",
    metadata,
    id_(),
    number("course_id"),
    number("position"),
    text("title"),
    text("type"),
    Index("learning_objects_by_course", "course_id", "position"),
    info=COUNTED,
)
"""The training material of a course."""

certifications = Table(
    "certifications",
    metadata,
    id_(),
    text("code", default=""),
    text("title"),
    text("description", default=""),
    number("valid_for", default="0"),
    text("valid_unit", default="year"),
    text("created_at"),
    text("updated_at"),
    info=COUNTED,
)
"""Qualifications that expire and are to be renewed; 0 is without end. An issued certificate is another thing."""

locations = Table(
    "locations",
    metadata,
    id_(),
    text("name"),
    text("address", default=""),
    info=COUNTED,
)
"""Where classroom courses take place."""
