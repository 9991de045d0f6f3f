"""SQLite databases as files: made, copied, and removed with all that belongs to them."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from mock_lms.storage import files
from mock_lms.storage.database import Database, Superseded, Transaction, UnusableDatabase, sqlite_url
from mock_lms.storage.tables import UNSAVED
from mock_lms.storage.trouble import trouble

CACHE = 64_000
"""Kilobytes of a file that is being written, which sorting its indexes takes too."""


@contextmanager
def unhurried(path: Path) -> Iterator[Transaction]:
    """Writes to a file that has its name only when it is whole, and is removed if it never is.

    So nothing need wait for the disk before, and nothing need be written twice to be undone.
    """
    if not path.exists():
        files.create(path).close()
    with closing(Database(sqlite_url(path))) as database:
        with database.look() as transaction:
            for pragma in ("synchronous = OFF", "journal_mode = OFF", f"cache_size = -{CACHE}"):
                transaction.execute(f"PRAGMA {pragma}")
        with database.begin() as transaction:
            yield transaction
        with database.look() as transaction:
            transaction.execute("PRAGMA journal_mode = WAL")  # as whoever opens it wants it


def backup(data: Database, path: Path) -> None:
    """A saved state: all of it as of one moment, in one step, but for what is not saved."""
    files.create(path).close()
    with data.look() as transaction, closing(sqlite3.connect(path)) as target:
        # it has its name only when it is whole
        target.execute("PRAGMA synchronous = OFF")
        target.execute("PRAGMA journal_mode = OFF")
        transaction.connection.backup(target)
        for table in UNSAVED:
            target.execute(f"DELETE FROM {table.name}")
        target.commit()


def format_of(image: Path) -> str | None:
    """The format of an image. It has no journal, and gets none."""
    with closing(sqlite3.connect(f"file:{quote(str(image))}?mode=ro&immutable=1", uri=True)) as connection:
        row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    return row[0] if row else None


@contextmanager
def named(path: Path, problem: str = "was made by an older mock-lms and cannot be upgraded") -> Iterator[None]:
    """Names the file that is damaged, or gone. Raises `UnusableDatabase`; a full disk and the like pass as they are."""
    try:
        yield
    except (sqlite3.DatabaseError, Superseded) as error:
        if trouble(error):
            raise
        raise UnusableDatabase(
            f"{path} {problem}: {error or 'it is gone'}; put a whole file in its place, or move the tenant's directory "
            "elsewhere"
        ) from error


def sweep(folder: Path, own: re.Pattern[str], current: str = "") -> None:
    """Removes what has such a name, unless it is of the current generation."""
    for path in folder.iterdir():
        match = own.fullmatch(path.name)
        if match and (not current or match[1] != current):
            remove(path)


def remove(path: Path) -> None:
    """A directory, or a database."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    for part in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{part}").unlink(missing_ok=True)
