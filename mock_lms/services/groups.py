"""Groups of users: one function an operation, one transaction each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from mock_lms.domain.enrollments import distinct
from mock_lms.domain.errors import GroupNotFound
from mock_lms.domain.people import Assignment, assign
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, people_writes
from mock_lms.storage.tables import user_groups, users

NUL = "\0"  # PostgreSQL does not even look for it


def create_audience(tenant: Tenant, values: Mapping[str, Any]) -> dict[str, Any]:
    """A new group of this name and description; its row. Source: imports-webhooks-rules.md 2."""
    now = tenant.now()
    group = {"description": "", **values, "uuid": str(uuid4()), "created_at": now, "updated_at": now}
    with tenant.database.begin() as transaction:
        return {**group, "id": catalog.create(transaction, user_groups, group)}


def assign_users(tenant: Tenant, uuid: str, user_ids: Sequence[int]) -> Assignment:
    """Puts users into the group. Raises `GroupNotFound`. Source: what-clients-call.md 1."""
    wanted = distinct(user_ids)
    with tenant.database.begin() as transaction:
        group_id = people_writes.group_id(transaction, uuid) if NUL not in uuid else None
        if group_id is None:
            raise GroupNotFound(uuid)
        members = people_writes.members_among(transaction, group_id, wanted)
        assignment = assign(wanted, catalog.known(transaction, users, wanted), members)
        people_writes.add_members(transaction, group_id, assignment.new, at=tenant.now())
    return assignment
