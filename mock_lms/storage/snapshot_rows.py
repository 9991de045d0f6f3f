"""A tenant's tables as lines of JSON: one that names the table, then a line for each of its rows, by primary key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Table, Text

from mock_lms.domain.errors import InvalidRequest
from mock_lms.storage import meta
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.formats import Layout
from mock_lms.storage.snapshot_values import CHECKS, UNIQUE
from mock_lms.storage.tables import COUNTED, UNSAVED, certificates, counters, metadata, users

SECRET = users.c.password_hash
"""What no file holds."""

MOST_ROWS = 10_000_000
"""Of a file that is read."""

COURSE, PLAN = (list(certificates.c.keys()).index(name) for name in ("course_id", "learning_plan_id"))
"""Places in a row of certificates."""


def lines(transaction: Transaction, schema: str) -> Iterator[bytes]:
    """Every table of a schema."""
    for table in metadata.sorted_tables:
        source = f"{schema}.{table.name}"
        if table in UNSAVED:
            yield orjson.dumps({"table": table.name, "columns": _columns(table), "rows": 0})
            continue
        count = transaction.execute(f"SELECT count(*) FROM {source}")[0][0]
        yield orjson.dumps({"table": table.name, "columns": _columns(table), "rows": count})
        columns = ", ".join("NULL" if column is SECRET else column.name for column in table.c)
        sql = f"SELECT {columns} FROM {source} ORDER BY {_order(transaction, table)}"
        yield from map(orjson.dumps, transaction.stream(sql))


def _columns(table: Table) -> list[str]:
    return [str(column.name) for column in table.c]


def _order(transaction: Transaction, table: Table) -> str:
    # by code points, as SQLite and Python have it
    collation = "" if transaction.database.kind == "sqlite" else ' COLLATE "C"'
    return ", ".join(f"{c.name}{collation if isinstance(c.type, Text) else ''}" for c in table.primary_key)


class Loading:
    """What reads the lines into a tenant that has no tables yet. Every value is checked before it is written."""

    def __init__(self, lines: Iterator[bytes], first: int, layout: Layout) -> None:
        self._lines = lines
        self._number = first - 1
        self._layout = layout
        self._left = MOST_ROWS

    def fill(self, transaction: Transaction) -> None:
        """Makes all tables. Raises `InvalidRequest`, which names the line, or the table, the row and the column."""
        transaction.create_tables(metadata)
        for table in self._layout.tables():
            says, own = self._next(), {"table": self._layout.name(table), "columns": self._layout.columns(table)}
            count = says.pop("rows", None) if isinstance(says, dict) else None
            if says != own or type(count) is not int or count < 0:
                raise self._refused(f"the table {own['table']} should be here, with the columns {own['columns']}")
            if count and table in UNSAVED and table not in self._layout.unsaved:
                raise self._refused(f"{table.name} is in no file, and here it has {count:,} rows")
            self._left -= count
            if self._left < 0:
                raise self._refused(f"with {table.name} there are more rows than the {MOST_ROWS:,} that are read")
            rows = self._rows_of(table, count)
            if table in UNSAVED:
                for _ in rows:  # of an older file: checked, and left out
                    pass
                continue
            try:
                transaction.insert(table, _columns(table), rows)
            except transaction.database.engine.dialect.loaded_dbapi.IntegrityError:
                raise self._refused(f"two rows of {table.name} have the same {_unique(table)}") from None
        new = [(table.name, 0) for table in self._layout.created if table in COUNTED]
        transaction.insert(counters, ("name", "value"), new)
        _check(transaction)

    def _next(self) -> Any:
        self._number += 1
        try:
            return orjson.loads(next(self._lines, b""))
        except orjson.JSONDecodeError:
            raise self._refused("this is no JSON, or a line is missing") from None

    def _refused(self, problem: str) -> InvalidRequest:
        return InvalidRequest("file", f"line {self._number:,}: {problem}.")

    def _rows_of(self, table: Table, count: int) -> Iterator[list[Any]]:
        names = _columns(table)
        checks = [CHECKS[table][name] for name in names]
        accepts = [check.accepts for check in checks]
        written = self._layout.columns(table)
        key = [written.index(column.name) for column in table.primary_key]
        last: list[Any] | None = None
        for number in range(1, count + 1):
            read = self._next()
            if not isinstance(read, list) or len(read) != len(written):
                raise self._refused(f"row {number:,} of {table.name} should have {len(written)} values")
            row = self._layout.upgraded(table, read)
            for index, accept in enumerate(accepts):
                if not accept(row[index]):
                    raise self._refused(
                        f"row {number:,} of {table.name}, column {names[index]}: {_shown(row[index])} is not "
                        f"{checks[index].wanted}"
                    )
            this = [read[index] for index in key]
            if last is not None and this <= last:
                raise self._refused(
                    f"row {number:,} of {table.name}, column {', '.join(column.name for column in table.primary_key)}: "
                    "the rows are not in order, or one is here twice"
                )
            if table is certificates and (row[COURSE] is None) == (row[PLAN] is None):
                raise self._refused(
                    f"row {number:,} of {table.name}, column course_id: a certificate is of a course or of a learning "
                    "plan, one rows"
                )
            last = this
            yield row


def _shown(value: Any) -> str:
    """On one line, and short."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 -- about half a line


