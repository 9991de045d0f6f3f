"""Which tenants have something due, and when in real time: so that idle tenants cost whoever waits for it nothing.

Whoever writes that something is due makes a promise, in the transaction that writes it. Whoever keeps promises looks at
the tenant in a writing transaction of its own, and settles the promise after that. A promise that was not settled is
due again `AGAIN` seconds later, since whoever took it may have died.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from mock_lms.storage.files import PRIVATE_DIRECTORY, PRIVATE_FILE
from mock_lms.storage.store.schemas import Schemas
from mock_lms.storage.transaction import Block

AGAIN = 15.0


class Promises(Protocol):
    """Those of a store. Moments are seconds of the real time since 1970."""

    def make(self, name: str, moment: float) -> None:
        """The tenant has something due at this moment, or did already have something due earlier."""

    def due(self, now: float) -> list[tuple[str, float]]:
        """The tenants whose moment has come, each with what `settle` is told. They are due again a little later."""

    def settle(self, name: str, taken: float, moment: float | None) -> None:
        """What was due is done; the next is due at this moment, or nothing is. An earlier promise since `due` stays.

        To be called where nobody else can make a promise for the tenant: in a writing transaction of its control.
        """


class FilePromises:
    """A directory with an empty file for each promise: its name is the tenant, and it was changed when it is due."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self, name: str, moment: float) -> None:
        path = self._path / name
        with suppress(FileNotFoundError):
            if path.stat().st_mtime <= moment:
                return
        self._path.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
        # until its time is set it is due at once, which is too early at worst
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, PRIVATE_FILE))
        os.utime(path, (moment, moment))

    def due(self, now: float) -> list[tuple[str, float]]:
        taken = []
        with suppress(FileNotFoundError), os.scandir(self._path) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if not entry.name.startswith(".") and entry.stat().st_mtime <= now:
                        os.utime(entry.path, (now + AGAIN, now + AGAIN))
                        taken.append((entry.name, os.stat(entry.path).st_mtime))  # noqa: PTH116 -- as it was stored
        return taken

    def settle(self, name: str, taken: float, moment: float | None) -> None:
        path = self._path / name
        if moment is not None:
            with suppress(FileNotFoundError):
                if path.stat().st_mtime == taken:
                    os.utime(path, (moment, moment))
            return
        aside = self._path / f".{name}-{secrets.token_hex(8)}"
        with suppress(FileNotFoundError):
            path.rename(aside)
            earlier = aside.stat().st_mtime
            if earlier != taken:
                self.make(name, earlier)
            aside.unlink()


class SchemaPromises:
    """A table in a schema of its own, which every server of the database uses."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._table = f"{schemas.quoted('$due')}.promises"
        self._is_made = False

    def make(self, name: str, moment: float) -> None:
        with self._transaction() as transaction:
            transaction.execute(
                f"INSERT INTO {self._table} VALUES (%s, %s) ON CONFLICT (name) "
                f"DO UPDATE SET moment = least(promises.moment, excluded.moment)",
                [name, moment],
            )

    def due(self, now: float) -> list[tuple[str, float]]:
        with self._transaction() as transaction:
            rows = transaction.execute(
                f"UPDATE {self._table} SET moment = %s WHERE moment <= %s RETURNING name, moment", [now + AGAIN, now]
            )
        return [(str(name), float(moment)) for name, moment in rows]

    def settle(self, name: str, taken: float, moment: float | None) -> None:
        change = f"DELETE FROM {self._table}" if moment is None else f"UPDATE {self._table} SET moment = %s"
        values = [name, taken] if moment is None else [moment, name, taken]
        with self._transaction() as transaction:
            transaction.execute(f"{change} WHERE name = %s AND moment = %s", values)

    def _transaction(self) -> Block:
        if not self._is_made:
            with self._schemas.server.begin() as transaction:
                transaction.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schemas.quoted('$due')}")
                columns = "name TEXT PRIMARY KEY, moment DOUBLE PRECISION NOT NULL"
                transaction.execute(f"CREATE TABLE IF NOT EXISTS {self._table} ({columns})")
            self._is_made = True
        return self._schemas.server.look()
