"""Tenants as schemas of a PostgreSQL, which several servers may share.

    mock_lms_acme          the tenant: its data, and how it is controlled
    mock_lms_acme$seed     what it began with, and whatever else was saved
    mock_lms_$_5fd0        what is not whole yet, or no longer; a seed that was planted before, to copy

Nothing is ever half there. A schema is made under a hidden name, and leaves under one, so that no reader is in the way.
Data is replaced row by row where it differs, in one transaction: who reads sees all of it, or nothing.

Servers know of each other only by locks, which last no longer than a transaction: one for all changes to which schemas
there are, one for each tenant's name and one for its writers, and one for each hidden schema that is still needed. A
server that starts drops the hidden schemas that nobody has locked; whoever is about to copy a seed that is gone plants
it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mock_lms.domain.errors import SnapshotNotFound, TenantExists, TenantNotFound
from mock_lms.storage import formats, state
from mock_lms.storage.control_tables import control
from mock_lms.storage.database import Database, DatabaseLost, Superseded, Transaction
from mock_lms.storage.state import SEED, Change, Fill
from mock_lms.storage.store import schema_rows
from mock_lms.storage.store.promises import SchemaPromises
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.schemas import HIDDEN, Schemas


class PostgresqlStore(TenantStore):
    """All schemas whose names begin with the prefix, and an underscore."""

    def __init__(self, url: str, prefix: str) -> None:
        self.prefix = prefix
        self.server = Database(url).sibling("public", lock=prefix)
        self.schemas = Schemas(self.server, prefix)
        self.promises = SchemaPromises(self.schemas)
        self.errors = (self.server.engine.dialect.loaded_dbapi.Error, DatabaseLost)

    def __str__(self) -> str:
        return f"the database {self.server.url}"

    def hold(self) -> None:
        """Does nothing: several servers may share a database."""

    def serves(self, url: str) -> None:
        """Does nothing, as `hold` does."""

    def release(self) -> None:
        """Does nothing, as `hold` does."""

    def prepare(self) -> dict[str, str]:
        self.schemas.sweep()
        upgraded = {name: self._upgrade(name) for name in self.names()}
        return {name: old_format for name, old_format in upgraded.items() if old_format}

    def _upgrade(self, name: str) -> str:
        """Upgrades the tenant, whole or not at all. The format that it had; nothing where there is nothing to do."""
        with suppress(Superseded):  # another server drops it
            with self.control(name).look() as transaction:
                old_format = state.get(transaction, formats.FORMAT)
            if formats.is_older(old_format):
                with self._locked(name) as transaction:
                    own = [self.schemas.quoted(schema) for schema in self._own(transaction, name)]
                    schema_rows.upgrade(transaction, self.schemas.quoted(name), own[1:])
                return old_format
        return ""

    def names(self) -> list[str]:
        with self.server.look() as transaction:
            return [schema for schema in self.schemas.names(transaction) if "$" not in schema]

    def identity(self, name: str) -> Any:
        # PostgreSQL looks schemas up by name in each statement, so there is nothing to grow stale
        return name

    def exists(self, name: str) -> bool:
        with self.server.look() as transaction:
            return self.schemas.has(transaction, name)

    def control(self, name: str) -> Database:
        full = self.schemas.full(name)
        return self.server.sibling(full, lock=f"control of {full}")

    def data(self, name: str, generation: str = "") -> Database:  # noqa: ARG002 -- files have generations
        return self.server.sibling(self.schemas.full(name), is_data=True)

    def make(self, name: str, image: str, fill: Fill) -> None:
        with self.schemas.needed(2) as (seed, data):
            # nobody else knows these two, so nobody need wait; but the image may be replaced meanwhile
            with self._as_of_one_moment(self.server, image) as transaction:
                self._copy(transaction, image, seed)
                self._copy(transaction, image, data)
                transaction.create_tables(control)
                fill(transaction)
            with self._alone(name) as transaction:
                transaction.lock(self.server.lock)
                if self.schemas.has(transaction, name):
                    raise TenantExists(name)
                self.schemas.rename(transaction, seed, f"{name}${SEED}")
                self.schemas.rename(transaction, data, name)

    def drop(self, name: str) -> None:
        with self._alone(name):
            with self._locked(name) as transaction:
                if not self.schemas.has(transaction, name):
                    raise TenantNotFound(name)
                hidden = [self.schemas.hide(transaction, schema) for schema in self._own(transaction, name)]
            self.schemas.discard(*hidden)

    # --- images: names of schemas

    def template(self, key: str, plant: Fill) -> str:
        schema = f"{HIDDEN}{key[:16]}"
        with self.server.look() as transaction:
            if self.schemas.has(transaction, schema):
                return schema
        with self.schemas.needed(1) as (new,):
            with self.server.read() as transaction:  # nobody else knows the schema, so there is nobody to wait for
                self.schemas.create(transaction, new)
                plant(transaction)
            with self.server.begin() as transaction:
                if not self.schemas.has(transaction, schema):  # else somebody was quicker
                    self.schemas.rename(transaction, new, schema)
        return schema

    def image(self, name: str, snapshot: str) -> str:
        with self.server.look() as transaction:
            self._find(transaction, name, snapshot)
        return f"{name}${snapshot}"

    def snapshots(self, name: str) -> list[tuple[str, int]]:
        with self.server.look() as transaction:
            sizes = self.schemas.sizes(transaction, f"{name}$")
        return sorted((schema.rpartition("$")[2], size) for schema, size in sizes)

    def save(self, name: str, data: Database, snapshot: str) -> None:
        with self.copy_of(data) as new:
            self._name(name, new, snapshot)

    def load(self, name: str, snapshot: str, fill: Fill) -> None:
        with self.schemas.needed(1) as (new,):
            with self.server.read() as transaction:  # as in `template`
                self.schemas.create(transaction, new)
                fill(transaction)
            self._name(name, new, snapshot)

    def forget(self, name: str, snapshot: str) -> None:
        with self.server.begin() as transaction:
            transaction.lock(self.data(name).lock)
            self._find(transaction, name, snapshot)
            hidden = self.schemas.hide(transaction, f"{name}${snapshot}")
        self.schemas.discard(hidden)

    @contextmanager
    def copy_of(self, data: Database) -> Iterator[str]:
        source = self.schemas.short(str(data.schema))
        with self.schemas.needed(1) as (new,):
            with self._as_of_one_moment(data, source) as transaction:
                self._copy(transaction, source, new)
            yield new

    def now(self, name: str, generation: str) -> str:  # noqa: ARG002 -- files have generations
        return name

    @contextmanager
    def side_by_side(self, data: Database, *images: str) -> Iterator[tuple[Transaction, list[str]]]:
        with self._as_of_one_moment(data, *images) as transaction:
            transaction.execute("SET TRANSACTION READ ONLY")
            yield transaction, [self.schemas.quoted(image) for image in images]

    def replace(self, name: str, data: Database, registry: Database, image: str, change: Change) -> None:
        with data.begin() as transaction:
            transaction.lock(registry.lock)
            schema_rows.make_equal(transaction, self.schemas.quoted(name), self.schemas.quoted(image))
            change(transaction, transaction)

    def clear(self) -> None:
        """Drops every tenant, and everything that was left over."""
        with self.server.begin() as transaction:
            for schema in self.schemas.names(transaction):
                self.schemas.drop(transaction, schema)

    def close(self) -> None:
        self.server.close()

    # --- how

    @contextmanager
    def _alone(self, name: str) -> Iterator[Transaction]:
        """A transaction during which nobody else makes or drops a tenant of this name.

        So a name is not given again before the last reader of the tenant that had it is done. PostgreSQL looks names up
        in each statement, but shows rows as they were when the transaction began: of the new tenant it would show none.
        """
        with self.server.sibling("public", lock=f"name of {self.schemas.full(name)}").begin() as transaction:
            yield transaction

    @contextmanager
    def _locked(self, name: str) -> Iterator[Transaction]:
        """A transaction in which no schema comes or goes, and nobody else writes to the tenant."""
        with self.server.begin() as transaction:
            for database in (self.data(name), self.control(name)):
                transaction.lock(database.lock)
            yield transaction

    def _own(self, transaction: Transaction, name: str) -> list[str]:
        """The tenant's schemas, its own first."""
        schemas = self.schemas.names(transaction)
        return [schema for schema in schemas if schema == name or schema.startswith(f"{name}$")]

    def _find(self, transaction: Transaction, name: str, snapshot: str) -> None:
        """Raises `SnapshotNotFound`, or `Superseded` where there is no such tenant."""
        if not self.schemas.has(transaction, f"{name}${snapshot}"):
            raise SnapshotNotFound(snapshot) if self.schemas.has(transaction, name) else Superseded

    @contextmanager
    def _as_of_one_moment(self, data: Database, *schemas: str) -> Iterator[Transaction]:
        """Reads whole schemas. Raises `Superseded` where one of them got another's name meanwhile."""
        with data.read() as transaction:
            yield transaction
            for schema in schemas:
                if not self.schemas.is_the_same(transaction, schema):
                    raise Superseded

    def _copy(self, transaction: Transaction, source: str, target: str) -> None:
        self.schemas.create(transaction, target)
        schema_rows.copy_rows(transaction, self.schemas.quoted(source))

    def _name(self, name: str, new: str, snapshot: str) -> None:
        """Makes a snapshot of a hidden schema, in place of the one there was."""
        schema, hidden = f"{name}${snapshot}", list[str]()
        with self.server.begin() as transaction:
            transaction.lock(self.data(name).lock)  # the tenant is not just being reset to the one there was
            if not self.schemas.has(transaction, name):
                raise Superseded
            if self.schemas.has(transaction, schema):
                hidden.append(self.schemas.hide(transaction, schema))
            self.schemas.rename(transaction, new, schema)
        self.schemas.discard(*hidden)