def _unique(table: Table) -> str:
    return " or ".join(str(column.name) for column in table.c if column.unique) or "primary key"


_COUNTERS = Statement(counters.select())


def _check(transaction: Transaction) -> None:
    """What only all rows together say. Raises `InvalidRequest`."""
    if meta.get(transaction, "format") != meta.FORMAT or not meta.get(transaction, "seed"):
        raise InvalidRequest("file", "meta does not say the format of the tables, or the seed.")
    _check_counters(transaction)
    for table, checks in CHECKS.items():
        for name, check in checks.items():
            if check.of is not None:
                _check_reference(transaction, table, name, check.of)
    for column in UNIQUE:
        twice = f"SELECT {column.name} FROM {column.table.name} GROUP BY {column.name} HAVING count(*) > 1 LIMIT 1"
        for (value,) in transaction.execute(twice):
            raise InvalidRequest("file", f"two rows of {column.table.name} have the same {column.name}, {value}.")
    admin = transaction.execute(f"SELECT username, level, active, identity FROM users WHERE id = {meta.ADMIN_ID}")
    if admin != [(meta.ADMIN, "superadmin", 1, meta.ADMIN)]:
        raise InvalidRequest("file", f"user {meta.ADMIN_ID} is not the active superadmin {meta.ADMIN}.")


def _check_counters(transaction: Transaction) -> None:
    counted: dict[str, int] = dict(transaction.rows(_COUNTERS))
    if counted.keys() != {table.name for table in COUNTED}:
        raise InvalidRequest("file", f"there are no counters of just {', '.join(table.name for table in COUNTED)}.")
    for table in COUNTED:
        last = transaction.execute(f"SELECT coalesce(max(id), 0) FROM {table.name}")[0][0]
        if counted[table.name] < last:
            raise InvalidRequest("file", f"the counter of {table.name} is at {counted[table.name]}, below id {last}.")


def _check_reference(transaction: Transaction, table: Table, name: str, of: Table) -> None:
    key = [column.name for column in table.primary_key]
    unknown = (
        f"SELECT {name}, {', '.join(key)} FROM {table.name} t WHERE {name} IS NOT NULL "
        f"AND NOT EXISTS (SELECT 1 FROM {of.name} WHERE id = t.{name}) LIMIT 1"
    )
    for number, *row in transaction.execute(unknown):
        where = ", ".join(f"{column} {value}" for column, value in zip(key, row, strict=True))
        raise InvalidRequest(
            "file", f"the row of {table.name} with {where}, column {name}: there is no {number} in {of.name}."
        )
