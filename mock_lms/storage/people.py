"""Lists of people: users with all that stands around them, branches, groups, and who manages whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, bindparam, cast, exists, false, func, or_, select

from mock_lms.storage.elements import among, json_list
from mock_lms.storage.listing import Listing, containing
from mock_lms.storage.tables import (
    Number,
    branch_members,
    branches,
    course_enrollments,
    courses,
    fields,
    group_members,
    managers,
    user_field_values,
    user_groups,
    users,
)

MOST_FIELDS = 1_000
"""Additional fields of users that are shown with one of them."""

_ACCOUNT = (
    *("id", "identity", "username", "firstname", "lastname", "email", "level", "active", "created_at", "updated_at"),
    *("last_access_at", "expires_at", "language", "timezone", "email_validated"),
)


def _fullname(source: Any) -> ColumnElement[str]:
    return func.trim(source.c.firstname + " " + source.c.lastname).label("fullname")


_manager = users.alias("manager")


# of the page's few users only, each by an index: a join would have to be grouped
def _managers_of(user_id: ColumnElement[int]) -> Any:
    return (
        select(json_list(_manager.c.id, _manager.c.username, _manager.c.firstname, _manager.c.lastname))
        .select_from(managers.join(_manager, _manager.c.id == managers.c.manager_id))
        .where(managers.c.user_id == user_id)
        .correlate_except(managers, _manager)
        .scalar_subquery()
    )


def _active_subordinates_of(user_id: ColumnElement[int]) -> Any:
    """How many are active; null for who manages nobody."""
    return (
        select(cast(func.sum(users.c.active), Number))
        .select_from(managers.join(users, users.c.id == managers.c.user_id))
        .where(managers.c.manager_id == user_id)
        .correlate_except(managers, users)
        .scalar_subquery()
    )


def _field_values_of(user_id: ColumnElement[int]) -> Any:
    return (
        select(json_list(user_field_values.c.field_id, user_field_values.c.value))
        .where(user_field_values.c.user_id == user_id)
        .correlate_except(user_field_values)
        .scalar_subquery()
    )


_user_fields = select(json_list(fields.c.position, fields.c.id)).where(fields.c.subject == "user").scalar_subquery()
"""Every additional field of users; read once, whatever the number of rows."""


USERS = Listing(
    base=users,
    key=("id",),
    filters={
        "search": containing("search", users.c.username, users.c.firstname, users.c.lastname, users.c.email),
        "equals": or_(
            *(c == bindparam("equals") for c in (users.c.username, users.c.firstname, users.c.lastname, users.c.email))
        ),
        "users": among(users.c.id, "users"),
        "levels": among(users.c.level, "levels"),
        "active": among(users.c.active, "active"),
        "branch": exists().where(
            branch_members.c.user_id == users.c.id, branch_members.c.branch_id == bindparam("branch")
        ),
        "pending": false(),  # nobody registers, so nobody waits for a confirmation; any value switches it on
        "updated_from": users.c.updated_at >= bindparam("updated_from"),
    },
    sorts={
        "user_id": users.c.id,
        "username": users.c.username,
        "email": users.c.email,
        "first_name": users.c.firstname,
        "last_name": users.c.lastname,
        "status": users.c.active,
        "level": users.c.level,
        "creation_date": users.c.created_at,
        "last_access_date": users.c.last_access_at,
        "expiration_date": users.c.expires_at,
        "language": users.c.language,
        "email_validation_status": users.c.email_validated,
    },
    shape=lambda page: select(
        *(page.c[name] for name in _ACCOUNT),
        _fullname(page),
        _managers_of(page.c.id).label("managers"),
        _active_subordinates_of(page.c.id).label("active_subordinates"),
        _user_fields.label("fields"),
        _field_values_of(page.c.id).label("field_values"),
    ),
)


def _people(page: FromClause) -> Select[Any]:
    """What is shown of the users whom the rows of a page name."""
    columns = [users.c[name] for name in ("id", "username", "firstname", "lastname", "email")]
    return select(*columns, _fullname(users)).select_from(page.join(users, users.c.id == page.c.user_id))


SUBORDINATES = Listing(
    base=managers,
    key=("manager_id", "user_id"),
    filters={"manager": managers.c.manager_id == bindparam("manager")},
    sorts={},
    shape=_people,
)

GROUP_MEMBERS = Listing(
    base=group_members,
    key=("group_id", "user_id"),
    filters={"group": group_members.c.group_id == bindparam("group")},
    sorts={},
    shape=_people,
)

GROUPS = Listing(
    base=user_groups,
    key=("id",),
    filters={"search": containing("search", user_groups.c.name, user_groups.c.description)},
    sorts={},
    shape=lambda page: select(page.c.id, page.c.uuid, page.c.name, page.c.description),
)

_descendants = (
    select(branches.c.id).where(branches.c.parent_id == bindparam("above")).cte("descendants", recursive=True)
)
_child = branches.alias("child")
# not UNION ALL: a circle, which only a snapshot's file could have, must not go on for ever
_descendants = _descendants.union(
    select(_child.c.id).select_from(_child.join(_descendants, _child.c.parent_id == _descendants.c.id))
)

BRANCHES = Listing(
    base=branches,
    key=("id",),
    filters={
        "search": containing("search", branches.c.name),
        "parent": branches.c.parent_id == bindparam("parent"),
        "top": branches.c.parent_id.is_(None),  # any value switches it on
        "above": branches.c.id.in_(select(_descendants.c.id)),
    },
    sorts={},
    shape=lambda page: select(
        page.c.id,
        page.c.code,
        page.c.name,
        page.c.parent_id,
        exists().where(_child.c.parent_id == page.c.id).correlate_except(_child).label("has_children"),
    ),
)

FIELDS = Listing(
    base=fields,
    key=("position", "id"),
    filters={"search": containing("search", fields.c.title), "subject": fields.c.subject == bindparam("subject")},
    sorts={},
    shape=lambda page: select(page.c.id, page.c.type, page.c.title, page.c.mandatory, page.c.position),
)

PENDING = Listing(
    base=course_enrollments,
    key=("course_id", "user_id"),
    filters={
        "holds": among(course_enrollments.c.hold, "holds"),
        "users": among(course_enrollments.c.user_id, "users"),
        "courses": among(course_enrollments.c.course_id, "courses"),
    },
    sorts={},
    shape=lambda page: select(
        page.c.user_id,
        users.c.username,
        users.c.firstname,
        users.c.lastname,
        _fullname(users),
        users.c.email,
        page.c.course_id,
        courses.c.code,
        courses.c.name,
        page.c.hold,
        page.c.enrolled_at,
    ).select_from(page.join(users, users.c.id == page.c.user_id).join(courses, courses.c.id == page.c.course_id)),
)
"""Whose enrollments wait for somebody's yes."""
