"""Users, courses and learning plans: what exists, what is created, and the lists that ids are looked up in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, exists, func, insert, select, update

from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import among
from mock_lms.storage.listing import Listing, containing
from mock_lms.storage.tables import (
    branches,
    catalog_items,
    counters,
    courses,
    learning_plan_courses,
    learning_plan_enrollments,
    learning_plans,
    user_groups,
    users,
)

_TAKE = Statement(
    update(counters)
    .where(counters.c.name == bindparam("counter"))
    .values(value=counters.c.value + bindparam("count"))
    .returning(counters.c.value)
)


def new_ids(transaction: Transaction, table: Table, count: int = 1) -> range:
    """`count` ids that nothing in `table` ever had."""
    last = transaction.number(_TAKE, counter=table.name, count=count)
    return range(last - count + 1, last + 1)


# --- what exists

_KNOWN = {
    table.name: Statement(select(table.c.id).where(among(table.c.id, "ids")))
    for table in (users, courses, learning_plans, user_groups, branches)
}


def known(transaction: Transaction, table: Table, ids: Collection[int]) -> frozenset[int]:
    """Those of `ids` that `table` has."""
    if not ids:
        return frozenset()
    return frozenset(row[0] for row in transaction.rows(_KNOWN[table.name], ids=transaction.ids(ids)))


_USER = Statement(select(users).where(users.c.id == bindparam("user")))
_USER_NAMES = tuple(column.name for column in users.c)


def user(transaction: Transaction, user_id: int) -> dict[str, Any] | None:
    """The user's row."""
    row = transaction.row(_USER, user=user_id)
    return dict(zip(_USER_NAMES, row, strict=True)) if row else None


_LEVEL = Statement(
    select(users.c.level).where(
        users.c.id == bindparam("user"), users.c.identity == bindparam("identity"), users.c.active == 1
    )
)


def level(transaction: Transaction, user_id: int, identity: str) -> str | None:
    """Of an active user. None also where the id is another user's now."""
    row = transaction.row(_LEVEL, user=user_id, identity=identity)
    return row[0] if row else None


_IDENTITIES = Statement(select(users.c.id, users.c.identity).where(among(users.c.id, "ids")))


def identities(transaction: Transaction, user_ids: Collection[int]) -> dict[int, str]:
    """Of those of the users who exist."""
    return dict(transaction.rows(_IDENTITIES, ids=transaction.ids(user_ids)))


_USER_ID = Statement(select(users.c.id).where(users.c.username == bindparam("username")))


def user_id(transaction: Transaction, username: str) -> int | None:
    """Whose username this is."""
    row = transaction.row(_USER_ID, username=username)
    return row[0] if row else None


_USER_IDS = Statement(select(users.c.username, users.c.id).where(among(users.c.username, "usernames")))


def user_ids(transaction: Transaction, usernames: Collection[str]) -> dict[str, int]:
    """Whose usernames these are, as far as they are anybody's."""
    return dict(transaction.rows(_USER_IDS, usernames=transaction.ids(usernames))) if usernames else {}


_INACTIVE = Statement(select(users.c.id).where(among(users.c.id, "ids"), users.c.active == 0))


def inactive(transaction: Transaction, ids: Collection[int]) -> frozenset[int]:
    """Those of the users who are not active."""
    return frozenset(row[0] for row in transaction.rows(_INACTIVE, ids=transaction.ids(ids)))


_COURSE_IDS = Statement(
    select(courses.c.code, courses.c.id).where(among(courses.c.code, "codes")).order_by(courses.c.id)
)


def course_ids(transaction: Transaction, codes: Collection[str]) -> dict[str, list[int]]:
    """The courses that have each of these codes. No entry for a code that none has."""
    ids: dict[str, list[int]] = {}
    if codes:
        for code, course in transaction.rows(_COURSE_IDS, codes=transaction.ids(codes)):
            ids.setdefault(code, []).append(course)
    return ids


_plan_courses = learning_plan_courses
_COURSES_OF = Statement(
    select(_plan_courses.c.learning_plan_id, _plan_courses.c.course_id)
    .where(among(_plan_courses.c.learning_plan_id, "plans"))
    .order_by(_plan_courses.c.learning_plan_id, _plan_courses.c.position)
)
_PLANS_WITH = Statement(
    select(_plan_courses.c.learning_plan_id).where(among(_plan_courses.c.course_id, "courses")).distinct()
)


def courses_of(transaction: Transaction, plan_ids: Collection[int]) -> dict[int, list[int]]:
    """The courses of each of these learning plans, in their order. No entry for a plan without courses."""
    course_ids: dict[int, list[int]] = {}
    if plan_ids:
        for plan, course in transaction.rows(_COURSES_OF, plans=transaction.ids(plan_ids)):
            course_ids.setdefault(plan, []).append(course)
    return course_ids


