"""Jobs, the files that they made, and who does them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from mock_lms.domain.jobs import OPEN, Job, State
from mock_lms.storage.control_tables import job_results, jobs, leases
from mock_lms.storage.database import Database, Row, Statement, Transaction
from mock_lms.storage.listing import Listing, Page, Query

KEPT = 200
"""Jobs of a tenant that have ended, at most; with their files."""

_NAMES = tuple(field.name for field in fields(Job))
_COLUMNS = [jobs.c[name] for name in _NAMES]
_OPEN = or_(*(jobs.c.state == state.value for state in OPEN))


def _job(row: Row) -> Job:
    values = dict(zip(_NAMES, row, strict=True))
    values |= {
        "state": State(values["state"]),
        "request": json.loads(values["request"]),
        "log": json.loads(values["log"]),
    }
    return Job(**values)


_LAST_ID = Statement(select(func.coalesce(func.max(jobs.c.id), 0)))
_ADD = Statement(insert(jobs).values({name: bindparam(name) for name in _NAMES}))
_SURPLUS = Statement(select(jobs.c.id).where(~_OPEN).order_by(jobs.c.id.desc()).offset(bindparam("kept")))
_FORGET = Statement(delete(jobs).where(jobs.c.id == bindparam("job")))
_FORGET_RESULT = Statement(delete(job_results).where(job_results.c.job_id == bindparam("job")))


def add(control: Transaction, job: Job) -> Job:
    """Stores a new job; as it was stored, with its id. The oldest that have ended go."""
    for (old,) in control.rows(_SURPLUS, kept=KEPT - 1):
        control.run(_FORGET, job=old)
        control.run(_FORGET_RESULT, job=old)
    values = {name: getattr(job, name) for name in _NAMES} | {"id": control.number(_LAST_ID) + 1}
    control.run(
        _ADD, **values | {"state": job.state.value, "request": json.dumps(job.request), "log": json.dumps(job.log)}
    )
    return _by_hash(control, job.hash)


_GET = Statement(select(*_COLUMNS).where(jobs.c.hash == bindparam("hash")))


def get(control: Transaction, name: str) -> Job | None:
    """The job of this hash."""
    row = control.row(_GET, hash=name)
    return _job(row) if row else None


def _by_hash(control: Transaction, name: str) -> Job:
    job = get(control, name)
    assert job is not None  # noqa: S101 -- it was written in this transaction
    return job


_DUE = Statement(
    select(*_COLUMNS).where(_OPEN, jobs.c.due_at <= bindparam("until")).order_by(jobs.c.due_at, jobs.c.id).limit(1)
)
_NEXT = Statement(select(func.min(jobs.c.due_at)).where(_OPEN))


def due(control: Transaction, until: int) -> Job | None:
    """The first job that is due. One that runs is due too: who calls holds the lease, so whoever ran it has gone."""
    row = control.row(_DUE, until=until)
    return _job(row) if row else None


def next_moment(control: Transaction) -> int | None:
    """When the next job is due."""
    row = control.row(_NEXT)
    return row[0] if row else None


_GROUPS: tuple[tuple[str, ...], ...] = (
    ("state", "started_at", "done", "errors", "log"),
    ("done", "total"),
    ("state", "ended_at", "log"),
)
_SET = {
    names: Statement(
        update(jobs).where(jobs.c.hash == bindparam("job")).values({name: bindparam(f"new_{name}") for name in names})
    )
    for names in _GROUPS
}
_STATE = Statement(select(jobs.c.state).where(jobs.c.hash == bindparam("job")))


def change(control: Transaction, job: Job, **values: object) -> None:
    """Gives columns of the job new values: a group of those that change together."""
    if "log" in values:
        values["log"] = json.dumps(values["log"])
    control.run(_SET[tuple(values)], job=job.hash, **{f"new_{name}": value for name, value in values.items()})


def state(control: Transaction, job: Job) -> State | None:
    """The job's state as it is now; None where it was reset meanwhile."""
    row = control.row(_STATE, job=job.hash)
    return State(row[0]) if row else None


# --- files

_PUT = Statement(
    insert(job_results).values(job_id=bindparam("job"), position=bindparam("position"), piece=bindparam("piece"))
)
_PIECE = Statement(
    select(job_results.c.piece).where(
        job_results.c.job_id == bindparam("job"), job_results.c.position == bindparam("position")
    )
)


def put_result(control: Database, job: Job, pieces: Iterable[bytes]) -> Iterator[int]:
    """Stores the file that the job makes, in place of the one there was; yields the number of pieces again and again.

    Each piece is a transaction by itself.
    """
    with control.begin() as transaction:
        transaction.run(_FORGET_RESULT, job=job.id)
    for position, piece in enumerate(pieces):
        with control.begin(durable=False) as transaction:
            transaction.run(_PUT, job=job.id, position=position, piece=piece)
        yield position + 1


def result(control: Database, job: Job) -> Iterator[bytes]:
    """The job's file, piece by piece. Nothing where there is none, or no longer."""
    position = 0
    while True:
        with control.look() as transaction:
            row = transaction.row(_PIECE, job=job.id, position=position)
        if row is None:
            return
        yield bytes(row[0])
        position += 1


# --- who does them

_TAKE = Statement(
    update(leases)
    .where(
        leases.c.name == bindparam("lease"),
        (leases.c.until < bindparam("now")) | (leases.c.holder == bindparam("holder")),
    )
    .values(holder=bindparam("new_holder"), until=bindparam("new_until"))
)
_HELD = Statement(select(leases.c.holder).where(leases.c.name == bindparam("lease")))
_MAKE = Statement(insert(leases).values(name=bindparam("lease"), holder=bindparam("holder"), until=bindparam("until")))
_RELEASE = Statement(delete(leases).where(leases.c.name == bindparam("lease"), leases.c.holder == bindparam("holder")))


def take_lease(control: Transaction, name: str, holder: str, now: int, until: int) -> bool:
    """Takes or renews the lease, unless somebody else holds it. Moments are milliseconds of the real time."""
    if control.row(_HELD, lease=name) is None:
        control.run(_MAKE, lease=name, holder=holder, until=until)
        return True
    return bool(control.run(_TAKE, lease=name, holder=holder, now=now, new_holder=holder, new_until=until))


def release_lease(control: Transaction, name: str, holder: str) -> None:
    control.run(_RELEASE, lease=name, holder=holder)


# --- the list

JOBS = Listing(
    base=jobs,
    key=("id",),
    filters={"state": jobs.c.state == bindparam("state")},
    sorts={"id": jobs.c.id},
    shape=lambda page: select(*[page.c[name] for name in _NAMES]),
)


def listed(control: Transaction, query: Query) -> tuple[list[Job], int]:
    """A page of jobs, and how many there are."""
    page: Page = JOBS.page(control, query)
    return [_job(row[: len(_NAMES)]) for row in page.rows], page.total
