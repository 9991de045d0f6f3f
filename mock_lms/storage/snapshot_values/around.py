"""What the tables around the enrollment core may hold: people's places, additional fields, what is said of courses."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Table

from mock_lms.domain.values import (
    FIELD_SUBJECTS,
    FIELD_TYPES,
    LEARNING_OBJECT_TYPES,
    MAX_LONG_TEXT,
    MAX_NUMBER,
    TAG_KINDS,
    VALID_UNITS,
)
from mock_lms.storage.snapshot_values.checks import (
    COUNT,
    COURSE,
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
    branch_members,
    branches,
    catalog_items,
    catalogs,
    categories,
    certifications,
    course_field_values,
    course_tags,
    enrollment_field_values,
    fields,
    group_members,
    learning_objects,
    locations,
    managers,
    user_field_values,
    user_groups,
)

BRANCH, GROUP, FIELD, CATEGORY, CATALOG = (
    number(1, MAX_NUMBER, of=table) for table in (branches, user_groups, fields, categories, catalogs)
)
LONG_TEXT = text(most=MAX_LONG_TEXT)

AROUND: Mapping[Table, Mapping[str, Check]] = {
    branches: {"id": ID, "parent_id": or_null(BRANCH), "code": text(), "name": text(1)},
    branch_members: {"branch_id": BRANCH, "user_id": USER},
    user_groups: {
        "id": ID,
        "uuid": text(1),
        "name": text(1),
        "description": LONG_TEXT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    group_members: {"group_id": GROUP, "user_id": USER},
    managers: {"user_id": USER, "manager_id": USER},
    fields: {
        "id": ID,
        "subject": one_of(FIELD_SUBJECTS),
        "type": one_of(FIELD_TYPES),
        "title": text(1),
        "options": LONG_TEXT,
        "mandatory": FLAG,
        "position": COUNT,
    },
    user_field_values: {"user_id": USER, "field_id": FIELD, "value": LONG_TEXT},
    course_field_values: {"course_id": COURSE, "field_id": FIELD, "value": LONG_TEXT},
    enrollment_field_values: {"course_id": COURSE, "user_id": USER, "field_id": FIELD, "value": LONG_TEXT},
    categories: {"id": ID, "parent_id": or_null(CATEGORY), "code": text(), "name": text(1)},
    course_tags: {"course_id": COURSE, "kind": one_of(TAG_KINDS), "tag": text(1)},
    catalogs: {
        "id": ID,
        "code": text(),
        "name": text(1),
        "description": LONG_TEXT,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    catalog_items: {
        "catalog_id": CATALOG,
        "position": ID,
        "course_id": or_null(COURSE),
        "learning_plan_id": or_null(PLAN),
    },
    learning_objects: {
        "id": ID,
        "course_id": COURSE,
        "position": ID,
        "title": text(1),
        "type": one_of(LEARNING_OBJECT_TYPES),
    },
    certifications: {
        "id": ID,
        "code": text(),
        "title": text(1),
        "description": LONG_TEXT,
        "valid_for": COUNT,
        "valid_unit": one_of(VALID_UNITS),
        "created_at": MOMENT,
        "updated_at": MOMENT,
    },
    locations: {"id": ID, "name": text(1), "address": LONG_TEXT},
}
