"""Jobs: begun by whoever has work that nobody should wait for, done by whoever holds the tenant's lease.

A job is due at a moment of the tenant's clock. The store knows which tenants have something due and when, in real time,
so that the background process need not ask every tenant.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from mock_lms.clock import Clock, real_seconds, stamp
from mock_lms.domain.errors import JobEnded, JobNotFound
from mock_lms.domain.jobs import LONGEST_LINE, LONGEST_LOG, OPEN, Job, State
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import DatabaseLost, Superseded, Tenants, trouble
from mock_lms.storage import jobs as stored
from mock_lms.storage.database import Transaction
from mock_lms.storage.listing import Query

Work = Callable[[Tenant, Job], Generator[int, None, None]]
"""Does a job, and says again and again how much of it is done, so that it can be aborted there. Raises `JobFailed`.

It is begun anew after a crash, so doing it twice must be the same as doing it once.
"""

KINDS: dict[str, Work] = {}
"""What the jobs of each kind do. `app` says."""

LEASE = "jobs"

LEASE_SECONDS = 10
"""How long whoever does the jobs may be silent."""


class JobFailed(Exception):
    """The job cannot go on. `str()` is a line of its log."""


def start(
    tenants: Tenants,
    tenant: Tenant,
    kind: str,
    name: str,
    request: Mapping[str, Any],
    *,
    author_id: int | None = None,
    total: int = 0,
    after: int = 0,
) -> Job:
    """Begins a job, which is due so many seconds after now. `total` is how much there is to do, if that is known."""
    job = Job(
        id=0,
        hash=secrets.token_hex(16),
        kind=kind,
        name=name,
        state=State.QUEUED,
        due_at=tenant.seconds() + after,
        done=0,
        total=total,
        errors=0,
        author_id=author_id,
        request=dict(request),
        log=[],
        created_at=tenant.now(),
        started_at=None,
        ended_at=None,
    )
    with tenant.control.begin() as control:
        job = stored.add(control, job)
        promise(tenants, tenant.name, control, tenant.clock)
    return job


def promise(tenants: Tenants, name: str, control: Transaction, clock: Clock) -> None:
    """Tells the store when the tenant's next job is due by this clock, if that moment comes by itself.

    Within the transaction that writes: whoever is told looks for the job only when that has ended.
    """
    moment = _next_moment(control, clock)
    if moment is not None:
        tenants.store.promises.make(name, moment)


def settle(tenants: Tenants, tenant: Tenant, taken: float) -> None:
    """Tells the store that what was due is done, and when the next job is. `taken` is what the store said of it."""
    with tenant.control.begin() as control:
        tenants.store.promises.settle(tenant.name, taken, _next_moment(control, tenant.clock))


def _next_moment(control: Transaction, clock: Clock) -> float | None:
    """When the next job is due, in seconds of the real time since 1970. None if no moment comes by itself."""
    due_at = stored.next_moment(control)
    if due_at is None:
        return None
    seconds = due_at - clock.now().timestamp()
    return real_seconds() + max(seconds, 0) if seconds <= 0 or clock.frozen_at is None else None


def list_jobs(tenant: Tenant, query: Query) -> tuple[list[Job], int]:
    """A page of the tenant's jobs, and how many there are."""
    with tenant.control.look() as control:
        return stored.listed(control, query)


def get_job(tenant: Tenant, name: str) -> Job:
    """The job of this hash. Raises `JobNotFound`."""
    with tenant.control.look() as control:
        job = stored.get(control, name)
    if job is None:
        raise JobNotFound(name)
    return job


def abort_job(tenant: Tenant, name: str) -> Job:
    """Has the job go no further. What it did is done. Raises `JobNotFound`, `JobEnded`."""
    with tenant.control.begin() as control:
        job = stored.get(control, name)
        if job is None:
            raise JobNotFound(name)
        if job.state not in OPEN:
            raise JobEnded(job.state.value)
        stored.change(control, job, state=State.ABORTED.value, ended_at=tenant.now(), log=job.log)
    return get_job(tenant, name)


# --- doing them


def run_due(tenants: Tenants, tenant: Tenant, until: int | None = None, *, only: Job | None = None) -> list[Job] | None:
    """Does the tenant's jobs that are due at a moment, or now, the first of them first. None if somebody else does.

    `until` is in seconds of the tenant's clock since 1970. With `only`, it is this job alone that is done.
    """
    holder = secrets.token_hex(8)
    if not _take_lease(tenant, holder):
        return None
    ended: list[Job] = []
    try:
        while (job := _next(tenant, tenant.seconds() if until is None else until, only)) is not None:
            if (done := _do(tenant, job, holder)) is not None:
                ended.append(done)
    finally:
        with tenant.control.begin() as control:
            stored.release_lease(control, LEASE, holder)
            promise(tenants, tenant.name, control, tenant.clock)
    return ended


def _take_lease(tenant: Tenant, holder: str) -> bool:
    now = int(real_seconds() * 1000)
    with tenant.control.begin() as control:
        return stored.take_lease(control, LEASE, holder, now, now + LEASE_SECONDS * 1000)


def _next(tenant: Tenant, until: int, only: Job | None) -> Job | None:
    with tenant.control.begin() as control:
        job = stored.due(control, until) if only is None else stored.get(control, only.hash)
        if job is not None and job.state not in OPEN:
            return None
        if job is not None:
            stored.change(
                control,
                job,
                state=State.RUNNING.value,
                started_at=_moment(tenant, job),
                done=0,
                errors=0,
                log=[]
                if job.state is State.QUEUED
                else [*job.log, "It was interrupted, and begins anew."][:LONGEST_LOG],
            )
            job = stored.get(control, job.hash)
    return job


def _do(tenant: Tenant, job: Job, holder: str) -> Job | None:
    """The job as it ended. None where it was aborted or reset on the way, or another process has taken the lease."""
    state, log = State.COMPLETED, list(job.log)
    try:
        work = KINDS.get(job.kind, _unknown)
        renewed = time.monotonic()
        with closing(work(tenant, job)) as steps:
            for done in steps:
                with tenant.control.begin(durable=False) as control:
                    if stored.state(control, job) is not State.RUNNING:
                        return None
                    stored.change(control, job, done=done, total=max(job.total, done))
                if time.monotonic() - renewed > LEASE_SECONDS / 3:
                    if not _take_lease(tenant, holder):
                        return None
                    renewed = time.monotonic()
    except JobFailed as error:
        state = State.FAILED
        log.append(str(error))
    except Exception as error:
        if isinstance(error, (Superseded, DatabaseLost)) or trouble(error) is not None:
            raise  # it is begun anew when the database is there again
        # else it would fail again and again, and take the process along
        state = State.FAILED
        log.append(f"It failed, which is a defect of the mock: {type(error).__name__}: {error}"[:LONGEST_LINE])
    with tenant.control.begin() as control:
        if stored.state(control, job) is not State.RUNNING:
            return None
        stored.change(control, job, state=state.value, ended_at=_moment(tenant, job), log=log[:LONGEST_LOG])
        return stored.get(control, job.hash)


def _unknown(_: Tenant, job: Job) -> Generator[int, None, None]:
    yield 0
    raise JobFailed(f"this mock-lms knows no jobs of kind {job.kind}.")


def _moment(tenant: Tenant, job: Job) -> str:
    """When it happens, by the tenant's clock: now; but what happens as the clock is moved is done when it was due."""
    return max(tenant.now(), stamp(datetime.fromtimestamp(job.due_at, UTC)))
