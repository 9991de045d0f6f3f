"""A transaction, and what is done in one."""

from __future__ import annotations

from array import array
from collections.abc import (
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Sequence,
    Set,
)
from contextlib import AbstractContextManager
from itertools import chain, count
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import orjson
from sqlalchemy import MetaData, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from mock_lms.storage import postgresql
from mock_lms.storage.kept import Superseded, rolled_back
from mock_lms.storage.postgresql import Interrupted, OutcomeUnknown, Unreachable, command, lock_number

if TYPE_CHECKING:
    from mock_lms.storage.database import Database, Statement

Row = tuple[Any, ...]

IMMEDIATE = "BEGIN IMMEDIATE"
"""How a writing transaction of SQLite begins."""

AT_ONCE = 10_000
"""Rows that PostgreSQL sends of many."""

_SUPERSEDED = {"3F000", "42P01", "40P01", "40001"}
"""What PostgreSQL says when a schema or table is not there any more, or two transactions got into each other's way."""


_numbers = count()

_ROWS = 5_000
"""That are Python's objects at once while `numbers` reads."""


class Transaction:
    """One transaction of one database."""

    __slots__ = ("_cursor", "_steady", "database")

    def __init__(self, database: Database, cursor: Any, steady: dict[str, Any] | None = None) -> None:
        """`steady` is what can be noted about the connection, if all reads of this transaction see the same."""
        self.database = database
        self._cursor = cursor
        self._steady = steady

    @property
    def connection(self) -> Any:
        """The driver's own."""
        return self._cursor.connection

    def version(self) -> Hashable:
        """What is the same in this process only while the data is. None if that is not known, or may yet change.

        Of PostgreSQL it is the last transaction that wrote to the data: each of them updates the same row of `meta`.
        Of SQLite it is what a connection knows of the writes of all others, and of its own.
        """
        if self._steady is None:
            return None
        if self.database.kind == "postgresql":
            if not self.database.is_data:
                return None
            return self.database.number, self.database.schema, self.execute(postgresql.VERSION)[0][0]
        if "number" not in self._steady:
            self._steady["number"] = next(_numbers)
        others = self.execute("PRAGMA data_version")[0][0]
        return self._steady["number"], others, self._cursor.connection.total_changes

    def run(self, statement: Statement, /, **values: Any) -> int:
        """Runs it; the number of rows it wrote."""
        sql, order, own = statement.compiled(self.database)
        if own:
            values = own | values
        self._cursor.execute(sql, values if order is None else [values[name] for name in order])
        return cast(int, self._cursor.rowcount)

    def rows(self, statement: Statement, /, **values: Any) -> list[Row]:
        self.run(statement, **values)
        return cast("list[Row]", self._cursor.fetchall())

    def numbers(self, statement: Statement, /, **values: Any) -> array[int]:
        """Rows of numbers, one number after the other: of many rows a tenth of the memory that `rows` takes."""
        self.run(statement, **values)
        numbers = array("q")
        while rows := self._cursor.fetchmany(_ROWS):
            numbers.extend(chain.from_iterable(rows))
        return numbers

    def stream(self, sql: str, values: Any = ()) -> Iterator[Row]:
        """The rows of a piece of SQL, never all of them in memory at once."""
        if self.database.kind == "sqlite":
            yield from self.connection.execute(sql, values)
            return
        with self.connection.cursor("rows") as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(sql, values or None)
            yield from cursor

    def stream_of(self, statement: Statement) -> Iterator[Row]:
        """The rows of a statement that takes no parameters, never all of them in memory at once."""
        sql, order, own = statement.compiled(self.database)
        return self.stream(sql, own if order is None else [own[name] for name in order])

    def row(self, statement: Statement, /, **values: Any) -> Row | None:
        self.run(statement, **values)
        return cast("Row | None", self._cursor.fetchone())

    def number(self, statement: Statement, /, **values: Any) -> int:
        """The one number that it selects."""
        row = self.row(statement, **values)
        return int(row[0]) if row and row[0] is not None else 0

    def ids(self, values: Collection[int] | Collection[str]) -> Any:
        """Ids or texts as the value of a parameter of `among` or `id_rows`. Sorted, so that trees are read in order."""
        ordered = sorted(values) if isinstance(values, Set) else list(values)
        return orjson.dumps(ordered).decode() if self.database.kind == "sqlite" else ordered

    def lock(self, name: str) -> None:
        """Waits for the writers of a sibling as well; until the end of the transaction. PostgreSQL's."""
        self._cursor.execute(f"SELECT pg_advisory_xact_lock({lock_number(name)})")

    def try_lock(self, name: str) -> bool:
        """Takes the lock as `lock` does, unless somebody has it; whether it could."""
        return self.execute(f"SELECT pg_try_advisory_xact_lock({lock_number(name)})") == [(True,)]

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """SQL that names its tables by a schema, or defines some: what a `Statement` cannot say. The rows, if any."""
        self._cursor.execute(sql, values)
        return cast("list[Row]", self._cursor.fetchall()) if self._cursor.description else []

    def create_tables(self, metadata: MetaData, *, indexes: bool = True) -> None:
        """Makes every table and index, in this transaction."""
        for table in metadata.sorted_tables:
            self._cursor.execute(str(CreateTable(table).compile(dialect=self.database.engine.dialect)))
        if indexes:
            self.create_indexes(metadata)

    def create_indexes(self, metadata: MetaData) -> None:
        """Makes every index: of tables that are full already in a fraction of the time that row after row takes."""
        for table in metadata.sorted_tables:
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                self._cursor.execute(str(CreateIndex(index).compile(dialect=self.database.engine.dialect)))

    def insert(self, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Many rows at once, their values in the order of `columns`."""
        names = ", ".join(columns)
        if self.database.kind == "sqlite":
            marks = ", ".join("?" * len(columns))
            self._cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
        else:
            with self._cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


Block: TypeAlias = AbstractContextManager["Transaction"]
"""A `with` block that is one transaction."""


def block(database: Database, begin: str | None, *, writes: bool = False, steady: bool = False) -> Block:
    """The block that begins with this SQL, or is a single read with None. In one that is `steady` nothing changes.

    Raises `Superseded`; and on PostgreSQL `Unreachable`, `Interrupted` and, where it `writes`, `OutcomeUnknown`.
    """
    return _Block(database, begin, writes=writes, steady=steady)


class _Block(AbstractContextManager["Transaction"]):
    __slots__ = ("_begin", "_connection", "_cursor", "_database", "_steady", "_writes")

    def __init__(self, database: Database, begin: str | None, *, writes: bool, steady: bool) -> None:
        self._database = database
        self._begin = begin
        self._writes = writes
        self._steady = steady

    def __enter__(self) -> Transaction:
        self._connection: Any = self._database.take()
        try:
            self._start()
        except Unreachable:
            # it broke while it lay idle, so others did too; nothing was done on it
            self._database.throw_out()
            self._connection = self._database.take()
            self._start()
        return Transaction(self._database, self._cursor, self._connection.info if self._steady else None)

    def _start(self) -> None:
        try:
            self._cursor: Any = self._connection.cursor()
            if self._begin is not None:
                self._command(self._begin)
                if self._begin == IMMEDIATE and self._database.is_gone():
                    raise Superseded  # noqa: TRY301 -- the connection is of no use any more
        except BaseException as error:
            lost = self._is_lost(error)
            self._connection.invalidate()
            if lost:
                raise Unreachable(error) from error
            if getattr(error, "sqlstate", None) in _SUPERSEDED:
                raise Superseded from error
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._begin is not None and not (error and rolled_back(self._cursor.connection)):
                self._command("COMMIT" if error is None else "ROLLBACK")
            self._cursor.close()
        except BaseException as failure:
            if rolled_back(self._cursor.connection):
                self._database.give_back(self._connection)
                raise
            lost = self._is_lost(failure)
            # a broken connection must not be the next call's
            self._connection.invalidate()
            if not lost:
                raise
            self._database.throw_out()
            if error is None and self._writes:
                raise OutcomeUnknown(failure) from failure
            if error is not None and self._database.is_drivers(error):
                raise Interrupted(error) from error
            return  # the block read what it wanted, or failed for a reason of its own
        self._database.give_back(self._connection)
        if getattr(error, "sqlstate", None) in _SUPERSEDED:
            raise Superseded from error

    def _command(self, sql: str) -> None:
        if self._database.kind == "postgresql":
            command(self._cursor.connection, sql, self._database.engine.dialect.loaded_dbapi)
        else:
            self._cursor.execute(sql)

    def _is_lost(self, error: BaseException) -> bool:
        return self._database.is_drivers(error) and self._database.has_lost(self._connection, error)
