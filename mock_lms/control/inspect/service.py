"""Looking at learners past the vendor's API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_lms.domain.enrollments import distinct
from mock_lms.domain.errors import InvalidRequest, UserNotFound
from mock_lms.http.fields import MAX_ITEMS
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog
from mock_lms.storage import learners as stored
from mock_lms.storage.tables import users


def get_learner(tenant: Tenant, user_id: int) -> dict[str, Any]:
    """Everything held about one user, by layer. Raises `UserNotFound`."""
    learners, _ = list_learners(tenant, [user_id])
    if not learners:
        raise UserNotFound(user_id)
    return learners[0]


def list_learners(tenant: Tenant, user_ids: Sequence[int]) -> tuple[list[dict[str, Any]], list[int]]:
    """The same for many, each once and in the order of their ids here; and the ids that no user has.

    Raises `InvalidRequest`.
    """
    if len(user_ids) > MAX_ITEMS:
        raise InvalidRequest("user_id", f"{len(user_ids):,} ids are more than the {MAX_ITEMS:,} of one call.")
    wanted = distinct(user_ids)
    with tenant.database.read() as transaction:
        known = catalog.known(transaction, users, wanted)
        held = stored.held(transaction, known)
    there = [{"user_id": user, **held[user]} for user in wanted if user in known]
    return there, [user for user in wanted if user not in known]
