"""Data of an older version: how tables of an earlier format become those of `meta.FORMAT`.

A step leads from one format to the next, and is never changed once it was released. It says the same twice: in SQL, for
the tables of a tenant and of its snapshots, and as a change of rows, for a snapshot's file that is imported. A test
compares the two. Whoever changes the tables raises `meta.FORMAT` and adds a step.

    2   of 2026-11-22
    3   users and tokens have an identity, the journal counts its bytes, snapshots hold no events
    4   the table `events` is the `outbox`
    5   branches, groups, managers, additional fields, categories, catalogs, learning objects, certifications, locations
"""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import Table

from mock_lms.storage import meta, state, tables
from mock_lms.storage.database import Transaction, UnusableDatabase
from mock_lms.storage.format_steps import STEPS, WORDS, Step

FORMAT = "format"
"""The row of `meta`, and the tenant's entry, that holds the format."""


def is_older(number: object) -> bool:
    """Whether data of this format can be upgraded."""
    return isinstance(number, str) and number in STEPS


def refusal(number: object) -> str:
    """Why data of this format, which is neither ours nor an older one that we know, is not opened."""
    if isinstance(number, str) and number.isdecimal() and int(number[:9]) > int(meta.FORMAT):
        return f"made by a newer mock-lms (format {number}; this one knows formats up to {meta.FORMAT})"
    return f"made by another version of mock-lms (format {number}; this one knows {', '.join(STEPS)} and {meta.FORMAT})"


def steps_from(number: str) -> list[Step]:
    """The steps that lead from this format to ours, in order; none from ours."""
    return [step for older, step in STEPS.items() if int(older) >= int(number)]


def upgrade_data(transaction: Transaction, *, saved: bool) -> None:
    """Makes a tenant's data, or with `saved` a snapshot, that of our format. Data that is already is left alone.

    Raises `UnusableDatabase` for a format that we do not know.
    """
    number = meta.get(transaction, FORMAT)
    if number == meta.FORMAT:
        return
    if not is_older(number):
        raise UnusableDatabase(f"a tenant of an older format has data that was {refusal(number)}")
    for step in steps_from(str(number)):
        for sql in step.data:
            transaction.execute(_worded(sql, transaction))
        for table in step.created:
            if table in tables.COUNTED:
                transaction.execute(f"INSERT INTO counters (name, value) VALUES ('{table.name}', 0)")
    if saved:
        for table in tables.UNSAVED:
            transaction.execute(f"DELETE FROM {table.name}")
    transaction.execute(f"UPDATE meta SET value = '{meta.FORMAT}' WHERE name = '{FORMAT}'")


def upgrade_control(transaction: Transaction) -> None:
    """Makes a tenant's control that of our format, and says so: the last thing that an upgrade does."""
    number = state.get(transaction, FORMAT)
    if not is_older(number):
        return
    if transaction.database.kind == "sqlite":  # which has it only since 3.43
        transaction.connection.create_function("octet_length", 1, lambda text: len(text.encode()))
    for step in steps_from(number):
        for sql in step.control:
            transaction.execute(_worded(sql, transaction))
    state.put(transaction, FORMAT, meta.FORMAT)


def _worded(sql: str, transaction: Transaction) -> str:
    """The statement as the transaction's database calls things."""
    words = WORDS[transaction.database.kind]
    return functools.reduce(lambda text, word: text.replace(*word), words.items(), sql)


class Layout:
    """How a snapshot's file of some format has the tables, and how its rows become today's."""

    def __init__(self, number: str) -> None:
        """`number` is our format or one that `is_older`."""
        steps = steps_from(number)
        self._format = number
        self._names = {table: name for step in reversed(steps) for table, name in step.renamed.items()}
        self._added = {
            (table, column): value
            for step in steps
            for table, columns in step.added.items()
            for column, value in columns.items()
        }
        self.created = {table for step in steps for table in step.created}
        """Tables that the file does not have. They are empty."""

        self.unsaved = {table for step in steps for table in step.unsaved}
        """Tables of `UNSAVED` whose rows the file may nevertheless have. They are not imported."""

    def tables(self) -> list[Table]:
        """Every table of the file, in its order, which is that of its names then."""
        return sorted((table for table in tables.metadata.sorted_tables if table not in self.created), key=self.name)

    def name(self, table: Table) -> str:
        """What the table is called in the file."""
        return self._names.get(table, table.name)

    def columns(self, table: Table) -> list[str]:
        """The columns that the file has of it."""
        return [str(column.name) for column in table.c if (table, column.name) not in self._added]

    def upgraded(self, table: Table, row: list[Any]) -> list[Any]:
        """A row as today's table has it. No value of it was checked yet."""
        if self._format == meta.FORMAT:
            return row
        if table is tables.meta and row[0] == FORMAT:
            return [FORMAT, meta.FORMAT if row[1] == self._format else "not that of the file"]
        if table is tables.counters:
            return [next((str(new.name) for new, old in self._names.items() if old == row[0]), row[0]), row[1]]
        if any(table is changed for changed, _ in self._added):
            named = dict(zip(self.columns(table), row, strict=True))
            return [
                self._added[table, column.name](named) if (table, column.name) in self._added else named[column.name]
                for column in table.c
            ]
        return row
