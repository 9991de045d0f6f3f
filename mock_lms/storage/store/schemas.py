"""The schemas of a PostgreSQL that belong to one server, or to several that share their tenants.

Their names begin with a prefix and an underscore; here each is called by what follows. A hidden one is not whole
yet, or no longer wanted: nobody looks for it, and the next start drops it unless somebody has locked it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from mock_lms.storage.database import Database, Transaction
from mock_lms.storage.postgresql import quoted

HIDDEN = "$_"

LOCK_NOT_AVAILABLE = "55P03"  # what PostgreSQL says when a lock could not be had in time


class Schemas:
    """All schemas of a prefix. Changes to which there are belong into a transaction of `server.begin()`."""

    def __init__(self, server: Database, prefix: str) -> None:
        self.server = server
        self._prefix = prefix

    def full(self, schema: str) -> str:
        """The schema's whole name, which is also that of its lock."""
        return f"{self._prefix}_{schema}"

    def short(self, full: str) -> str:
        """What `full` made longer."""
        return full.removeprefix(f"{self._prefix}_")

    def quoted(self, schema: str) -> str:
        """As SQL has it."""
        return quoted(self.full(schema))

    def has(self, transaction: Transaction, schema: str) -> bool:
        """Whether there is such a schema."""
        return bool(transaction.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [self.full(schema)]))

    def names(self, transaction: Transaction) -> list[str]:
        """Every schema there is, hidden ones too, sorted."""
        rows = transaction.execute(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s) ORDER BY 1", [self.full("")]
        )
        return [self.short(name) for (name,) in rows]

    def sizes(self, transaction: Transaction, beginning: str) -> list[tuple[str, int]]:
        """The schemas whose names begin so, each with the bytes of its tables."""
        sql = (
            "SELECT n.nspname, coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_namespace n "
            "LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r' "
            "WHERE starts_with(n.nspname, %s) GROUP BY n.nspname"
        )
        return [(self.short(name), int(size)) for name, size in transaction.execute(sql, [self.full(beginning)])]

    def is_the_same(self, transaction: Transaction, schema: str) -> bool:
        """Whether the schema of this name is still the one that had it when a reading transaction began.

        Names are looked up now, rows as they were then: of a new schema none would be seen.
        """
        same = "SELECT oid::bigint = to_regnamespace(%s)::bigint FROM pg_namespace WHERE nspname = %s"
        return transaction.execute(same, [self.quoted(schema), self.full(schema)]) == [(True,)]

    def create(self, transaction: Transaction, schema: str) -> None:
        """Makes the schema, in which names are looked up for the rest of the transaction."""
        transaction.execute(f"CREATE SCHEMA {self.quoted(schema)}")
        transaction.execute(f"SET LOCAL search_path TO {self.quoted(schema)}")

    def rename(self, transaction: Transaction, schema: str, name: str) -> None:
        """Gives the schema another name."""
        transaction.execute(f"ALTER SCHEMA {self.quoted(schema)} RENAME TO {self.quoted(name)}")

    def hide(self, transaction: Transaction, schema: str) -> str:
        """Gives the schema a hidden name. Waits for nobody, unlike dropping it."""
        hidden = _hidden()
        self.rename(transaction, schema, hidden)
        return hidden

    def drop(self, transaction: Transaction, schema: str) -> None:
        """Drops the schema, if there is one. Waits for whoever reads it."""
        transaction.execute(f"DROP SCHEMA IF EXISTS {self.quoted(schema)} CASCADE")

    def discard(self, *hidden: str) -> None:
        """Drops hidden schemas, once nobody reads them any more."""
        for schema in hidden:
            with self.server.look() as transaction:
                self.drop(transaction, schema)

    @contextmanager
    def needed(self, count: int) -> Iterator[list[str]]:
        """Hidden names. No server that starts drops what has one within the block; afterwards that is dropped."""
        new = [_hidden() for _ in range(count)]
        with self.server.look() as transaction:
            for schema in new:
                transaction.lock(self.full(schema))
            try:
                yield new
            finally:
                self.discard(*new)

    def sweep(self) -> None:
        """Drops the hidden schemas that nobody needs. Those that are still read are left to the next start."""
        with self.server.look() as transaction:
            names = self.names(transaction)
        for schema in names:
            if schema.startswith(HIDDEN):
                self._sweep(schema)

    def _sweep(self, schema: str) -> None:
        try:
            with self.server.begin() as transaction:  # nobody is just copying it
                if transaction.try_lock(self.full(schema)):
                    transaction.execute("SET LOCAL lock_timeout TO '1s'")
                    self.drop(transaction, schema)
        except self.server.engine.dialect.loaded_dbapi.OperationalError as error:
            if getattr(error, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise


def _hidden() -> str:
    return f"{HIDDEN}{secrets.token_hex(8)}"
