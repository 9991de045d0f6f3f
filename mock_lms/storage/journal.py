"""The journal: the latest so many calls. Ids begin with 1 and have no gaps: the first one tells how many are gone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Integer, Text, bindparam, cast, delete, func, insert, select

from mock_lms.storage.control_tables import journal
from mock_lms.storage.database import Database, Row, Session, Statement

KEPT = 10_000
"""Calls, at least. There are up to `BATCH` more, as the oldest go together."""

BATCH = 256

_values = (cast(bindparam("operation"), Text), cast(bindparam("entry"), Text))
_ADD = Statement(
    insert(journal)
    .from_select(["id", "operation", "entry"], select(func.coalesce(func.max(journal.c.id), 0) + 1, *_values))
    .returning(journal.c.id)
)
_EVICT = Statement(delete(journal).where(journal.c.id <= bindparam("until")))


def add(control: Database, operation: str | None, entry: str) -> None:
    """Notes a call. If there are too many, the oldest go."""
    # one statement is a transaction by itself on SQLite, where all writers wait for each other anyway
    with control.look() if control.kind == "sqlite" else control.begin() as session:
        number = session.number(_ADD, operation=operation, entry=entry)
        if number % BATCH == 0 and number > KEPT:
            session.run(_EVICT, until=number - KEPT)


def add_all(control: Database, calls: Sequence[tuple[str | None, str]]) -> None:
    """Notes several at once: operation and entry of each, in their order."""
    with control.begin() as session:
        number = 0
        for operation, entry in calls:
            number = session.number(_ADD, operation=operation, entry=entry)
        if number > KEPT:
            session.run(_EVICT, until=number - KEPT)


_ENDS = Statement(select(func.coalesce(func.min(journal.c.id), 1) - 1, func.coalesce(func.max(journal.c.id), 0)))


def ends(session: Session) -> tuple[int, int]:
    """How many of the oldest calls are gone, and the id of the last one."""
    row = session.row(_ENDS)
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _some(*, last: bool) -> Statement:
    order = journal.c.id.desc() if last else journal.c.id
    after = journal.c.id > bindparam("since", type_=Integer)
    return Statement(select(journal.c.id, journal.c.entry).where(after).order_by(order).limit(bindparam("most")))


_FIRST, _LAST = _some(last=False), _some(last=True)


def entries(session: Session, since: int, most: int = KEPT, *, last: bool = False) -> list[Row]:
    """Id and entry of calls after one, in order: the first so many, or the last."""
    if last:
        return session.rows(_LAST, since=since, most=most)[::-1]
    return session.rows(_FIRST, since=since, most=most)
