"""What came between two states."""

from __future__ import annotations

from dataclasses import dataclass

from mock_lms.control.snapshots.service import find_state
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import Tenants, check_name
from mock_lms.storage.diffs import CHANGES, Comparison
from mock_lms.storage.diffs import Change as Change
from mock_lms.storage.learners import LAYERS


@dataclass(frozen=True, slots=True)
class Diff:
    """Who lost, gained or changed what. The summary counts all; of the changes there may be more than these."""

    before: str
    after: str
    summary: dict[str, dict[str, int]]
    changes: list[Change]

    @property
    def truncated(self) -> bool:
        return len(self.changes) < sum(sum(counts.values()) for counts in self.summary.values())


def diff(tenants: Tenants, tenant: Tenant, before: str, after: str, limit: int) -> Diff:
    """Each state is `seed`, `now`, a snapshot, or one of another tenant as `TENANT/now`.

    Raises `InvalidRequest`, `TenantNotFound`, `SnapshotNotFound`.
    """
    images = [_image(tenants, tenant, state, field) for state, field in ((before, "before"), (after, "after"))]
    summary: dict[str, dict[str, int]] = {}
    changes: list[Change] = []
    with tenants.store.side_by_side(tenant.database, *images) as (transaction, names):
        comparison = Comparison(transaction, *names)
        for layer in LAYERS:
            summary[layer] = {change: comparison.count(layer, change) for change in CHANGES}
            for change, count in summary[layer].items():
                if count and len(changes) < limit:
                    changes += comparison.changes(layer, change, limit - len(changes))
    return Diff(before, after, summary, changes)


def _image(tenants: Tenants, tenant: Tenant, state: str, field: str) -> str:
    owner, slash, name = state.rpartition("/")
    if slash:
        tenant = tenants.open(check_name(owner, field))
    return find_state(tenants, tenant, name, field)
