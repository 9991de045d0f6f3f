"""Users and where they stand in the company: what can be listed and read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mock_lms.domain.errors import GroupNotFound, UserNotFound
from mock_lms.domain.people import is_expired, uuid_of
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, people
from mock_lms.storage.database import Row
from mock_lms.storage.elements import rows_of as rows_of
from mock_lms.storage.listing import Page, Query
from mock_lms.storage.tables import user_groups, users

PENDING = ("waiting", "to_confirm")
"""The statuses that somebody has to decide about."""


def list_users(tenant: Tenant, query: Query) -> Page:
    """Users, each with `uuid` and `expired` beside the columns."""
    with tenant.database.read() as transaction:
        page = people.USERS.page(transaction, query)
    return Page((*page.names, "uuid", "expired"), _completed(page.names, page.rows, tenant.now()), page.total)


def _completed(names: Sequence[str], rows: Sequence[Row], now: str) -> list[Row]:
    """The rows with what is not stored, since it follows from other columns or from the time."""
    id_, identity, expires_at = (names.index(name) for name in ("id", "identity", "expires_at"))
    width = len(names)
    return [(*row[:width], uuid_of(row[id_], row[identity]), is_expired(row[expires_at], now)) for row in rows]


def values_of(fields: str | None, values: str | None) -> list[tuple[int, str | None]]:
    """Every additional field, in the fields' order, and the value that a user has or None; of columns of the list."""
    by_field = dict(rows_of(values))
    return [(field, by_field.get(field)) for _, field in rows_of(fields)]


def get_user(tenant: Tenant, user_id: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A user's row, as the list has it; and every user field, its columns beside the user's `value`.

    Raises `UserNotFound`.
    """
    with tenant.database.read() as transaction:
        page = people.USERS.page(transaction, Query({"users": [user_id]}))
        if not page.rows:
            raise UserNotFound(user_id)
        fields = people.FIELDS.page(transaction, Query({"subject": "user"}, limit=people.MOST_FIELDS))
    (row,) = _completed(page.names, page.rows, tenant.now())
    user = dict(zip((*page.names, "uuid", "expired"), row, strict=True))
    values = dict(values_of(user["fields"], user["field_values"]))
    return user, [{**dict(zip(fields.names, field, strict=False)), "value": values[field[0]]} for field in fields.rows]


def list_branches(tenant: Tenant, query: Query) -> Page:
    """Branches: those directly below `node`, or with `flattened` all that are below it. 0 is the root."""
    node = query.filters.get("node") or 0
    flattened = query.filters.get("flattened")
    filters: dict[str, Any] = {"search": query.filters.get("search")}
    if flattened:
        filters |= {"above": node} if node else {}
    else:
        filters |= {"parent": node} if node else {"top": True}
    with tenant.database.read() as transaction:
        return people.BRANCHES.page(transaction, replace(query, filters=filters))


def list_user_fields(tenant: Tenant, query: Query) -> Page:
    filters = {**query.filters, "subject": "user"}
    with tenant.database.read() as transaction:
        return people.FIELDS.page(transaction, replace(query, filters=filters))


def list_subordinates(tenant: Tenant, manager_id: int, query: Query) -> Page:
    """Whom the user manages directly. Raises `UserNotFound`."""
    with tenant.database.read() as transaction:
        if not catalog.known(transaction, users, (manager_id,)):
            raise UserNotFound(manager_id)
        return people.SUBORDINATES.page(transaction, replace(query, filters={"manager": manager_id}))


list_manager_subordinates = list_subordinates


def list_audiences(tenant: Tenant, query: Query) -> Page:
    with tenant.database.read() as transaction:
        return people.GROUPS.page(transaction, query)


def list_group_members(tenant: Tenant, group_id: int, query: Query) -> Page:
    """The users of the group. Raises `GroupNotFound`."""
    with tenant.database.read() as transaction:
        if not catalog.known(transaction, user_groups, (group_id,)):
            raise GroupNotFound(group_id)
        return people.GROUP_MEMBERS.page(transaction, replace(query, filters={"group": group_id}))


def list_pending_users(tenant: Tenant, query: Query) -> Page:
    """The enrollments that wait for a confirmation, or for a seat."""
    filters = {**query.filters, "holds": PENDING}
    with tenant.database.read() as transaction:
        return people.PENDING.page(transaction, replace(query, filters=filters))
