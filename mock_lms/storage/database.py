"""Where transactions come from. Only here, in `transaction`, `postgresql` and `elements` do the two databases differ.

SQLAlchemy gives the pool, the tables and the SQL. A `Statement` is compiled once for each of the two databases and then
run on the driver itself: compiling and wrapping results was most of what a list view did.

Reading what is the case, deciding and writing is only right when nobody else does the same in between. So a writing
transaction takes the one write lock as it begins, and a reading one takes none.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from copy import copy
from itertools import count
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Executable

from mock_lms.storage import postgresql
from mock_lms.storage.kept import Superseded as Superseded
from mock_lms.storage.kept import opened
from mock_lms.storage.limits import CONNECTIONS
from mock_lms.storage.postgresql import DatabaseLost as DatabaseLost
from mock_lms.storage.postgresql import Interrupted as Interrupted
from mock_lms.storage.postgresql import OutcomeUnknown as OutcomeUnknown
from mock_lms.storage.postgresql import Unreachable as Unreachable
from mock_lms.storage.transaction import IMMEDIATE, Block, block
from mock_lms.storage.transaction import Row as Row
from mock_lms.storage.transaction import Transaction as Transaction

_numbers = count()

LOCK_WAIT = 60  # seconds that a call waits for another one's transaction


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
        entry = self._compiled.get(database.kind)
        if entry is None:
            compiled = cast(SQLCompiler, self._clause.compile(dialect=database.engine.dialect))  # type: ignore[attr-defined]
            own = {name: value for name, value in compiled.params.items() if value is not None}
            entry = (compiled.string, compiled.positiontup if compiled.positional else None, own)
            self._compiled[database.kind] = entry
        return entry


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
        self.is_data = False
        self.number = next(_numbers)
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
                opened, chosen = postgresql.settings(self.url)
                self.engine = create_engine(opened, pool_size=CONNECTIONS, connect_args=chosen)
            except postgresql.InvalidThreshold as error:
                raise UnusableDatabase(str(error)) from None
            except ModuleNotFoundError:
                raise UnusableDatabase(
                    "PostgreSQL needs its driver: in a checkout `pip install '.[postgresql]'`, and an address that "
                    "begins with postgresql+psycopg://"
                ) from None
            event.listen(self.engine, "connect", postgresql.set_up_prepared if chosen else postgresql.set_up)

    @property
    def follows_indexes(self) -> bool:
        """Whether rows in the order of an index are read from where the last statement ended, whatever the filters.

        PostgreSQL rather joins whole tables and sorts what comes of it, for each page anew.
        """
        return self.kind == "sqlite"

    def sibling(self, schema: str, lock: str = "", *, is_data: bool = False) -> Database:
        """Another schema of the same PostgreSQL, over the same connections. Writers of one lock wait for each other.

        Of a tenant's data (`is_data`) transactions can tell the version.
        """
        other = copy(self)
        other.schema, other.lock, other.is_data = schema, lock or schema, is_data
        return other

    def close(self) -> None:
        """Gives every connection back. The database opens again when it is used."""
        while self._idle:
            self._idle.pop().close()
        self.engine.dispose()

    def begin(self, *, durable: bool = True) -> Block:
        """A writing transaction: waits for its turn, commits at the end, rolls back on any exception.

        One that is not `durable` is seen by all at once, but lost if PostgreSQL itself crashes within the next moment:
        its commit does not wait for the disk, for which no commit to SQLite waits here.
        """
        if self.kind == "sqlite":
            return block(self, IMMEDIATE)
        begin = postgresql.beginning(self.schema, lock=self.lock, durable=durable, is_data=self.is_data)
        return block(self, begin, writes=True)

    def read(self) -> Block:
        """A reading transaction: what it sees stays as it was when it began, and it makes nobody wait."""
        begin = "BEGIN" if self.kind == "sqlite" else postgresql.beginning(self.schema, as_it_was=True)
        return block(self, begin, steady=True)

    def look(self) -> Block:
        """For a single read. On SQLite it is a transaction by itself: begin and commit would cost more than it does."""
        return block(self, None if self.kind == "sqlite" else postgresql.beginning(self.schema))

    def take(self) -> PoolProxiedConnection:
        """A connection that nobody uses. Raises `Superseded`, `Unreachable`."""
        # SQLAlchemy's pool opens connections; handing them round is a deque's work, at a tenth of the time
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return opened(self._file, self.engine.raw_connection, self.engine.dialect.loaded_dbapi.Error)
        except Exception as error:
            # a host that is no name is refused by Python, before the driver
            if self.kind == "postgresql" and (self.is_drivers(error) or isinstance(error, UnicodeError)):
                raise Unreachable(error) from error
            raise

    def give_back(self, connection: PoolProxiedConnection) -> None:
        self._idle.append(connection)

    def throw_out(self) -> None:
        """Closes the connections that nobody uses, without a word to the server: one of them was found dead."""
        while self._idle:
            self._idle.pop().invalidate()

    def is_drivers(self, error: BaseException | None) -> bool:
        """Whether the driver raised it."""
        return isinstance(error, self.engine.dialect.loaded_dbapi.Error)

    def has_lost(self, connection: PoolProxiedConnection, error: Any) -> bool:
        """Whether the driver's error means that the connection to PostgreSQL is no more."""
        return self.kind == "postgresql" and self.engine.dialect.is_disconnect(error, connection.dbapi_connection, None)

    def is_gone(self) -> bool:
        """Whether the kept file is no longer there: this is a tenant's past."""
        return self._file is not None and not os.path.exists(self._file)  # noqa: PTH110 -- half the time, at every write


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
