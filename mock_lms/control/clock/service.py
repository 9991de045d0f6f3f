"""Moving a tenant's clock, and what that makes due."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from mock_lms.clock import stamp
from mock_lms.domain.jobs import Job
from mock_lms.services import clocks, jobs
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import Tenants


def set_clock(tenants: Tenants, tenant: Tenant, *, frozen_at: datetime | None) -> dict[str, Any]:
    """Freezes it at a moment, or lets it go on as the real time. What is due by it is done a moment later."""
    return clocks.set_clock(tenant, frozen_at=frozen_at, then=partial(jobs.promise, tenants, tenant.name))


def advance_clock(tenants: Tenants, tenant: Tenant, seconds: float) -> dict[str, Any]:
    """Moves it forward; what falls due on the way happens, in order. Raises `InvalidRequest`."""
    after = clocks.forward(tenant, seconds)
    ended = jobs.run_due(tenants, tenant, int(after.timestamp())) or []
    then = partial(jobs.promise, tenants, tenant.name)
    happened, count = clocks.advance_clock(tenant, seconds, then)
    fell_due = sorted([*map(_shown, ended), *happened], key=lambda fact: fact["at"])
    return {"now": stamp(after), "fell_due": fell_due[: clocks.SHOWN], "fell_due_count": count + len(ended)}


def _shown(job: Job) -> dict[str, Any]:
    return {"at": job.ended_at or job.created_at, "what": f"{job.name}: {job.state.value}", "job": job.hash}
