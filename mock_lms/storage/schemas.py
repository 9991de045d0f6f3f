"""Tenants as schemas of a PostgreSQL, which several servers may share.

    mock_lms_acme          the tenant: its data, and how it is controlled
    mock_lms_acme$seed     what it began with, and whatever else was saved
    mock_lms_$_5fd0        what is not whole yet, or no longer; a seed that was planted before, to copy

Nothing is ever half there. A schema is made under a hidden name, and leaves under one, so that no reader is in the way.
Data is replaced row by row where it differs, in one transaction: who reads sees all of it, or nothing.

Servers know of each other only by locks, which last no longer than a transaction: one for all changes to which schemas
there are, one for each tenant's writers, and one for each hidden schema that is still needed. A server that starts
drops the hidden schemas that nobody has locked; whoever is about to copy a seed that is gone plants it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mock_lms.domain.errors import SnapshotNotFound, TenantExists, TenantNotFound
from mock_lms.storage import formats, schema_rows, state
from mock_lms.storage.control_tables import control
from mock_lms.storage.database import Database, DatabaseLost, Superseded, Transaction
from mock_lms.storage.postgresql import quoted
from mock_lms.storage.state import SEED, Change, Fill

HIDDEN = "$_"

LOCK_NOT_AVAILABLE = "55P03"  # what PostgreSQL says when a lock could not be had in time


class Schemas:
    """All schemas whose names begin with the prefix, and an underscore."""

    def __init__(self, url: str, prefix: str) -> None:
        self._server = Database(url).sibling("public", lock=prefix)
        self._prefix = prefix
        self.errors = (self._server.engine.dialect.loaded_dbapi.Error, DatabaseLost)

    def __str__(self) -> str:
        return f"the database {self._server.url}"

    def hold(self) -> None:
        """Does nothing: several servers may share a database."""

    def serves(self, url: str) -> None:
        """Does nothing, as `hold` does."""

    def release(self) -> None:
        """Does nothing, as `hold` does."""

    def prepare(self) -> dict[str, str]:
        """Sweeps up what earlier servers left over. Raises `Unreachable` when there is no such database.

        Tenants of an older format are upgraded: the format that each of them had.
        """
        with self._server.look() as transaction:
            schemas = self._schemas(transaction)
        for schema in (schema for schema in schemas if schema.startswith(HIDDEN)):
            self._sweep(schema)
        upgraded = {name: self._upgrade(name) for name in self.names()}
        return {name: found for name, found in upgraded.items() if found}

    def _upgrade(self, name: str) -> str:
        """Upgrades the tenant, whole or not at all. The format that it had; nothing where there is nothing to do."""
        with suppress(Superseded):  # another server drops it
            with self.control(name).look() as transaction:
                found = state.get(transaction, formats.FORMAT)
            if formats.is_older(found):
                with self._locked(name) as transaction:
                    own = [self._quoted(schema) for schema in self._own(transaction, name)]
                    schema_rows.upgrade(transaction, self._quoted(name), own[1:])
                return found
        return ""

    def names(self) -> list[str]:
        with self._server.look() as transaction:
            return sorted(schema for schema in self._schemas(transaction) if "$" not in schema)

    def identity(self, name: str) -> Any:
        """PostgreSQL looks schemas up by name in each statement, so there is nothing to grow stale."""
        return name

    def exists(self, name: str) -> bool:
        with self._server.look() as transaction:
            return self._has(transaction, name)

    def control(self, name: str) -> Database:
        return self._server.sibling(f"{self._prefix}_{name}", lock=f"control of {self._prefix}_{name}")

    def data(self, name: str, generation: str = "") -> Database:  # noqa: ARG002 -- files have generations
        return self._server.sibling(f"{self._prefix}_{name}")

    def make(self, name: str, image: str, fill: Fill) -> None:
        with self._needed(2) as (seed, data):
            # nobody else knows these two, so nobody need wait; but the image may be replaced meanwhile
            with self._as_of_one_moment(self._server, image) as transaction:
                self._copy(transaction, image, seed)
                self._copy(transaction, image, data)
                transaction.create_tables(control)
                fill(transaction)
            with self._alone(name), self._server.begin() as transaction:
                if self._has(transaction, name):
                    raise TenantExists(name)
                self._rename(transaction, seed, f"{name}${SEED}")
                self._rename(transaction, data, name)

    def drop(self, name: str) -> None:
        with self._alone(name):
            with self._locked(name) as transaction:
                if not self._has(transaction, name):
                    raise TenantNotFound(name)
                hidden = [self._hide(transaction, schema) for schema in self._own(transaction, name)]
            self._discard(*hidden)

    # --- images

    def template(self, key: str, plant: Fill) -> str:
        schema = f"{HIDDEN}{key[:16]}"
        with self._server.look() as transaction:
            if self._has(transaction, schema):
                return schema
        with self._needed(1) as (new,):
            with self._server.read() as transaction:  # as above
                self._fill(transaction, new, plant)
            with self._server.begin() as transaction:
                if not self._has(transaction, schema):  # else somebody was quicker
                    self._rename(transaction, new, schema)
        return schema

    def image(self, name: str, snapshot: str) -> str:
        with self._server.look() as transaction:
            if not self._has(transaction, f"{name}${snapshot}"):
                raise SnapshotNotFound(snapshot) if self._has(transaction, name) else Superseded
        return f"{name}${snapshot}"

    def snapshots(self, name: str) -> list[tuple[str, int]]:
        sizes = (
            "SELECT n.nspname, coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_namespace n "
            "LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r' "
            "WHERE starts_with(n.nspname, %s) GROUP BY n.nspname"
        )
        with self._server.look() as transaction:
            found = transaction.execute(sizes, [f"{self._prefix}_{name}$"])
        return sorted((schema.rpartition("$")[2], int(size)) for schema, size in found)

    def save(self, name: str, data: Database, snapshot: str) -> None:
        with self.copy_of(data) as new:
            self._name(name, new, snapshot)

    def load(self, name: str, snapshot: str, fill: Fill) -> None:
        with self._needed(1) as (new,):
            with self._server.read() as transaction:  # nobody else knows the schema, so there is nobody to wait for
                self._fill(transaction, new, fill)
            self._name(name, new, snapshot)

    def forget(self, name: str, snapshot: str) -> None:
        with self._server.begin() as transaction:
            transaction.lock(self.data(name).lock)
            if not self._has(transaction, f"{name}${snapshot}"):
                raise SnapshotNotFound(snapshot)
            hidden = self._hide(transaction, f"{name}${snapshot}")
        self._discard(hidden)

    @contextmanager
    def copy_of(self, data: Database) -> Iterator[str]:
        source = str(data.schema).removeprefix(f"{self._prefix}_")
        with self._needed(1) as (new,):
            with self._as_of_one_moment(data, source) as transaction:
                self._copy(transaction, source, new)
            yield new

    def now(self, name: str, generation: str) -> str:  # noqa: ARG002
        return name

    @contextmanager
    def side_by_side(self, data: Database, *images: str) -> Iterator[tuple[Transaction, list[str]]]:
        with self._as_of_one_moment(data, *images) as transaction:
            yield transaction, [self._quoted(image) for image in images]

    def replace(self, name: str, data: Database, registry: Database, image: str, change: Change) -> None:
        with data.begin() as transaction:
            transaction.lock(registry.lock)
            schema_rows.make_equal(transaction, self._quoted(name), self._quoted(image))
            change(transaction, transaction)

    def clear(self) -> None:
        """Drops everything."""
        with self._server.begin() as transaction:
            for schema in self._schemas(transaction):
                self._drop(transaction, schema)

    def close(self) -> None:
        """Gives every connection back."""
        self._server.close()

    # --- how

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Nobody else makes or drops a tenant of this name within the block.

        So a name is not given again before the last reader of the tenant that had it is done. PostgreSQL looks names up
        in each statement, but shows rows as they were when the transaction began: of the new tenant it would show none.
        """
        with self._server.look() as transaction:
            transaction.lock(f"name of {self._prefix}_{name}")
            yield

    @contextmanager
    def _locked(self, name: str) -> Iterator[Transaction]:
        """A transaction in which no schema comes or goes, and nobody else writes to the tenant."""
        with self._server.begin() as transaction:
            for database in (self.data(name), self.control(name)):
                transaction.lock(database.lock)
            yield transaction

    def _own(self, transaction: Transaction, name: str) -> list[str]:
        """The tenant's schemas, its own first."""
        return [schema for schema in self._schemas(transaction) if schema == name or schema.startswith(f"{name}$")]

    @contextmanager
    def _as_of_one_moment(self, data: Database, *schemas: str) -> Iterator[Transaction]:
        """Reads whole schemas. Raises `Superseded` where one of them got another's name meanwhile."""
        same = "SELECT oid::bigint = to_regnamespace(%s)::bigint FROM pg_namespace WHERE nspname = %s"
        with data.read() as transaction:
            yield transaction
            for schema in schemas:
                # names are looked up now, rows as they were: of a new schema none is seen
                if transaction.execute(same, [self._quoted(schema), f"{self._prefix}_{schema}"]) != [(True,)]:
                    raise Superseded

    def _copy(self, transaction: Transaction, source: str, target: str) -> None:
        self._fill(transaction, target, lambda transaction: schema_rows.copy_rows(transaction, self._quoted(source)))

    def _fill(self, transaction: Transaction, schema: str, fill: Fill) -> None:
        transaction.execute(f"CREATE SCHEMA {self._quoted(schema)}")
        transaction.execute(f"SET LOCAL search_path TO {self._quoted(schema)}")
        fill(transaction)

    def _name(self, name: str, new: str, snapshot: str) -> None:
        """Makes a snapshot of a hidden schema, in place of the one there was."""
        schema, hidden = f"{name}${snapshot}", list[str]()
        with self._server.begin() as transaction:
            transaction.lock(self.data(name).lock)  # the tenant is not just being reset to the one there was
            if not self._has(transaction, name):
                raise Superseded
            if self._has(transaction, schema):
                hidden.append(self._hide(transaction, schema))
            self._rename(transaction, new, schema)
        self._discard(*hidden)

    def _rename(self, transaction: Transaction, schema: str, name: str) -> None:
        transaction.execute(f"ALTER SCHEMA {self._quoted(schema)} RENAME TO {self._quoted(name)}")

    def _hide(self, transaction: Transaction, schema: str) -> str:
        """Takes its name from a schema. Waits for nobody, unlike dropping it."""
        hidden = _hidden()
        self._rename(transaction, schema, hidden)
        return hidden

    @contextmanager
    def _needed(self, count: int) -> Iterator[list[str]]:
        """Hidden names. No server that starts drops what has one within the block; afterwards that is dropped."""
        new = [_hidden() for _ in range(count)]
        with self._server.look() as transaction:
            for schema in new:
                transaction.lock(f"{self._prefix}_{schema}")
            try:
                yield new
            finally:
                self._discard(*new)

    def _sweep(self, schema: str) -> None:
        """Drops a hidden schema, unless somebody needs it. What is still read is left to the next start."""
        try:
            with self._server.begin() as transaction:  # nobody is just copying it
                if transaction.try_lock(f"{self._prefix}_{schema}"):
                    transaction.execute("SET LOCAL lock_timeout TO '1s'")
                    self._drop(transaction, schema)
        except self._server.engine.dialect.loaded_dbapi.OperationalError as error:
            if getattr(error, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise

    def _discard(self, *hidden: str) -> None:
        """Drops hidden schemas, once nobody reads them any more."""
        for schema in hidden:
            with self._server.look() as transaction:
                self._drop(transaction, schema)

    def _drop(self, transaction: Transaction, schema: str) -> None:
        transaction.execute(f"DROP SCHEMA IF EXISTS {self._quoted(schema)} CASCADE")

    def _has(self, transaction: Transaction, schema: str) -> bool:
        return bool(transaction.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [f"{self._prefix}_{schema}"]))

    def _schemas(self, transaction: Transaction) -> list[str]:
        found = transaction.execute(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s) ORDER BY 1", [f"{self._prefix}_"]
        )
        return [name.removeprefix(f"{self._prefix}_") for (name,) in found]

    def _quoted(self, schema: str) -> str:
        return quoted(f"{self._prefix}_{schema}")


def _hidden() -> str:
    return f"{HIDDEN}{secrets.token_hex(8)}"
