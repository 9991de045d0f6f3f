"""Tenants as schemas of a PostgreSQL, which several servers must not share.

    mock_lms_acme          the tenant: its data, and how it is controlled
    mock_lms_acme$seed     what it began with, and whatever else was saved
    mock_lms_$_5fd0        a seed that was planted before, to copy

Everything is one transaction. Data is replaced row by row where it differs: who reads sees all of it, or nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table

from mock_lms.domain.errors import SnapshotNotFound, TenantExists
from mock_lms.storage.control_tables import control
from mock_lms.storage.database import Database, Session
from mock_lms.storage.state import SEED, Fill
from mock_lms.storage.tables import metadata

TEMPLATE = "$_"


class Schemas:
    """All schemas whose names begin with the prefix, and an underscore."""

    def __init__(self, url: str, prefix: str) -> None:
        self._server = Database(url).sibling("public", lock=prefix)
        self._prefix = prefix
        self.errors = (self._server.engine.dialect.loaded_dbapi.Error,)

    def __str__(self) -> str:
        return f"the database {self._server.url}"

    def prepare(self) -> None:
        """Sweeps up the seeds of earlier servers. Raises what the driver raises when there is no such database."""
        with self._server.begin() as session:
            for schema in self._schemas(session):
                if schema.startswith(TEMPLATE):
                    session.execute(f"DROP SCHEMA {self._quoted(schema)} CASCADE")

    def names(self) -> list[str]:
        with self._server.look() as session:
            return sorted(schema for schema in self._schemas(session) if "$" not in schema)

    def identity(self, name: str) -> Any:
        """PostgreSQL looks schemas up by name in each statement, so there is nothing to grow stale."""
        return name

    def exists(self, name: str) -> bool:
        with self._server.look() as session:
            return self._has(session, name)

    def control(self, name: str) -> Database:
        return self._server.sibling(f"{self._prefix}_{name}", lock=f"control of {self._prefix}_{name}")

    def data(self, name: str, generation: str) -> Database:  # noqa: ARG002 -- files have generations
        return self._server.sibling(f"{self._prefix}_{name}")

    def make(self, name: str, image: str, fill: Fill) -> None:
        with self._server.begin() as session:
            if self._has(session, name):
                raise TenantExists(name)
            self._copy(session, image, f"{name}${SEED}")
            self._copy(session, image, name)
            self._enter(session, name)
            session.create_tables(control)
            fill(session)

    def drop(self, name: str) -> None:
        with self._server.begin() as session:
            for schema in self._schemas(session):
                if schema == name or schema.startswith(f"{name}$"):
                    session.execute(f"DROP SCHEMA {self._quoted(schema)} CASCADE")

    # --- images

    def template(self, key: str, plant: Fill) -> str:
        schema = f"{TEMPLATE}{key[:16]}"
        with self._server.begin() as session:
            if not self._has(session, schema):
                self._fill(session, schema, plant)
        return schema

    def image(self, name: str, snapshot: str) -> str:
        with self._server.look() as session:
            if not self._has(session, f"{name}${snapshot}"):
                raise SnapshotNotFound(snapshot)
        return f"{name}${snapshot}"

    def snapshots(self, name: str) -> list[tuple[str, int]]:
        size = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c WHERE c.relkind = 'r' AND "
        with self._server.look() as session:
            found = [schema for schema in self._schemas(session) if schema.startswith(f"{name}$")]
            sizes = [
                session.execute(f"{size} c.relnamespace = %s::regnamespace", [self._quoted(each)])[0][0]
                for each in found
            ]
        return [(schema.partition("$")[2], int(size)) for schema, size in sorted(zip(found, sizes, strict=True))]

    def save(self, name: str, data: Database, snapshot: str) -> None:
        with data.begin() as session:  # no writer is in the middle of something
            self._drop(session, f"{name}${snapshot}")
            self._copy(session, name, f"{name}${snapshot}")

    def load(self, name: str, snapshot: str, fill: Fill) -> None:
        with self._server.begin() as session:
            self._drop(session, f"{name}${snapshot}")
            self._fill(session, f"{name}${snapshot}", fill)

    def forget(self, name: str, snapshot: str) -> None:
        with self._server.begin() as session:
            self._drop(session, self.image(name, snapshot))

    @contextmanager
    def copy_of(self, data: Database) -> Iterator[str]:
        schema = f"{TEMPLATE}{secrets.token_hex(8)}"
        with data.begin() as session:
            self._copy(session, str(data.schema).removeprefix(f"{self._prefix}_"), schema)
        try:
            yield schema
        finally:
            with self._server.begin() as session:
                self._drop(session, schema)

    def now(self, name: str, generation: str) -> str:  # noqa: ARG002
        return name

    @contextmanager
    def side_by_side(self, data: Database, before: str, after: str) -> Iterator[tuple[Session, str, str]]:
        with data.read() as session:
            yield session, self._quoted(before), self._quoted(after)

    def replace(
        self, name: str, data: Database, registry: Database, image: str, change: Callable[[Session, Session], None]
    ) -> None:
        with data.begin() as session:
            session.lock(registry.lock)
            for table in metadata.sorted_tables:
                self._make_equal(session, table, self._quoted(name), self._quoted(image))
            change(session, session)

    def clear(self) -> None:
        """Drops everything."""
        with self._server.begin() as session:
            for schema in self._schemas(session):
                self._drop(session, schema)

    def close(self) -> None:
        """Gives every connection back."""
        self._server.close()

    # --- how

    def _make_equal(self, session: Session, table: Table, target: str, source: str) -> None:
        """Writes only what differs: most of a large tenant is as it was."""
        same = " AND ".join(f"s.{column.name} = t.{column.name}" for column in table.primary_key)
        source, target = f"{source}.{table.name}", f"{target}.{table.name}"
        session.execute(
            f"DELETE FROM {target} t WHERE NOT EXISTS "
            f"(SELECT FROM {source} s WHERE {same} AND (s.*) IS NOT DISTINCT FROM (t.*))"
        )
        session.execute(
            f"INSERT INTO {target} SELECT s.* FROM {source} s WHERE NOT EXISTS (SELECT FROM {target} t WHERE {same})"
        )

    def _copy(self, session: Session, source: str, target: str) -> None:
        def fill(session: Session) -> None:
            session.create_tables(metadata)
            for table in metadata.sorted_tables:
                session.execute(f"INSERT INTO {table.name} SELECT * FROM {self._quoted(source)}.{table.name}")

        self._fill(session, target, fill)

    def _fill(self, session: Session, schema: str, fill: Fill) -> None:
        session.execute(f"CREATE SCHEMA {self._quoted(schema)}")
        self._enter(session, schema)
        fill(session)

    def _enter(self, session: Session, schema: str) -> None:
        session.execute(f"SET LOCAL search_path TO {self._quoted(schema)}")

    def _drop(self, session: Session, schema: str) -> None:
        session.execute(f"DROP SCHEMA IF EXISTS {self._quoted(schema)} CASCADE")

    def _has(self, session: Session, schema: str) -> bool:
        return bool(session.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [f"{self._prefix}_{schema}"]))

    def _schemas(self, session: Session) -> list[str]:
        found = session.execute(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s) ORDER BY 1", [f"{self._prefix}_"]
        )
        return [name.removeprefix(f"{self._prefix}_") for (name,) in found]

    def _quoted(self, schema: str) -> str:
        return f'"{self._prefix}_{schema}"'
