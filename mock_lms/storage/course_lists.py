"""The lists around courses: where they are filed and offered, what is in them, what else is said of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, func, select

from mock_lms.storage.catalog import COURSES, course_columns
from mock_lms.storage.database import Row, Statement, Transaction
from mock_lms.storage.elements import among
from mock_lms.storage.listing import Listing, containing
from mock_lms.storage.tables import (
    Number,
    catalog_items,
    catalogs,
    categories,
    certifications,
    course_field_values,
    course_tags,
    courses,
    fields,
    learning_objects,
    learning_plan_courses,
    learning_plans,
)


def _learn_course_shape(page: Any) -> Select[Any]:
    more = (page.c.category_id, categories.c.name.label("category_name"), page.c.credits, page.c.price, page.c.rating)
    filed = page.outerjoin(categories, categories.c.id == page.c.category_id)
    return select(*course_columns(page), *more).select_from(filed)


_named = courses.alias("named")
_category_of = select(_named.c.category_id).where(_named.c.id == bindparam("category_of")).scalar_subquery()

LEARN_COURSES = replace(
    COURSES,
    filters={**COURSES.filters, "category_of": courses.c.category_id == _category_of},
    shape=_learn_course_shape,
    _found={},
    _shaped=[],
)
"""The same courses with what only the service *learn* tells of them. `category_of` is a course: those filed with it."""

LEARNING_OBJECTS = Listing(
    base=learning_objects,
    key=("position", "id"),
    filters={"course": learning_objects.c.course_id == bindparam("course")},
    sorts={},
    shape=lambda page: select(page.c.id, page.c.title, page.c.type),
)

COURSE_FIELDS = Listing(
    base=fields,
    key=("position", "id"),
    filters={"subject": fields.c.subject == bindparam("subject")},
    sorts={},
    shape=lambda page: select(page.c.id, page.c.title, page.c.type, page.c.mandatory),
)

CATEGORIES = Listing(
    base=categories,
    key=("id",),
    filters={"search": containing("search", categories.c.name)},
    sorts={},
    shape=lambda page: select(
        page.c.id,
        page.c.code,
        page.c.name,
        case((exists().where(categories.c.parent_id == page.c.id), 1), else_=0).label("has_child"),
    ),
)

CERTIFICATIONS = Listing(
    base=certifications,
    key=("id",),
    filters={"search": containing("search", certifications.c.title, certifications.c.code)},
    sorts={},
    shape=lambda page: select(
        page.c.id, page.c.code, page.c.title, page.c.description, page.c.valid_for, page.c.valid_unit
    ),
)

CATALOGS = Listing(
    base=catalogs,
    key=("id",),
    filters={"code": catalogs.c.code == bindparam("code"), "catalog": catalogs.c.id == bindparam("catalog")},
    sorts={},
    shape=lambda page: select(
        page.c.id,
        page.c.code,
        page.c.name,
        page.c.description,
        select(func.count()).where(catalog_items.c.catalog_id == page.c.id).scalar_subquery().label("items"),
    ),
)

_PLAN = "learning_plan"
_is_plan = catalog_items.c.learning_plan_id.is_not(None)


def _of_course(what: Any) -> Any:
    """Of the course that an item is; null for a learning plan."""
    return select(what).where(courses.c.id == catalog_items.c.course_id).scalar_subquery()


def _of_plan(what: Any) -> Any:
    return select(what).where(learning_plans.c.id == catalog_items.c.learning_plan_id).scalar_subquery()


def _item_shape(page: Any) -> Select[Any]:
    plan_size = select(func.count()).where(learning_plan_courses.c.learning_plan_id == page.c.learning_plan_id)
    is_plan = page.c.learning_plan_id.is_not(None)
    return select(
        func.coalesce(page.c.course_id, page.c.learning_plan_id).label("id"),
        func.coalesce(courses.c.type, _PLAN).label("type"),
        func.coalesce(courses.c.code, learning_plans.c.code).label("code"),
        func.coalesce(courses.c.name, learning_plans.c.name).label("name"),
        func.coalesce(courses.c.description, learning_plans.c.description).label("description"),
        courses.c.type.label("course_type"),
        courses.c.status,
        courses.c.language,
        courses.c.category_id,
        courses.c.price,
        courses.c.rating,
        courses.c.duration,
        case((is_plan, plan_size.scalar_subquery())).label("courses"),
        page.c.catalog_id,
    ).select_from(
        page.outerjoin(courses, courses.c.id == page.c.course_id).outerjoin(
            learning_plans, learning_plans.c.id == page.c.learning_plan_id
        )
    )


CATALOG_ITEMS = Listing(
    base=catalog_items,
    key=("catalog_id", "position"),
    filters={
        "catalog": catalog_items.c.catalog_id == bindparam("catalog"),
        "types": among(case((_is_plan, _PLAN), else_=_of_course(courses.c.type)), "types"),
        "search": containing("search", _of_course(courses.c.name), _of_plan(learning_plans.c.name)),
        "category": exists().where(
            courses.c.id == catalog_items.c.course_id, courses.c.category_id == bindparam("category")
        ),
    },
    sorts={},
    shape=_item_shape,
)

_numbered = (
    select(
        *catalog_items.c,
        func.row_number()
        .over(partition_by=catalog_items.c.catalog_id, order_by=catalog_items.c.position)
        .label("number"),
    )
    .where(among(catalog_items.c.catalog_id, "catalogs"))
    .subquery("numbered")
)
_FIRST_ITEMS = Statement(
    _item_shape(_numbered)
    .where(_numbered.c.number <= bindparam("most", type_=Number))
    .order_by(_numbered.c.catalog_id, _numbered.c.position)
)
ITEM_NAMES: Sequence[str] = tuple(column.name for column in _item_shape(_numbered).selected_columns)


def first_items(transaction: Transaction, catalog_ids: Collection[int], most: int) -> dict[int, list[Row]]:
    """The first items of each of these catalogs, at most so many of each; their columns are `ITEM_NAMES`."""
    items: dict[int, list[Row]] = {}
    for row in transaction.rows(_FIRST_ITEMS, catalogs=transaction.ids(catalog_ids), most=most):
        items.setdefault(row[-1], []).append(row)
    return items


_PARENTS = Statement(
    select(categories.c.id, categories.c.parent_id, categories.c.name).where(among(categories.c.id, "ids"))
)


def ancestors(transaction: Transaction, category_ids: Collection[int]) -> dict[int, list[str]]:
    """The names of what is above each of these categories, the nearest first."""
    parents: dict[int, int | None] = {}
    names: dict[int, str] = {}
    wanted = set(category_ids)
    while wanted:  # one level of the tree at a time
        for category, parent, name in transaction.rows(_PARENTS, ids=transaction.ids(wanted)):
            parents[category], names[category] = parent, name
        wanted = {parent for parent in parents.values() if parent is not None} - parents.keys()
    above: dict[int, list[str]] = {}
    for category in category_ids:
        path: list[int] = []
        parent = parents.get(category)
        while parent in names and parent not in path:  # an imported tree may have a circle
            path.append(parent)
            parent = parents[parent]
        above[category] = [names[one] for one in path]
    return above


_PLANS_OF_COURSE = Statement(
    select(learning_plan_courses.c.learning_plan_id)
    .where(learning_plan_courses.c.course_id == bindparam("course"))
    .order_by(learning_plan_courses.c.learning_plan_id)
)
_TAGS = Statement(
    select(course_tags.c.tag)
    .where(course_tags.c.course_id == bindparam("course"), course_tags.c.kind == bindparam("kind"))
    .order_by(course_tags.c.tag)
)
_FIELD_VALUES = Statement(
    select(fields.c.id, fields.c.title, fields.c.type, fields.c.mandatory, course_field_values.c.value)
    .select_from(
        fields.outerjoin(
            course_field_values,
            and_(course_field_values.c.field_id == fields.c.id, course_field_values.c.course_id == bindparam("course")),
        )
    )
    .where(fields.c.subject == "course")
    .order_by(fields.c.position, fields.c.id)
)
_OBJECTS = Statement(
    select(learning_objects.c.id, learning_objects.c.title, learning_objects.c.type)
    .where(learning_objects.c.course_id == bindparam("course"))
    .order_by(learning_objects.c.position, learning_objects.c.id)
)


def around(transaction: Transaction, course_id: int) -> dict[str, list[Any]]:
    """What is kept of a course in other tables: its `plans`, `skills`, additional `fields` and learning `objects`."""
    return {
        "plans": [row[0] for row in transaction.rows(_PLANS_OF_COURSE, course=course_id)],
        "skills": [row[0] for row in transaction.rows(_TAGS, course=course_id, kind="skill")],
        "fields": transaction.rows(_FIELD_VALUES, course=course_id),
        "objects": transaction.rows(_OBJECTS, course=course_id),
    }