def plans_with(transaction: Transaction, course_ids: Collection[int]) -> frozenset[int]:
    """The learning plans that contain any of these courses."""
    if not course_ids:
        return frozenset()
    return frozenset(row[0] for row in transaction.rows(_PLANS_WITH, courses=transaction.ids(course_ids)))


_CERTIFYING = {
    table.name: Statement(
        select(table.c.id, table.c.certificate).where(among(table.c.id, "ids"), table.c.certificate.is_not(None))
    )
    for table in (courses, learning_plans)
}


def certificate_titles(transaction: Transaction, table: Table, ids: Collection[int]) -> dict[int, str]:
    """The title of the certificate of each of these courses or learning plans that issues one."""
    return (
        {row[0]: row[1] for row in transaction.rows(_CERTIFYING[table.name], ids=transaction.ids(ids))} if ids else {}
    )


# --- what is created

_INSERT: dict[tuple[str, frozenset[str]], Statement] = {}


def create(transaction: Transaction, table: Table, values: Mapping[str, Any]) -> int:
    """A new user, course or learning plan of these columns; its id."""
    (new_id,) = new_ids(transaction, table)
    values = {**values, "id": new_id}
    shape = (table.name, frozenset(values))
    if shape not in _INSERT:
        _INSERT[shape] = Statement(insert(table).values({name: bindparam(name) for name in values}))
    transaction.run(_INSERT[shape], **values)
    return new_id


_LAST_POSITION = Statement(
    select(func.max(_plan_courses.c.position)).where(_plan_courses.c.learning_plan_id == bindparam("plan"))
)


def append_courses(transaction: Transaction, plan_id: int, course_ids: Sequence[int]) -> None:
    """Puts courses that the learning plan does not have behind those that it has."""
    last = transaction.number(_LAST_POSITION, plan=plan_id)
    rows = [(plan_id, course, last + position) for position, course in enumerate(course_ids, 1)]
    transaction.insert(_plan_courses, ("learning_plan_id", "course_id", "position"), rows)


# --- lists


def course_columns(source: Any) -> list[Any]:
    """What both services tell of a course."""
    names = ("id", "uid", "code", "name", "type", "status", "description", "start_date", "end_date")
    return [source.c[name] for name in (*names, "created_at", "updated_at", "language", "duration")]


COURSES = Listing(
    base=courses,
    key=("id",),
    filters={
        "search": containing("search", courses.c.name, courses.c.code),
        "types": among(courses.c.type, "types"),
        "statuses": among(courses.c.status, "statuses"),
        "updated_from": courses.c.updated_at >= bindparam("updated_from"),
        "course": courses.c.id == bindparam("course"),
    },
    sorts={
        "id": courses.c.id,
        "id_course": courses.c.id,
        "name": courses.c.name,
        "code": courses.c.code,
        "type": courses.c.type,
        "status": courses.c.status,
        "last_update": courses.c.updated_at,
    },
    shape=lambda page: select(*course_columns(page)),
)

COURSES_OF_PLAN = Listing(
    base=_plan_courses,
    key=("learning_plan_id", "position", "course_id"),
    filters={"plan": _plan_courses.c.learning_plan_id == bindparam("plan")},
    sorts={},
    shape=lambda page: select(*course_columns(courses)).select_from(
        page.join(courses, courses.c.id == page.c.course_id)
    ),
)


def _count(table: Table, plan_id: ColumnElement[int]) -> Any:
    return select(func.count()).where(table.c.learning_plan_id == plan_id).correlate_except(table).scalar_subquery()


LEARNING_PLANS = Listing(
    base=learning_plans,
    key=("id",),
    filters={
        "search": containing("search", learning_plans.c.name, learning_plans.c.code),
        "user": exists().where(
            learning_plan_enrollments.c.learning_plan_id == learning_plans.c.id,
            learning_plan_enrollments.c.user_id == bindparam("user"),
        ),
        "plan": learning_plans.c.id == bindparam("plan"),
    },
    sorts={
        "learning_plan_id": learning_plans.c.id,
        "title": learning_plans.c.name,
        "name": learning_plans.c.name,
        "last_update": learning_plans.c.updated_at,
        "code": learning_plans.c.code,
    },
    shape=lambda page: select(
        page.c.id,
        page.c.uuid,
        page.c.code,
        page.c.name,
        page.c.description,
        page.c.published,
        _count(learning_plan_courses, page.c.id).label("courses"),
        _count(learning_plan_enrollments, page.c.id).label("enrollments"),
        _count(catalog_items, page.c.id).label("catalogs"),
        page.c.created_at,
        page.c.updated_at,
    ),
)
