"""Every statement that is made at import is valid on either database, whichever its callers' tests use."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mock_lms import services, storage
from mock_lms.storage.control_tables import control
from mock_lms.storage.database import Database, Statement
from mock_lms.storage.tables import metadata


def inside(value: Any, name: str) -> Iterator[tuple[str, Statement]]:
    """The statements that a value is or holds, by name."""
    if isinstance(value, Statement):
        yield name, value
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield from inside(held, f"{name}[{key!r}]")
    elif isinstance(value, tuple):
        for number, held in enumerate(value):
            yield from inside(held, f"{name}[{number}]")


STATEMENTS = dict(
    found
    for package in (storage, services)
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    for name, value in vars(importlib.import_module(info.name)).items()
    for found in inside(value, f"{info.name}.{name}")
)


def refusal(database: Database, statement: Statement) -> str:
    """What the database has against the statement; empty where it would run it."""
    sql, order, _ = statement.compiled(database)
    numbers: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

    try:
        with database.begin() as transaction:
            if database.kind == "sqlite":
                names = order or re.findall(r":(\w+)", sql)
                values = dict.fromkeys(names) if order is None else [None] * len(order)
                transaction._cursor.execute(f"EXPLAIN {sql}", values)
            else:
                prepared = re.sub(r"%\((\w+)\)s", number, sql).replace("%%", "%")
                transaction.execute(f"PREPARE tried AS {prepared}")
                transaction.execute("DEALLOCATE tried")
    except Exception as error:  # noqa: BLE001 -- the driver's, of either database
        return str(error)
    return ""


@pytest.mark.both_databases
def test_every_statement_is_valid(database: Database) -> None:
    assert len(STATEMENTS) > 60
    with database.begin() as transaction:
        transaction.create_tables(metadata)
        transaction.create_tables(control)
    refused = {name: said for name, statement in STATEMENTS.items() if (said := refusal(database, statement))}
    assert refused == {}
