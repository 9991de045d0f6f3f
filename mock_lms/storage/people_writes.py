"""What is written of people, and the facts that this is decided by. Sets in, sets out, whatever the number of users."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Table, bindparam, select, update

from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import among
from mock_lms.storage.tables import (
    branch_members,
    group_members,
    user_groups,
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
