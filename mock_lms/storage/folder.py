"""Tenants as SQLite files.

    DIR/acme/control.db          how it is controlled; names the data that is its own now
    DIR/acme/data-3f5c.db        that data
    DIR/acme/snapshots/seed.db   what it began with, and whatever else was saved
    DIR/.templates/              seeds that were planted before, to copy

Nothing is ever half there. What is made has a name that begins with a dot until it is whole. Data is replaced by a copy
beside it, which takes its place with the commit in `control.db` that names it; what a crash leaves over is swept away.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mock_lms.domain.errors import SnapshotNotFound, TenantExists
from mock_lms.storage import state
from mock_lms.storage.control_tables import control
from mock_lms.storage.database import Database, Session, sqlite_url
from mock_lms.storage.state import DATA, SEED, Fill

CONTROL = "control.db"

MARK = ".mock-lms"
"""The file that says whose directory this is."""

_OWN = re.compile(r"\.(new|gone|copy)-[0-9a-f]{16}(-wal|-shm)?|\.templates")
"""What is not whole yet, or no longer."""


class Folder:
    """A directory, of which this is the only user but for the processes that it was forked into."""

    errors = (OSError, sqlite3.Error)
    """What goes wrong where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return f"the directory {self.path}"

    def prepare(self) -> None:
        """Makes the directory, and sweeps up what a crash left over.

        What it removes has a name that only it gives; and nothing is removed from a directory that it did not make.
        """
        mark = self.path / MARK
        if not mark.exists():
            self.path.mkdir(parents=True)  # one that is there is somebody else's
            mark.touch()
        _sweep(self.path)
        for name in self.names():
            current = self._data_path(name, state.generation_of(self.control(name)))
            for found in self.path.joinpath(name).glob("data-*.db"):
                if found != current:
                    _remove(found)
            _sweep(self._snapshots(name))

    def names(self) -> list[str]:
        return sorted(path.parent.name for path in self.path.glob(f"*/{CONTROL}") if not path.parts[-2].startswith("."))

    def identity(self, name: str) -> Any:
        try:
            return os.stat(f"{self.path}/{name}/{CONTROL}").st_ino  # noqa: PTH116 -- at every request
        except OSError:
            return None

    def exists(self, name: str) -> bool:
        return self.identity(name) is not None

    def control(self, name: str) -> Database:
        return Database(sqlite_url(self.path / name / CONTROL), kept=True)

    def data(self, name: str, generation: str) -> Database:
        return Database(sqlite_url(self._data_path(name, generation)), kept=True)

    def make(self, name: str, image: str, fill: Callable[[Session], None]) -> None:
        with self._growing(self.path, name) as new:
            snapshots = new / "snapshots"
            snapshots.mkdir(parents=True)
            try:
                os.link(image, snapshots / f"{SEED}.db")  # images are never written to
            except OSError:
                shutil.copyfile(image, snapshots / f"{SEED}.db")
            generation = secrets.token_hex(8)
            shutil.copyfile(image, new / f"data-{generation}.db")
            with closing(Database(sqlite_url(new / CONTROL))) as database, database.begin() as session:
                session.create_tables(control)
                state.put(session, DATA, generation)
                fill(session)

    def drop(self, name: str) -> None:
        gone = self.path / f".gone-{secrets.token_hex(8)}"
        (self.path / name).rename(gone)
        shutil.rmtree(gone)

    # --- images

    def template(self, key: str, plant: Fill) -> str:
        path = self.path / ".templates" / f"{key}.db"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            self._write(path, plant)
        return str(path)

    def image(self, name: str, snapshot: str) -> str:
        path = self._snapshots(name) / f"{snapshot}.db"
        if not path.exists():
            raise SnapshotNotFound(snapshot)
        return str(path)

    def snapshots(self, name: str) -> list[tuple[str, int]]:
        found = [path for path in self._snapshots(name).glob("*.db") if not path.name.startswith(".")]
        return sorted((path.stem, path.stat().st_size) for path in found)

    def save(self, name: str, data: Database, snapshot: str) -> None:
        path = self._snapshots(name) / f"{snapshot}.db"
        with self._growing(path.parent, path.name) as new:
            _backup(data, new)

    def load(self, name: str, snapshot: str, fill: Fill) -> None:
        self._write(self._snapshots(name) / f"{snapshot}.db", fill)

    def forget(self, name: str, snapshot: str) -> None:
        Path(self.image(name, snapshot)).unlink(missing_ok=True)

    @contextmanager
    def copy_of(self, data: Database) -> Iterator[str]:
        path = self.path / f".copy-{secrets.token_hex(8)}"
        try:
            _backup(data, path)
            yield str(path)
        finally:
            path.unlink(missing_ok=True)

    def replace(
        self, name: str, data: Database, registry: Database, image: str, change: Callable[[Session, Session], None]
    ) -> None:
        with data.begin():  # whoever waits for this lock finds the file gone, and begins anew
            generation = secrets.token_hex(8)
            path = self._data_path(name, generation)
            shutil.copyfile(image, path)
            with closing(Database(sqlite_url(path), kept=True)) as new, registry.begin() as session:
                with new.begin() as fresh:
                    change(fresh, session)
                state.put(session, DATA, generation)
            _remove(Path(data.url.database or ""))

    def now(self, name: str, generation: str) -> str:
        return str(self._data_path(name, generation))

    @contextmanager
    def side_by_side(self, data: Database, before: str, after: str) -> Iterator[tuple[Session, str, str]]:
        with closing(sqlite3.connect("file::memory:", uri=True, isolation_level=None)) as connection:
            for schema, path in (("before", before), ("after", after)):
                connection.execute(f"ATTACH ? AS {schema}", [f"file:{quote(path)}?mode=ro"])
            connection.execute("BEGIN")
            yield Session(data, connection.cursor()), "before", "after"

    def close(self) -> None:
        """There is nothing to close: each database has connections of its own."""

    # --- how

    def _data_path(self, name: str, generation: str) -> Path:
        return self.path / name / f"data-{generation}.db"

    def _snapshots(self, name: str) -> Path:
        return self.path / name / "snapshots"

    def _write(self, path: Path, fill: Fill) -> None:
        with (
            self._growing(path.parent, path.name) as new,
            closing(Database(sqlite_url(new))) as database,
            database.begin() as session,
        ):
            fill(session)

    @contextmanager
    def _growing(self, parent: Path, name: str) -> Iterator[Path]:
        """A path to write at, which is given its name when it is whole."""
        new = parent / f".new-{secrets.token_hex(8)}"
        try:
            yield new
            if new.is_dir() and (parent / name).exists():
                raise TenantExists(name)
            try:
                new.replace(parent / name)
            except OSError:  # somebody was quicker
                raise TenantExists(name) from None
        finally:
            _remove(new)


def _backup(data: Database, path: Path) -> None:
    """All of it as of one moment, in one step."""
    with data.look() as session, closing(sqlite3.connect(path)) as target:
        target.execute("PRAGMA synchronous = OFF")  # it has its name only when it is whole
        session.connection.backup(target)


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        if _OWN.fullmatch(path.name):
            _remove(path)


def _remove(path: Path) -> None:
    """A directory, or a database."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    for part in ("", "-wal", "-shm"):
        Path(f"{path}{part}").unlink(missing_ok=True)
