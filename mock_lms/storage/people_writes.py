"""What is written of people, and the facts that this is decided by. Sets in, sets out, whatever the number of users."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import orjson
from sqlalchemy import Table, bindparam, delete, select, update

from mock_lms.domain.enrollments import UsersById
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import among, id_list, ids_of
from mock_lms.storage.tables import (
    branch_members,
    branches,
    certificates,
    course_enrollments,
    courses,
    enrollment_field_values,
    fields,
    group_members,
    learning_plan_enrollments,
    learning_plans,
    managers,
    tracks,
    user_field_values,
    user_groups,
    users,
)

# --- groups

_GROUP_ID = Statement(select(user_groups.c.id).where(user_groups.c.uuid == bindparam("uuid")))
_MEMBERS_AMONG = Statement(
    select(group_members.c.user_id).where(
        group_members.c.group_id == bindparam("group"), among(group_members.c.user_id, "users")
    )
)
_TOUCH_GROUP = Statement(
    update(user_groups).where(user_groups.c.id == bindparam("group")).values(updated_at=bindparam("at"))
)


def group_id(transaction: Transaction, uuid: str) -> int | None:
    """Which group's uuid this is."""
    row = transaction.row(_GROUP_ID, uuid=uuid)
    return row[0] if row else None


def members_among(transaction: Transaction, group: int, user_ids: Collection[int]) -> frozenset[int]:
    """Those of the users who are in the group."""
    rows = transaction.rows(_MEMBERS_AMONG, group=group, users=transaction.ids(user_ids))
    return frozenset(row[0] for row in rows)


def add_members(transaction: Transaction, group: int, user_ids: Collection[int], *, at: str) -> None:
    """Puts users who are not in the group into it."""
    if user_ids:
        transaction.insert(group_members, ("group_id", "user_id"), ((group, user) for user in user_ids))
        transaction.run(_TOUCH_GROUP, group=group, at=at)


_MEMBERS = {
    table.name: Statement(select(table.c.user_id).where(among(table.c[key], "ids")).distinct())
    for table, key in ((group_members, "group_id"), (branch_members, "branch_id"))
}


def members_of(transaction: Transaction, table: Table, ids: Collection[int]) -> frozenset[int]:
    """The users of these groups (`table` group_members) or branches (branch_members), not of branches below them."""
    if not ids:
        return frozenset()
    return frozenset(row[0] for row in transaction.rows(_MEMBERS[table.name], ids=transaction.ids(ids)))


# --- users: facts

_BRANCH_IDS = Statement(
    select(branches.c.code, branches.c.id).where(among(branches.c.code, "codes")).order_by(branches.c.id)
)
_USER_FIELDS = Statement(select(fields.c.id, fields.c.options).where(fields.c.subject == "user"))


def branch_ids(transaction: Transaction, codes: Collection[str]) -> dict[str, list[int]]:
    """The branches that have each of these codes. No entry for a code that none has."""
    ids: dict[str, list[int]] = {}
    if codes:
        for code, branch in transaction.rows(_BRANCH_IDS, codes=transaction.ids(codes)):
            ids.setdefault(code, []).append(branch)
    return ids


def user_fields(transaction: Transaction) -> dict[int, list[str]]:
    """The options of every additional field of users."""
    return {field: orjson.loads(options) for field, options in transaction.rows(_USER_FIELDS)}


_ENROLLED_IN = {
    key: Statement(
        select(table.c[key], id_list(table.c.user_id)).where(among(table.c.user_id, "users")).group_by(table.c[key])
    )
    for table, key in ((course_enrollments, "course_id"), (learning_plan_enrollments, "learning_plan_id"))
}


def enrolled_in(transaction: Transaction, user_ids: Collection[int]) -> tuple[UsersById, UsersById]:
    """Who of the users is in which courses, and in which learning plans."""
    if not user_ids:
        return {}, {}
    of_courses, of_plans = (
        {target: ids_of(members) for target, members in transaction.rows(statement, users=transaction.ids(user_ids))}
        for statement in _ENROLLED_IN.values()
    )
    return of_courses, of_plans


# --- users: decisions

