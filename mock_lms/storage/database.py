"""Transactions; with `elements`, the only place where SQLite and PostgreSQL differ.

SQLAlchemy gives the pool, the tables and the SQL. A `Statement` is compiled once for each of the two databases and then
run on the driver itself: compiling and wrapping results was most of what a list view did.

Reading what is the case, deciding and writing is only right when nobody else does the same in between. So a writing
transaction takes the one write lock as it begins, and a reading one takes none.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterable, Sequence, Set
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Any, cast
from urllib.parse import quote

import orjson
from sqlalchemy import MetaData, Table, bindparam, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Executable

from mock_lms.storage.kept import Superseded as Superseded
from mock_lms.storage.kept import opened, rolled_back
from mock_lms.storage.limits import CONNECTIONS

Row = tuple[Any, ...]

IMMEDIATE = "BEGIN IMMEDIATE"
LOCK_WAIT = 60  # seconds that a call waits for another one's transaction

_SUPERSEDED = {"3F000", "42P01", "40P01", "40001"}
"""What PostgreSQL says when a schema or table is not there any more, or two transactions got into each other's way."""


class UnusableDatabase(Exception):
    """The database can't be opened. One line that says what to do."""


class Statement:
    """A statement made once, at import, and run with parameters by name."""

    __slots__ = ("_clause", "_compiled")

    def __init__(self, clause: Executable) -> None:
        self._clause = clause
        self._compiled: dict[str, tuple[str, Sequence[str] | None, dict[str, Any]]] = {}

    def compiled(self, database: Database) -> tuple[str, Sequence[str] | None, dict[str, Any]]:
        """SQL, the order of its parameters where they go by position, and those that the statement brings itself."""
        found = self._compiled.get(database.kind)
        if found is None:
            compiled = cast(SQLCompiler, self._clause.compile(dialect=database.engine.dialect))  # type: ignore[attr-defined]
            own = {name: value for name, value in compiled.params.items() if value is not None}
            found = (compiled.string, compiled.positiontup if compiled.positional else None, own)
            self._compiled[database.kind] = found
        return found


class Session:
    """One transaction of one database."""

    __slots__ = ("_cursor", "database")

    def __init__(self, database: Database, cursor: Any) -> None:
        self.database = database
        self._cursor = cursor

    @property
    def connection(self) -> Any:
        """The driver's own."""
        return self._cursor.connection

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

    def row(self, statement: Statement, /, **values: Any) -> Row | None:
        self.run(statement, **values)
        return cast("Row | None", self._cursor.fetchone())

    def number(self, statement: Statement, /, **values: Any) -> int:
        """The one number that it selects."""
        row = self.row(statement, **values)
        return int(row[0]) if row and row[0] is not None else 0

    def ids(self, values: Collection[int] | Collection[str]) -> Any:
        """Ids or texts as the value of a parameter of `among` or `each`. Sorted, so that trees are read in order."""
        ordered = sorted(values) if isinstance(values, Set) else list(values)
        return orjson.dumps(ordered).decode() if self.database.kind == "sqlite" else ordered

    def lock(self, name: str) -> None:
        """Waits for the writers of a sibling as well; until the end of the transaction. PostgreSQL's."""
        self.run(_LOCK, name=name)

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


class Transaction:
    """A `with` block that is one transaction."""

    __slots__ = ("_begin", "_connection", "_cursor", "_database", "_lock")

    def __init__(self, database: Database, begin: str | None, lock: Statement | None = None) -> None:
        self._database = database
        self._begin = begin
        self._lock = lock

    def __enter__(self) -> Session:
        self._connection = self._database.take()
        try:
            self._cursor: Any = self._connection.cursor()
            if self._begin is not None:
                self._cursor.execute(self._begin)
            session = Session(self._database, self._cursor)
            if self._lock is not None:
                session.run(self._lock, name=self._database.lock)
            elif self._begin == IMMEDIATE and self._database.is_gone():
                raise Superseded  # noqa: TRY301 -- the connection is of no use any more
        except BaseException:
            self._connection.invalidate()
            raise
        return session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._begin is not None and not (error and rolled_back(self._cursor.connection)):
                self._cursor.execute("COMMIT" if error is None else "ROLLBACK")
            self._cursor.close()
        except BaseException:
            # a broken connection must not be the next call's
            if rolled_back(self._cursor.connection):
                self._database.give_back(self._connection)
            else:
                self._connection.invalidate()
            raise
        self._database.give_back(self._connection)
        if getattr(error, "sqlstate", None) in _SUPERSEDED:
            raise Superseded from error


