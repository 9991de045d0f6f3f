"""Looking at learners past the vendor's API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_lms.domain.enrollments import distinct
from mock_lms.domain.errors import UserNotFound
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, learners
from mock_lms.storage.tables import users


def get_learner(tenant: Tenant, user_id: int) -> dict[str, Any]:
    """Everything held about one user, by layer. Raises `UserNotFound`."""
    found, _ = list_learners(tenant, [user_id])
    if not found:
        raise UserNotFound(user_id)
    return found[0]


def list_learners(tenant: Tenant, user_ids: Sequence[int]) -> tuple[list[dict[str, Any]], list[int]]:
    """The same for many, in the order asked for; and those who do not exist."""
    asked = distinct(user_ids)
    with tenant.database.read() as transaction:
        known = catalog.known(transaction, users, asked)
        held = learners.held(transaction, known)
    return [{"user_id": user, **held[user]} for user in asked if user in known], [u for u in asked if u not in known]
