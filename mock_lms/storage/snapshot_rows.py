"""A tenant's tables as lines of JSON: one that names the table, then a line for each of its rows, by primary key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Double, Table, Text

from mock_lms.domain.errors import InvalidRequest
from mock_lms.storage import meta, outbox
from mock_lms.storage.database import Row, Session, Statement
from mock_lms.storage.learners import LAYERS
from mock_lms.storage.tables import UNSAVED, counters, learning_plan_courses, metadata, users

SECRET = users.c.password_hash
"""What no file holds."""

THINGS = {"user_id": "users", "course_id": "courses", "learning_plan_id": "learning_plans"}
"""What these columns point to."""

AT_ONCE = 10_000  # rows that PostgreSQL sends

_INTEGERS = range(-(2**63), 2**63)


def lines(session: Session, schema: str) -> Iterator[bytes]:
    """Every table of a schema."""
    for table in metadata.sorted_tables:
        source = f"{schema}.{table.name}"
        if table in UNSAVED:
            yield orjson.dumps({"table": table.name, "columns": _columns(table), "rows": 0})
            continue
        count = session.execute(f"SELECT count(*) FROM {source}")[0][0]
        yield orjson.dumps({"table": table.name, "columns": _columns(table), "rows": count})
        columns = ", ".join("NULL" if column is SECRET else column.name for column in table.c)
        yield from map(
            orjson.dumps, _rows(session, f"SELECT {columns} FROM {source} ORDER BY {_order(session, table)}")
        )


def _columns(table: Table) -> list[str]:
    return [str(column.name) for column in table.c]


def _order(session: Session, table: Table) -> str:
    # by code points, as SQLite and Python have it
    collation = "" if session.database.kind == "sqlite" else ' COLLATE "C"'
    return ", ".join(f"{c.name}{collation if isinstance(c.type, Text) else ''}" for c in table.primary_key)


def _rows(session: Session, sql: str) -> Iterator[Row]:
    """Never all of them at once."""
    if session.database.kind == "sqlite":
        yield from session.connection.execute(sql)
        return
    with session.connection.cursor("rows") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(sql)
        yield from cursor


class Loading:
    """What reads the lines into a tenant that has no tables yet."""

    def __init__(self, lines: Iterator[bytes], first: int) -> None:
        self._lines = lines
        self._number = first - 1

    def fill(self, session: Session) -> None:
        """Makes all tables. Raises `InvalidRequest`, which names the line."""
        session.create_tables(metadata)
        for table in metadata.sorted_tables:
            says, own = self._next(), {"table": table.name, "columns": _columns(table)}
            count = says.pop("rows", None) if isinstance(says, dict) else None
            if says != own or type(count) is not int or count < 0:
                raise self._refused(f"the table {table.name} should be here, with the columns {own['columns']}")
            try:
                session.insert(table, _columns(table), self._rows_of(table, count))
            except session.database.engine.dialect.loaded_dbapi.IntegrityError:
                raise self._refused(f"two rows of {table.name} have the same {_unique(table)}") from None
        outbox.clear(session)  # a file of an earlier version has some
        _check(session)

    def _next(self) -> Any:
        self._number += 1
        try:
            return orjson.loads(next(self._lines, b""))
        except orjson.JSONDecodeError:
            raise self._refused("this is no JSON, or a line is missing") from None

    def _refused(self, problem: str) -> InvalidRequest:
        return InvalidRequest("file", f"line {self._number:,}: {problem}.")

    def _rows_of(self, table: Table, count: int) -> Iterator[list[Any]]:
        kinds = [({int}, {float, int}, {str})[_kind(c.type)] | ({type(None)} if c.nullable else set()) for c in table.c]
        key = [place for place, column in enumerate(table.c) if column.primary_key]
        last: list[Any] | None = None
        for _ in range(count):
            row = self._next()
            if not isinstance(row, list) or len(row) != len(kinds):
                raise self._refused(f"a row of {table.name} has {len(kinds)} values")
            for value, kind, column in zip(row, kinds, table.c, strict=True):
                if type(value) not in kind or not _storable(value):
                    raise self._refused(f"this is no {table.name}.{column.name}")
            this = [row[place] for place in key]
            if last is not None and this <= last:
                raise self._refused(f"the rows of {table.name} are not in order, or one is here twice")
            last = this
            yield row


def _kind(of: Any) -> int:
    return 2 if isinstance(of, Text) else 1 if isinstance(of, Double) else 0


def _storable(value: Any) -> bool:
    return "\0" not in value if type(value) is str else type(value) is not int or value in _INTEGERS


def _unique(table: Table) -> str:
    return " or ".join(str(column.name) for column in table.c if column.unique) or "primary key"


_COUNTERS = Statement(counters.select())


def _check(session: Session) -> None:
    """What no server would have written. Raises `InvalidRequest`."""
    if meta.get(session, "format") != meta.FORMAT or not meta.get(session, "seed"):
        raise InvalidRequest("file", "meta does not say the format of the tables, or the seed.")
    counted: dict[str, int] = dict(session.rows(_COUNTERS))
    if counted.keys() != {table.name for table in meta.COUNTED}:
        raise InvalidRequest("file", f"there are no counters of just {', '.join(each.name for each in meta.COUNTED)}.")
    for table in meta.COUNTED:
        last = session.execute(f"SELECT coalesce(max(id), 0) FROM {table.name}")[0][0]
        if counted[table.name] < last:
            raise InvalidRequest("file", f"the counter of {table.name} is at {counted[table.name]}, below id {last}.")
    for table in (*LAYERS.values(), learning_plan_courses):
        for name in THINGS.keys() & table.c.keys():
            unknown = (
                f"SELECT {name} FROM {table.name} t WHERE {name} IS NOT NULL "
                f"AND NOT EXISTS (SELECT 1 FROM {THINGS[name]} WHERE id = t.{name}) LIMIT 1"
            )
            for (number,) in session.execute(unknown):
                raise InvalidRequest("file", f"{table.name} speaks of {name} {number}, which is not in {THINGS[name]}.")
    admin = f"SELECT 1 FROM users WHERE id = {meta.ADMIN_ID} AND username = '{meta.ADMIN}' AND level = 'superadmin'"
    if not session.execute(admin):
        raise InvalidRequest("file", f"user {meta.ADMIN_ID} is not the superadmin {meta.ADMIN}.")