class Database:
    """Tables: those of a SQLite file, or of a PostgreSQL schema."""

    def __init__(self, url: str | URL, schema: str | None = None, *, kept: bool = False) -> None:
        """Opens nothing yet. A `kept` file is there, or gone for good: it is never made by opening it.

        Raises `UnusableDatabase` for an address that can't be one.
        """
        try:
            self.url: URL = make_url(url)
        except (ArgumentError, ValueError):  # of SQLAlchemy, and of its port
            raise UnusableDatabase(
                "--database is not an address; it looks like postgresql+psycopg://user:password@host/name"
            ) from None
        self.kind = self.url.get_backend_name()
        if self.kind not in {"sqlite", "postgresql"}:
            raise UnusableDatabase(f"--database {self.url.drivername}: only sqlite and postgresql+psycopg can be used")
        self.schema = schema
        self.lock = schema or ""
        self._idle: deque[PoolProxiedConnection] = deque()
        self._file = self.url.database if kept else None
        if self.kind == "sqlite":
            opened = self.url
            if kept:
                opened = opened.set(
                    database=f"file:{quote(self.url.database or '')}", query={"mode": "rw", "uri": "true"}
                )
            self.engine = create_engine(opened, poolclass=QueuePool, pool_size=CONNECTIONS)
            event.listen(self.engine, "connect", _set_up_sqlite)
        else:
            try:
                self.engine = create_engine(self.url, pool_size=CONNECTIONS)
            except ModuleNotFoundError:
                raise UnusableDatabase(
                    "PostgreSQL needs its driver: pip install 'mock-lms[postgresql]', and an address that begins with "
                    "postgresql+psycopg://"
                ) from None
            event.listen(self.engine, "connect", _set_up_postgresql)

    def sibling(self, schema: str, lock: str = "") -> Database:
        """Another schema of the same PostgreSQL, over the same connections. Writers of one lock wait for each other."""
        other = copy(self)
        other.schema, other.lock = schema, lock or schema
        return other

    def close(self) -> None:
        """Gives every connection back. The database opens again when it is used."""
        while self._idle:
            self._idle.pop().close()
        self.engine.dispose()

    def begin(self) -> Transaction:
        """A writing transaction: waits for its turn, commits at the end, rolls back on any exception."""
        if self.kind == "sqlite":
            return Transaction(self, IMMEDIATE)
        return Transaction(self, "BEGIN", lock=_LOCK)

    def read(self) -> Transaction:
        """A reading transaction: what it sees stays as it was when it began, and it makes nobody wait."""
        return Transaction(self, "BEGIN" if self.kind == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ")

    def look(self) -> Transaction:
        """For a single read, which is a transaction by itself: begin and commit would cost more than it does."""
        return Transaction(self, None)

    def take(self) -> PoolProxiedConnection:
        """A connection that nobody uses. Raises `Superseded`."""
        # SQLAlchemy's pool opens connections; handing them round is a deque's work, at a tenth of the time
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = opened(self._file, self.engine.raw_connection, self.engine.dialect.loaded_dbapi.Error)
        if self.schema is not None and connection.info.get("schema") != self.schema:
            connection.cursor().execute(f'SET search_path TO "{self.schema}"')
            connection.info["schema"] = self.schema
        return connection

    def give_back(self, connection: PoolProxiedConnection) -> None:
        self._idle.append(connection)

    def is_gone(self) -> bool:
        """Whether the kept file is no longer there: this is a tenant's past."""
        return self._file is not None and not os.path.exists(self._file)  # noqa: PTH110 -- half the time, at every write


def _set_up_postgresql(connection: Any, _: object) -> None:
    connection.autocommit = True  # transactions are begun here, not by the driver


_LOCK = Statement(select(func.pg_advisory_xact_lock(func.hashtext(bindparam("name"))).is_(None)))


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun here, not by the driver
    # SQLite's own knows ASCII only
    connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
    for pragma in (
        f"busy_timeout = {LOCK_WAIT * 1000}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "wal_autocheckpoint = 8000",  # pages; each waits for the disk, and every call writes a page or two of journal
        "cache_size = -4000",  # kilobytes, for each connection
    ):
        connection.execute(f"PRAGMA {pragma}")
