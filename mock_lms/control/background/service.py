"""Doing what is due, where no background process does it: in a mock within a test, or before the next look."""

from __future__ import annotations

from typing import Any

from mock_lms.services import jobs
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import Tenants


def run_due(tenants: Tenants, tenant: Tenant) -> dict[str, Any]:
    """Does the tenant's jobs that are due by now. None of them if another process is just doing them."""
    ended = jobs.run_due(tenants, tenant)
    return {
        "ended": [{"job": job.hash, "name": job.name, "state": job.state.value} for job in ended or ()],
        "busy": ended is None,
    }