_COLUMNS = tuple(str(column.name) for column in users.c)
_DEFAULTS = {
    "firstname": "",
    "lastname": "",
    "email": "",
    "level": "user",
    "active": 1,
    "password_hash": None,
    "language": "en",
    "timezone": "UTC",
    "expires_at": None,
    "last_access_at": None,
    "email_validated": 0,
}
_change: dict[frozenset[str], Statement] = {}


def create(transaction: Transaction, rows: Iterable[Mapping[str, object]]) -> None:
    """New users of these columns, their ids among them; what is not said has its default."""
    values = [[row.get(name, _DEFAULTS.get(name)) for name in _COLUMNS] for row in rows]
    if values:
        transaction.insert(users, _COLUMNS, values)


def change(transaction: Transaction, user_id: int, values: Mapping[str, object]) -> None:
    """Gives a user these column values."""
    names = frozenset(values)
    if names not in _change:
        new = {name: bindparam(f"new_{name}", type_=users.c[name].type) for name in names}
        _change[names] = Statement(update(users).where(users.c.id == bindparam("user")).values(new))
    transaction.run(_change[names], user=user_id, **{f"new_{name}": value for name, value in values.items()})


_SET_ACTIVE = Statement(
    update(users).where(among(users.c.id, "users")).values(active=bindparam("to"), updated_at=bindparam("at"))
)


def set_active(transaction: Transaction, user_ids: Collection[int], *, active: int, at: str) -> None:
    """Activates users, or deactivates them."""
    if user_ids:
        transaction.run(_SET_ACTIVE, users=transaction.ids(user_ids), to=active, at=at)


_PLACES = Statement(
    select(branch_members.c.user_id, branch_members.c.branch_id).where(among(branch_members.c.user_id, "users"))
)


def place(transaction: Transaction, branch_by_user: Mapping[int, int]) -> None:
    """Puts each user into a branch, beside those that the user is in."""
    if branch_by_user:
        present = set(transaction.rows(_PLACES, users=transaction.ids(branch_by_user.keys())))
        rows = [(branch, user) for user, branch in branch_by_user.items() if (user, branch) not in present]
        transaction.insert(branch_members, ("branch_id", "user_id"), rows)


_UNMANAGE = Statement(delete(managers).where(among(managers.c.user_id, "users")))


def manage(transaction: Transaction, manager_by_user: Mapping[int, int]) -> None:
    """Gives each user one manager, in place of those that there were."""
    if manager_by_user:
        transaction.run(_UNMANAGE, users=transaction.ids(manager_by_user.keys()))
        transaction.insert(managers, ("user_id", "manager_id"), manager_by_user.items())


_EMPTY_FIELDS = Statement(
    delete(user_field_values).where(
        user_field_values.c.user_id == bindparam("user"), among(user_field_values.c.field_id, "fields")
    )
)


def fill(transaction: Transaction, fields_by_user: Mapping[int, Mapping[int, str | None]]) -> None:
    """Gives each user these values of additional fields; None is no value."""
    rows = []
    for user, values in fields_by_user.items():
        transaction.run(_EMPTY_FIELDS, user=user, fields=transaction.ids(values.keys()))
        rows += [(user, field, value) for field, value in values.items() if value is not None]
    transaction.insert(user_field_values, ("user_id", "field_id", "value"), rows)


_all_courses, _all_plans = select(courses.c.id), select(learning_plans.c.id)
_DELETE = [
    Statement(delete(table).where(*conditions, among(table.c[key], "users")))
    for table, key, conditions in (
        (course_enrollments, "user_id", ()),
        (learning_plan_enrollments, "user_id", ()),
        (enrollment_field_values, "user_id", ()),
        (user_field_values, "user_id", ()),
        (branch_members, "user_id", ()),
        (group_members, "user_id", ()),
        (managers, "user_id", ()),
        (managers, "manager_id", ()),
        # their indexes begin with the target
        (tracks, "user_id", (tracks.c.course_id.in_(_all_courses),)),
        (certificates, "user_id", (certificates.c.course_id.in_(_all_courses),)),
        (certificates, "user_id", (certificates.c.learning_plan_id.in_(_all_plans),)),
        (users, "id", ()),
    )
]


def delete_users(transaction: Transaction, user_ids: Collection[int]) -> None:
    """Deletes the users, and every row that is about one of them but the events."""
    if user_ids:
        for statement in _DELETE:
            transaction.run(statement, users=transaction.ids(user_ids))
