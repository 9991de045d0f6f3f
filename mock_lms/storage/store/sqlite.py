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
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mock_lms.domain.errors import SnapshotNotFound, TenantExists, TenantNotFound
from mock_lms.storage import database_files, files, formats, meta, state
from mock_lms.storage.control_tables import control
from mock_lms.storage.database import Database, Superseded, Transaction, sqlite_url
from mock_lms.storage.lock import Lock
from mock_lms.storage.state import DATA, SEED, Change, Fill
from mock_lms.storage.store.promises import FilePromises
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.trouble import cannot_open, no_more_files

CONTROL = "control.db"

MARK = ".mock-lms"
"""The file that says whose directory this is, and who uses it now."""

_OWN = re.compile(r"\.(new|gone|copy)-[0-9a-f]{16}(-wal|-shm|-journal)?|\.templates")
"""What is not whole yet, or no longer."""

_DATA = re.compile(r"data-([0-9a-f]{16})\.db(-wal|-shm|-journal)?")
"""A tenant's data, now or in the past."""


class SqliteStore(TenantStore):
    """A directory, of which this is the only user but for the processes that it was forked into: a lock sees to it."""

    errors = (OSError, sqlite3.Error)

    def __init__(self, path: Path) -> None:
        self.path = path
        self.promises = FilePromises(path / ".due")
        self._lock = Lock(path / MARK)

    def __str__(self) -> str:
        return f"the directory {self.path}"

    def hold(self) -> None:
        """Makes the directory, too. Raises `UnusableDatabase` on a file system without locks."""
        mark = self.path / MARK
        if not mark.exists():
            files.make_directory(self.path)
            # whoever starts in the same moment makes the mark first
            if any(self.path.iterdir()) and not mark.exists():
                raise FileExistsError(f"it is not empty, and has no {MARK}: it is not a directory of mock-lms")
        self._lock.take()

    def serves(self, url: str) -> None:
        self._lock.say(url)

    def release(self) -> None:
        self._lock.release()

    def prepare(self) -> dict[str, str]:
        """Keeps everybody but its owner out of the directory, too.

        What it removes has a name that only it gives; and nothing is removed from a directory that it did not make.
        """
        self.hold()
        with suppress(PermissionError):  # a file system without modes
            files.tighten(self.path)
        database_files.sweep(self.path, _OWN)
        upgraded = {}
        links: dict[tuple[int, int], Path] = {}
        for name in self.names():
            with closing(self.control(name)) as control:
                with database_files.named(self.path / name / CONTROL, "cannot be read"), control.look() as transaction:
                    generation, old_format = (state.get(transaction, entry) for entry in (DATA, formats.FORMAT))
                is_older = formats.is_older(old_format)
                if generation and (is_older or old_format == meta.FORMAT):
                    database_files.sweep(self.path / name, _DATA, generation)
                if generation and is_older:
                    self._upgrade(name, control, generation, links)
                    upgraded[name] = old_format
        return upgraded

    def _upgrade(self, name: str, control: Database, generation: str, links: dict[tuple[int, int], Path]) -> None:
        """Upgrades one file after the other. Whatever interrupts it, the next start finds it to be done and goes on.

        Each file is on the disk before the next one is begun, and `control`, which says the format, is the last.
        `links`: the snapshots upgraded so far, by their former files. Raises `UnusableDatabase` for a damaged file.
        """
        for path in sorted(self._snapshots(name).glob("*.db")):
            with database_files.named(path):
                if database_files.format_of(path) != meta.FORMAT:
                    self._upgrade_snapshot(path, links)
        files.sync(self._snapshots(name))
        path = self._data_path(name, generation)
        with database_files.named(path), closing(self.data(name, generation)) as data, data.begin() as transaction:
            formats.upgrade_data(transaction, saved=False)
        with database_files.named(self.path / name / CONTROL), control.begin() as transaction:
            formats.upgrade_control(transaction)

    def _upgrade_snapshot(self, path: Path, links: dict[tuple[int, int], Path]) -> None:
        """Puts an upgraded copy in its place: other tenants' snapshots may be the same file by another name."""
        file = path.stat().st_dev, path.stat().st_ino
        with self._growing(path.parent, path.name) as new:
            if file in links:
                files.link(links[file], new)
            else:
                files.copy(path, new)
                with database_files.unhurried(new) as transaction:
                    formats.upgrade_data(transaction, saved=True)
                files.sync(new)
        links.setdefault(file, path)

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

    def make(self, name: str, image: str, fill: Fill) -> None:
        with _superseded(), self._growing(self.path, name) as new:
            snapshots = new / "snapshots"
            files.make_directory(new)
            files.make_directory(snapshots)
            files.link(Path(image), snapshots / f"{SEED}.db")
            generation = secrets.token_hex(8)
            # of that, as another image may have the same name by now
            files.copy(snapshots / f"{SEED}.db", new / f"data-{generation}.db")
            files.copy(self.template(CONTROL, _control), new / CONTROL)
            with database_files.unhurried(new / CONTROL) as transaction:
                state.put(transaction, DATA, generation)
                fill(transaction)

    def drop(self, name: str) -> None:
        gone = self.path / f".gone-{secrets.token_hex(8)}"
        try:
            (self.path / name).rename(gone)
        except FileNotFoundError:
            raise TenantNotFound(name) from None
        database_files.remove(gone)

    # --- images

    def template(self, key: str, plant: Fill) -> str:
        path = self.path / ".templates" / f"{key}.db"
        if not path.exists():
            files.make_directory(path.parent)
            self._write(path, plant)
        return str(path)

    def image(self, name: str, snapshot: str) -> str:
        path = self._snapshots(name) / f"{snapshot}.db"
        if not path.exists():
            raise SnapshotNotFound(snapshot) if self.exists(name) else Superseded
        return str(path)

    def snapshots(self, name: str) -> list[tuple[str, int]]:
        with _superseded():
            return sorted((path.stem, path.stat().st_size) for path in self._snapshots(name).glob("*.db"))

    def save(self, name: str, data: Database, snapshot: str) -> None:
        path = self._snapshots(name) / f"{snapshot}.db"
        with _superseded(), self._growing(path.parent, path.name) as new:
            database_files.backup(data, new)

    def load(self, name: str, snapshot: str, fill: Fill) -> None:
        with _superseded():
            self._write(self._snapshots(name) / f"{snapshot}.db", fill)

    def forget(self, name: str, snapshot: str) -> None:
        try:
            Path(self.image(name, snapshot)).unlink()
        except FileNotFoundError:
            raise SnapshotNotFound(snapshot) from None

    @contextmanager
    def copy_of(self, data: Database) -> Iterator[str]:
        path = self.path / f".copy-{secrets.token_hex(8)}"
        try:
            database_files.backup(data, path)
            yield str(path)
        finally:
            path.unlink(missing_ok=True)

    def replace(self, name: str, data: Database, registry: Database, image: str, change: Change) -> None:
        # whoever waits for this lock finds the file gone, and begins anew
        with _superseded(), data.begin():
            generation = secrets.token_hex(8)
            path = self._data_path(name, generation)
            try:
                files.copy(image, path)
                with registry.begin() as transaction:
                    with closing(Database(sqlite_url(path), kept=True)) as new, new.look() as fresh:
                        change(fresh, transaction)
                    state.put(transaction, DATA, generation)
            except Exception as error:
                database_files.remove(path)
                if data.is_gone():
                    raise Superseded from error
                raise
            database_files.remove(Path(data.url.database or ""))

    def now(self, name: str, generation: str) -> str:
        return str(self._data_path(name, generation))

    @contextmanager
    def side_by_side(self, data: Database, *images: str) -> Iterator[tuple[Transaction, list[str]]]:
        memory = closing(sqlite3.connect("file::memory:", uri=True, isolation_level=None))
        with _superseded(), memory as connection:
            names = [f"s{number}" for number in range(len(images))]
            try:
                for name, path in zip(names, images, strict=True):
                    # an image has no journal, and is to get none
                    how = "mode=ro" if _DATA.fullmatch(Path(path).name) else "mode=ro&immutable=1"
                    connection.execute(f"ATTACH ? AS {name}", [f"file:{quote(path)}?{how}"])
                connection.execute("BEGIN")
                for name in names:
                    connection.execute(f"SELECT 1 FROM {name}.sqlite_master").fetchone()
            except sqlite3.OperationalError:
                if all(map(os.path.exists, images)):
                    raise
            # a file that went while it was opened may have been read without its journal
            if not all(map(os.path.exists, images)):
                raise Superseded
            yield Transaction(data, connection.cursor()), names

    def close(self) -> None:
        """Does nothing: each database has connections of its own."""

    def _data_path(self, name: str, generation: str) -> Path:
        return self.path / name / f"data-{generation}.db"

    def _snapshots(self, name: str) -> Path:
        return self.path / name / "snapshots"

    def _write(self, path: Path, fill: Fill) -> None:
        with self._growing(path.parent, path.name) as new, database_files.unhurried(new) as transaction:
            fill(transaction)

    @contextmanager
    def _growing(self, parent: Path, name: str) -> Iterator[Path]:
        """A path to write at, which is given its name when it is whole. A tenant may be dropped meanwhile."""
        new = self.path / f".new-{secrets.token_hex(8)}"
        try:
            yield new
            if new.is_dir() and self.exists(name):
                raise TenantExists(name)
            try:
                new.replace(parent / name)
            except FileNotFoundError:
                raise  # the tenant was dropped
            except OSError:
                if new.is_dir() and self.exists(name):  # somebody was quicker
                    raise TenantExists(name) from None
                raise
        finally:
            database_files.remove(new)


def _control(transaction: Transaction) -> None:
    transaction.create_tables(control)


@contextmanager
def _superseded() -> Iterator[None]:
    """A file that is not there any more was replaced or dropped in this moment. Raises `Superseded`."""
    try:
        yield
    except FileNotFoundError:
        raise Superseded from None
    except sqlite3.OperationalError as error:
        if not cannot_open(error) or no_more_files():
            raise
        raise Superseded from None
