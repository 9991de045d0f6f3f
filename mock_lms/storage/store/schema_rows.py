"""The rows of whole schemas of PostgreSQL, which are named here as SQL has them, in quotes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Table

from mock_lms.storage import formats
from mock_lms.storage.database import Transaction
from mock_lms.storage.tables import UNSAVED, metadata


def copy_rows(transaction: Transaction, source: str) -> None:
    """Makes the tables of a tenant's data in the transaction's own schema, with the rows of the source."""
    transaction.create_tables(metadata, indexes=False)
    for table in metadata.sorted_tables:
        if table not in UNSAVED:
            # by name: in tables that were upgraded a column that was added is the last
            names = ", ".join(column.name for column in table.c)
            transaction.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {source}.{table.name}")
    transaction.create_indexes(metadata)


def make_equal(transaction: Transaction, target: str, source: str) -> None:
    """Gives the target the rows of the source. Writes only what differs: most of a large tenant is as it was."""
    for table in metadata.sorted_tables:
        _make_equal(transaction, table, f"{target}.{table.name}", f"{source}.{table.name}")


def _make_equal(transaction: Transaction, table: Table, target: str, source: str) -> None:
    same = " AND ".join(f"s.{column.name} = t.{column.name}" for column in table.primary_key)
    ours, theirs = (", ".join(f"{side}.{c.name}" for c in table.c if not c.primary_key) for side in "ts")
    transaction.execute(
        f"DELETE FROM {target} t WHERE NOT EXISTS "
        f"(SELECT FROM {source} s WHERE {same} AND ROW({theirs}) IS NOT DISTINCT FROM ROW({ours}))"
    )
    # what is left is in the source, so that equally many rows are the same ones
    lacks_rows = f"SELECT (SELECT count(*) FROM {source}) > (SELECT count(*) FROM {target})"
    if transaction.execute(lacks_rows) == [(True,)]:
        names = ", ".join(column.name for column in table.c)
        transaction.execute(
            f"INSERT INTO {target} ({names}) SELECT {names} FROM {source} s "
            f"WHERE NOT EXISTS (SELECT FROM {target} t WHERE {same})"
        )


def upgrade(transaction: Transaction, tenant: str, snapshots: Iterable[str]) -> None:
    """Makes the schemas of a tenant of an older format those of ours, in one transaction."""
    for snapshot in snapshots:
        transaction.execute(f"SET LOCAL search_path TO {snapshot}")
        formats.upgrade_data(transaction, saved=True)
    transaction.execute(f"SET LOCAL search_path TO {tenant}")
    formats.upgrade_data(transaction, saved=False)
    formats.upgrade_control(transaction)
