"""What only PostgreSQL needs: how a connection is set up, how a transaction begins, and what it means when one breaks.

Nothing about a tenant is remembered on a connection, so that a pooler may give each transaction another one.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Any

from sqlalchemy.engine import URL

THRESHOLD = "prepare_threshold"
"""The setting in the address that says after how many runs psycopg prepares a statement; `none` is never."""


class InvalidThreshold(Exception):
    """The address has a `prepare_threshold` that is neither a number nor `none`."""

    def __init__(self) -> None:
        super().__init__(
            f"--database: {THRESHOLD} is a number of runs after which a statement is prepared, or none; it stands "
            f"once in the address: ...?{THRESHOLD}=none"
        )


class DatabaseLost(Exception):
    """PostgreSQL cannot be reached, or a connection to it broke. `str()` is the driver's reason, in one line.

    DatabaseLost
    ├── Unreachable        no transaction began
    ├── Interrupted        the transaction broke off, so PostgreSQL rolled it back
    └── OutcomeUnknown     the answer to a COMMIT was lost: it is done, or it is not
    """

    def __init__(self, reason: BaseException) -> None:
        super().__init__(" ".join(str(reason).split()) or type(reason).__name__)


class Unreachable(DatabaseLost):
    """No transaction began, also not on a fresh connection. Nothing was done."""


class Interrupted(DatabaseLost):
    """The connection broke within a transaction, which was rolled back."""


class OutcomeUnknown(DatabaseLost):
    """The connection broke during a COMMIT. What the transaction wrote is there, or it is not."""


def settings(url: URL) -> tuple[URL, dict[str, Any]]:
    """The address without what psycopg does not take from it, and that for psycopg. Raises `InvalidThreshold`."""
    if THRESHOLD not in url.query:
        return url, {}
    said = url.query[THRESHOLD]
    if not isinstance(said, str) or not re.fullmatch("none|[0-9]{1,9}", said.lower()):
        raise InvalidThreshold
    number = None if said.lower() == "none" else int(said)
    return url.difference_update_query([THRESHOLD]), {THRESHOLD: number}


def set_up(connection: Any, _: object) -> None:
    """Sets up a new connection of psycopg's, on which nothing is prepared if it leads to a pooler.

    A pooler in transaction mode may give the next transaction another server process, where what was prepared before is
    missing; or, since psycopg counts the names of statements on each connection anew, is somebody else's statement.
    A pooler shows by the number of the server process: it invents one for the login.
    """
    set_up_prepared(connection, _)
    (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    if process != connection.info.backend_pid:
        connection.prepare_threshold = None


def set_up_prepared(connection: Any, _: object) -> None:
    """The same where the address says when statements are prepared."""
    connection.autocommit = True  # transactions are begun here, not by the driver


def command(connection: Any, sql: str, psycopg: Any) -> None:
    """Runs statements that answer nothing, as each transaction begins and ends with. Raises psycopg's errors.

    They go to libpq directly, which takes the processor half as long as psycopg's own way.
    """
    result = connection.pgconn.exec_(sql.encode())
    if result.status == psycopg.pq.ExecStatus.FATAL_ERROR:
        raise psycopg.errors.error_from_result(result)


def quoted(name: str) -> str:
    """The name of a schema as SQL has it."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def lock_number(name: str) -> int:
    """The advisory lock of this name: 64 bits, so that no two names ever have the same one."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


_WRITES = "UPDATE meta SET value = value WHERE name = 'format'"

VERSION = "SELECT xmin::text FROM meta WHERE name = 'format'"
"""The number of the last transaction that wrote to the data. Numbers come again after four billion transactions."""


@lru_cache(maxsize=1024)
def beginning(
    schema: str | None,
    *,
    lock: str | None = None,
    as_it_was: bool = False,
    durable: bool = True,
    is_data: bool = False,
) -> str:
    """How a transaction begins, in one message to the server.

    Names are looked up in the `schema`. A writing transaction waits for the `lock`, and leaves its number in `meta` if
    that is a tenant's data (`is_data`); one `as_it_was` sees all the time what there was when it began; the commit of
    one that is not `durable` does not wait for the disk.
    """
    steps = ["BEGIN ISOLATION LEVEL REPEATABLE READ" if as_it_was else "BEGIN"]
    if schema is not None:
        steps.append(f"SET LOCAL search_path TO {quoted(schema)}")
    if not durable:
        steps.append("SET LOCAL synchronous_commit TO off")
    if lock is not None:
        steps.append(f"SELECT pg_advisory_xact_lock({lock_number(lock)})")
    if is_data:
        steps.append(_WRITES)
    return "; ".join(steps)
