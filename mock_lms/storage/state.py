"""What decides how a tenant behaves, as text: read with each call, in one statement, so that all workers agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Text, bindparam, cast, delete, insert, literal, select, union_all, update

from mock_lms.storage.control_tables import clock, control, faults, quota, tenant
from mock_lms.storage.database import Database, Row, Statement, Transaction

Fill = Callable[[Transaction], None]
"""Writes tables and rows into an empty database."""

Change = Callable[[Transaction, Transaction], None]
"""Changes a tenant's data, through the first transaction, and its control, through the second."""

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


def rows(transaction: Transaction) -> list[Row]:
    """All of it: kind, name, value."""
    return transaction.rows(_ALL)


_PUT = Statement(insert(tenant).values(name=bindparam("name"), value=bindparam("value")))
_SET = Statement(update(tenant).where(tenant.c.name == bindparam("entry")).values(value=bindparam("new")))
_REMOVE = Statement(delete(tenant).where(tenant.c.name == bindparam("name")))
_GET = Statement(select(tenant.c.value).where(tenant.c.name == bindparam("name")))


def put(transaction: Transaction, name: str, value: str) -> None:
    """Gives an entry of the tenant this value."""
    if not transaction.run(_SET, entry=name, new=value):
        transaction.run(_PUT, name=name, value=value)


def remove(transaction: Transaction, name: str) -> None:
    """Of the tenant's entries."""
    transaction.run(_REMOVE, name=name)


def get(transaction: Transaction, name: str) -> str:
    """The entry's value; nothing where there is no such entry."""
    row = transaction.row(_GET, name=name)
    return str(row[0]) if row else ""


_CLOCK = Statement(insert(clock).values(id=1, state=bindparam("state")))
_QUOTA = Statement(insert(quota).values(id=1, limits=bindparam("limits"), bucket=bindparam("bucket")))
_FAULT = Statement(insert(faults).values(position=bindparam("position"), rule=bindparam("rule")))


def put_clock(transaction: Transaction, text: str) -> None:
    """In place of the one there was."""
    clear(transaction, ["clock"])
    transaction.run(_CLOCK, state=text)


def put_quota(transaction: Transaction, limits: str | None, bucket: str) -> None:
    """In place of the one there was; None is no quota."""
    clear(transaction, ["quota"])
    if limits is not None:
        transaction.run(_QUOTA, limits=limits, bucket=bucket)


def put_faults(transaction: Transaction, rules: Sequence[str]) -> None:
    """In place of those there were; their counts begin anew."""
    clear(transaction, ["faults"])
    for position, rule in enumerate(rules):
        transaction.run(_FAULT, position=position, rule=rule)


_COUNTS = Statement(select(faults.c.position, faults.c.rule, faults.c.seen, faults.c.fired).order_by(faults.c.position))
_COUNT = Statement(
    update(faults)
    .where(faults.c.position == bindparam("at"))
    .values(seen=bindparam("calls"), fired=bindparam("firings"))
)


def fault_counts(transaction: Transaction) -> list[Row]:
    """Position, rule, how many calls it concerned, how often it acted."""
    return transaction.rows(_COUNTS)


def count_fault(transaction: Transaction, position: int, seen: int, fired: int) -> None:
    transaction.run(_COUNT, at=position, calls=seen, firings=fired)


_BUCKET = Statement(select(quota.c.limits, quota.c.bucket))
_FILL = Statement(update(quota).values(bucket=bindparam("level")))


def bucket(transaction: Transaction) -> Row | None:
    """The limits and the bucket, if there is a quota."""
    return transaction.row(_BUCKET)


def put_bucket(transaction: Transaction, bucket: str) -> None:
    transaction.run(_FILL, level=bucket)


def generation_of(registry: Database) -> str:
    """Which data is the tenant's own. Closes the database."""
    with registry.look() as transaction:
        found = get(transaction, DATA)
    registry.close()
    return found


_EMPTY = {table.name: Statement(delete(table)) for table in control.sorted_tables}


def clear(transaction: Transaction, scopes: Iterable[str]) -> None:
    """Empties every table of these scopes."""
    for table in control.sorted_tables:
        if table.info["scope"] in scopes:
            transaction.run(_EMPTY[table.name])
