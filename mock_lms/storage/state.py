"""What decides how a tenant behaves, as text: read with each call, in one statement, so that all workers agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Text, bindparam, cast, delete, insert, literal, select, union_all, update

from mock_lms.storage.control_tables import clock, control, faults, quota, tenant
from mock_lms.storage.database import Database, Row, Session, Statement

Fill = Callable[[Session], None]
"""Writes tables and rows into an empty database."""

DATA = "data"
"""The entry of a tenant that names the file of its data."""

SEED = "seed"
"""The snapshot of what a tenant began with."""

_NONE = literal("")
_ALL = Statement(
    union_all(
        select(literal("tenant"), tenant.c.name, tenant.c.value),
        select(literal("clock"), _NONE, clock.c.state),
        select(literal("quota"), _NONE, quota.c.limits),
        select(literal("fault"), cast(faults.c.position, Text), faults.c.rule),
    )
)


def rows(session: Session) -> list[Row]:
    """All of it: kind, name, value."""
    return session.rows(_ALL)


_PUT = Statement(insert(tenant).values(name=bindparam("name"), value=bindparam("value")))
_SET = Statement(update(tenant).where(tenant.c.name == bindparam("entry")).values(value=bindparam("new")))
_REMOVE = Statement(delete(tenant).where(tenant.c.name == bindparam("name")))
_GET = Statement(select(tenant.c.value).where(tenant.c.name == bindparam("name")))


def put(session: Session, name: str, value: str) -> None:
    """Gives an entry of the tenant this value."""
    if not session.run(_SET, entry=name, new=value):
        session.run(_PUT, name=name, value=value)


def remove(session: Session, name: str) -> None:
    """Of the tenant's entries."""
    session.run(_REMOVE, name=name)


def get(session: Session, name: str) -> str:
    """The entry's value; nothing where there is no such entry."""
    row = session.row(_GET, name=name)
    return str(row[0]) if row else ""


_CLOCK = Statement(insert(clock).values(id=1, state=bindparam("state")))
_QUOTA = Statement(insert(quota).values(id=1, limits=bindparam("limits"), bucket=bindparam("bucket")))
_FAULT = Statement(insert(faults).values(position=bindparam("position"), rule=bindparam("rule")))


def put_clock(session: Session, text: str) -> None:
    """In place of the one there was."""
    clear(session, ["clock"])
    session.run(_CLOCK, state=text)


def put_quota(session: Session, limits: str | None, bucket: str) -> None:
    """In place of the one there was; None is no quota."""
    clear(session, ["quota"])
    if limits is not None:
        session.run(_QUOTA, limits=limits, bucket=bucket)


def put_faults(session: Session, rules: Sequence[str]) -> None:
    """In place of those there were; their counts begin anew."""
    clear(session, ["faults"])
    for position, rule in enumerate(rules):
        session.run(_FAULT, position=position, rule=rule)


_COUNTS = Statement(select(faults.c.position, faults.c.rule, faults.c.seen, faults.c.fired).order_by(faults.c.position))
_COUNT = Statement(
    update(faults)
    .where(faults.c.position == bindparam("place"))
    .values(seen=bindparam("calls"), fired=bindparam("firings"))
)


def fault_counts(session: Session) -> list[Row]:
    """Position, rule, how many calls it concerned, how often it acted."""
    return session.rows(_COUNTS)


def count_fault(session: Session, position: int, seen: int, fired: int) -> None:
    session.run(_COUNT, place=position, calls=seen, firings=fired)


_BUCKET = Statement(select(quota.c.limits, quota.c.bucket))
_FILL = Statement(update(quota).values(bucket=bindparam("level")))


def bucket(session: Session) -> Row | None:
    """The limits and the bucket, if there is a quota."""
    return session.row(_BUCKET)


def put_bucket(session: Session, bucket: str) -> None:
    session.run(_FILL, level=bucket)


def generation_of(registry: Database) -> str:
    """Which data is the tenant's own. Closes the database."""
    with registry.look() as session:
        found = get(session, DATA)
    registry.close()
    return found


_EMPTY = {table.name: Statement(delete(table)) for table in control.sorted_tables}


def clear(session: Session, scopes: Iterable[str]) -> None:
    """Empties every table of these scopes."""
    for table in control.sorted_tables:
        if table.info["scope"] in scopes:
            session.run(_EMPTY[table.name])
