"""SQLite files of a command's own: for their owner only, and changed whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def connect(path: Path, *, timeout: float = 5.0) -> sqlite3.Connection:
    """Opens or makes the file. It holds what people achieved."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    return sqlite3.connect(path, timeout=timeout, isolation_level=None)


@contextmanager
def whole(database: sqlite3.Connection) -> Iterator[None]:
    """All that happens within is on the disk afterwards, or nothing of it."""
    database.execute("BEGIN")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # not so where Ctrl-C came while it was committed
            database.execute("ROLLBACK")
        raise
