"""Tenants without anything but what every tenant has, and what it takes to plant in them and look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from mock_lms.seeds import UnusableSeed, plant
from mock_lms.storage.database import Database, Statement, sqlite_url
from mock_lms.storage.tables import COUNTED, counters, metadata, users

NOW = "2026-03-01 12:00:00"


def empty_tenant(path: Path) -> Iterator[Database]:
    database = Database(sqlite_url(path))
    metadata.create_all(database.engine)
    with database.begin() as transaction:
        transaction.insert(counters, ("name", "value"), [(table.name, int(table is users)) for table in COUNTED])
        transaction.insert(
            users,
            ("id", "username", "level", "created_at", "updated_at", "identity"),
            [(1, "admin", "superadmin", NOW, NOW, "admin")],
        )
    yield database
    database.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    yield from empty_tenant(tmp_path / "t.db")


@pytest.fixture(scope="module")
def shared_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One for all the tests of a module: for those that change nothing, or take it back."""
    yield from empty_tenant(tmp_path_factory.mktemp("shared") / "t.db")


@pytest.fixture
def plant_file(database: Database, tmp_path: Path) -> Callable[..., None]:
    """Plants a file of this content."""

    def plant_content(content: str | bytes, name: str = "seed.yaml") -> None:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with database.begin() as transaction:
            plant(transaction, str(path), now=NOW, hash_password="hash of {}".format)

    return plant_content


@pytest.fixture
def refused(plant_file: Callable[..., None], tmp_path: Path) -> Callable[..., str]:
    """What is said of a file of this content, without the folder that it is in."""

    def refuse(content: str | bytes, name: str = "seed.yaml") -> str:
        with pytest.raises(UnusableSeed) as refusal:
            plant_file(content, name)
        return str(refusal.value).replace(f"{tmp_path}/", "")

    return refuse


@pytest.fixture
def query(database: Database) -> Callable[[str], list[tuple[Any, ...]]]:
    """The rows of a piece of SQL."""

    def rows(sql: str) -> list[tuple[Any, ...]]:
        with database.read() as transaction:
            return transaction.rows(Statement(sqlalchemy.text(sql)))

    return rows
