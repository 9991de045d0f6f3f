"""What every table is made with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

metadata = MetaData()

# SQLite's rowid is an INTEGER; a BIGINT primary key would cost a second tree
Number = BigInteger().with_variant(Integer, "sqlite")

COUNTED = {"counted": True}
"""The `info` of a table whose ids the server gives, one after the other, and never twice."""

SAVED_NOWHERE = {"unsaved": True}
"""The `info` of a table that is about one state of the tenant only."""


def id_(name: str = "id") -> Column[int]:
    """A number of the primary key."""
    return Column(name, Number, primary_key=True, autoincrement=False)


def number(name: str, *, null: bool = False, default: str | None = None) -> Column[int]:
    return Column(name, Number, nullable=null, server_default=default)


def text(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=null, server_default=default)


def counted() -> tuple[Table, ...]:
    """Every table whose ids the server gives."""
    return tuple(table for table in metadata.sorted_tables if table.info.get("counted"))


def unsaved() -> tuple[Table, ...]:
    """Every table that is empty in a snapshot."""
    return tuple(table for table in metadata.sorted_tables if table.info.get("unsaved"))
