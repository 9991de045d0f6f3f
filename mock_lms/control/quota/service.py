"""A tenant's quota: set, looked at, and taken from by each call."""

from __future__ import annotations

from typing import Any

import orjson

from mock_lms.control.quota import bucket
from mock_lms.control.quota.bucket import Bucket, Limit
from mock_lms.domain.errors import QuotaExceeded
from mock_lms.services.tenant import Tenant
from mock_lms.storage import state
from mock_lms.storage.database import Row


def get_quota(tenant: Tenant) -> dict[str, Any] | None:
    """The limit, and how the clients kept to it; None where there is no limit."""
    with tenant.control.look() as transaction:
        row = state.bucket(transaction)
    if row is None:
        return None
    limit, level = _stored(row)
    return bucket.report(limit, level, tenant.microseconds())


def set_quota(tenant: Tenant, limits: object) -> dict[str, Any]:
    """Limits the calls, beginning with a full bucket. What is not given is as the vendor has it.

    `limits` is JSON such as `{"calls": 1000, "seconds": 3600, "retry_after": "date"}`. Raises `InvalidRequest`.
    """
    limit, full = Limit.of(limits), Bucket()
    with tenant.control.begin() as transaction:
        state.put_quota(transaction, *(orjson.dumps(content).decode() for content in (limit.dump(), bucket.dump(full))))
    return bucket.report(limit, full, tenant.microseconds())


def clear_quota(tenant: Tenant) -> None:
    """Lifts the limit."""
    with tenant.control.begin() as transaction:
        state.put_quota(transaction, None, "")


def over_quota(tenant: Tenant) -> QuotaExceeded | None:
    """Counts a call; its refusal, if the tenant's quota is used up."""
    with tenant.control.begin(durable=False) as transaction:
        row = state.bucket(transaction)
        if row is None:
            return None
        limit, level = _stored(row)
        now = tenant.microseconds()  # inside the lock, so that workers come in the order of their times
        level, wait = bucket.take(limit, level, now)
        state.put_bucket(transaction, orjson.dumps(bucket.dump(level)).decode())
    return None if wait is None else QuotaExceeded(bucket.retry_after(limit, wait, now), bucket.date(limit, now))


def _stored(row: Row) -> tuple[Limit, Bucket]:
    return Limit.of(orjson.loads(row[0])), bucket.load(orjson.loads(row[1]))
