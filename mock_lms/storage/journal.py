"""The journal: the latest calls, bounded in number and in bytes.

Ids begin with 1 and have no gaps: the first one tells how many are gone. `through` is how many bytes all calls had up
to this one, those that are gone included: so the two ends tell how much is kept, and nothing is ever summed up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Text, bindparam, cast, delete, func, insert, select

from mock_lms.storage.control_tables import journal
from mock_lms.storage.database import Database, Row, Statement, Superseded, Transaction
from mock_lms.storage.tables import Number

KEPT = 10_000
"""Calls, at least, if they are not too large. There are up to `BATCH` more, as the oldest go together."""

BATCH = 256

LARGEST = 64 * 1024**2
"""Bytes of a tenant's calls, as they are stored."""

ROOM = 4 * 1024**2
"""Bytes that are freed at a time."""

PAGE = 32
"""Calls that are read at a time. Each may have half a megabyte, so this bounds what reading takes of memory."""

_calls = journal.alias("calls")
_last = select(_calls.c.through).order_by(_calls.c.id.desc()).limit(1).scalar_subquery()
_ADD = Statement(
    insert(journal)
    .from_select(
        ["id", "operation", "through", "entry"],
        select(
            func.coalesce(func.max(journal.c.id), 0) + 1,
            cast(bindparam("operation"), Text),
            func.coalesce(_last, 0) + cast(bindparam("size"), Number),
            cast(bindparam("entry"), Text),
        ),
    )
    .returning(journal.c.id, journal.c.through)
)
_EVICT = Statement(delete(journal).where(journal.c.id <= bindparam("until")))
_first_kept = (
    select(_calls.c.id).where(_calls.c.through > bindparam("before")).order_by(_calls.c.id).limit(1)
).scalar_subquery()
_EVICT_BYTES = Statement(delete(journal).where(journal.c.id <= _first_kept, journal.c.id < bindparam("newest")))


def add(control: Database, operation: str | None, entry: str) -> None:
    """Notes a call. If there are too many, the oldest go."""
    # one statement is a transaction by itself on SQLite, where all writers wait for each other anyway
    with control.look() if control.kind == "sqlite" else control.begin(durable=False) as transaction:
        _add(transaction, [(operation, entry)])


def add_all(control: Database, calls: Sequence[tuple[str | None, str]]) -> None:
    """Notes several at once: operation and entry of each, in their order."""
    with control.begin(durable=False) as transaction:
        _add(transaction, calls)


def _add(transaction: Transaction, calls: Sequence[tuple[str | None, str]]) -> None:
    number = through = added = 0
    for operation, entry in calls:
        size = len(entry.encode())
        added += size
        number, through = transaction.row(_ADD, operation=operation, entry=entry, size=size) or (0, 0)
    if number > KEPT and number // BATCH > (number - len(calls)) // BATCH:
        transaction.run(_EVICT, until=number - KEPT)
    most = LARGEST - ROOM  # so that there is room until the next time
    if through > most and through // ROOM > (through - added) // ROOM:
        transaction.run(_EVICT_BYTES, before=through - most, newest=number)


_ENDS = Statement(select(func.coalesce(func.min(journal.c.id), 1) - 1, func.coalesce(func.max(journal.c.id), 0)))
_LAST = Statement(select(func.coalesce(func.max(journal.c.id), 0)))


def ends(transaction: Transaction) -> tuple[int, int]:
    """How many of the oldest calls are gone, and the id of the last one."""
    row = transaction.row(_ENDS)
    return (int(row[0]), int(row[1])) if row else (0, 0)


def last(transaction: Transaction) -> int:
    """The id of the last call."""
    return transaction.number(_LAST)


_some = (
    select(journal.c.id, journal.c.entry)
    .where(journal.c.id > bindparam("since", type_=Number), journal.c.id <= bindparam("until", type_=Number))
    .order_by(journal.c.id)
    .limit(PAGE)
)
_PAGE = Statement(_some)
_PAGE_OF_MISSES = Statement(_some.where(journal.c.operation.is_(None)))


class Overtaken(Superseded):
    """Calls went from the journal while they were read. Reading begins anew, unless some of it was sent already."""


def entries(transaction: Transaction, since: int, until: int, *, missed: bool = False) -> Iterator[Row]:
    """Id and entry of the calls from one (exclusive) to another (inclusive), in order; only `PAGE` of them in memory.

    With `missed` only those that hit no operation.
    """
    statement = _PAGE_OF_MISSES if missed else _PAGE
    while page := transaction.rows(statement, since=since, until=until):
        yield from page
        since = page[-1][0]


def live_entries(control: Database, since: int, until: int) -> Iterator[Row]:
    """The same for who takes their time: no transaction stays open meanwhile. Raises `Overtaken`."""
    while since < until:
        with control.look() as transaction:
            page = transaction.rows(_PAGE, since=since, until=until)
        for row in page:
            if row[0] != since + 1:
                raise Overtaken
            yield row
            since += 1
        if not page:
            raise Overtaken
