"""SQLite databases as files: made, copied, and removed with all that belongs to them."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from mock_lms.storage import files
from mock_lms.storage.database import Database, sqlite_url
from mock_lms.storage.tables import UNSAVED


def unhurried(path: Path) -> Database:
    """A file that has its name only when it is whole, so that nothing need wait for the disk before."""
    if not path.exists():
        files.create(path).close()
    database = Database(sqlite_url(path))
    with database.look() as session:
        session.execute("PRAGMA synchronous = OFF")
    return database


def backup(data: Database, path: Path) -> None:
    """A saved state: all of it as of one moment, in one step, but for what is not saved."""
    files.create(path).close()
    with data.look() as session, closing(sqlite3.connect(path)) as target:
        # it has its name only when it is whole
        target.execute("PRAGMA synchronous = OFF")
        target.execute("PRAGMA journal_mode = OFF")
        session.connection.backup(target)
        for table in UNSAVED:
            target.execute(f"DELETE FROM {table.name}")
        target.commit()


def sweep(folder: Path, own: re.Pattern[str], current: str = "") -> None:
    """Removes what has such a name, unless it is of the current generation."""
    for path in folder.iterdir():
        found = own.fullmatch(path.name)
        if found and (not current or found[1] != current):
            remove(path)


def remove(path: Path) -> None:
    """A directory, or a database."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    for part in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{part}").unlink(missing_ok=True)
