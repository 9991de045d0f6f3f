"""Fixtures of all tests: a tenant on either database."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import text

from mock_lms.storage.database import Database, sqlite_url
from tests.support.lms import Lms
from tests.support.postgres import server_url

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

NewDatabase: TypeAlias = Callable[[], Database]
NewLms: TypeAlias = Callable[..., Lms]

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> str:
    """The address of a PostgreSQL server, one for all of pytest's workers."""
    return server_url()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes empty databases, of each kind in turn."""
    made: list[Database] = []

    def make() -> Database:
        number = next(_numbers)
        if request.param == "sqlite":
            database = Database(sqlite_url(tmp_path / f"{number}.db"))
        else:
            worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
            database = Database(request.getfixturevalue("postgres"), f"test_{worker}_{os.getpid()}_{number}")
        made.append(database)
        return database

    yield make
    for database in made:
        if database.kind == "postgresql":
            with database.engine.begin() as connection:
                connection.execute(text(f'DROP SCHEMA IF EXISTS "{database.schema}" CASCADE'))
        database.close()


@pytest.fixture
def database(new_database: NewDatabase) -> Database:
    return new_database()


@pytest.fixture
def new_lms(new_database: NewDatabase) -> NewLms:
    """Makes tenants: `new_lms(seed="empty", policy="over_cap=truncate")`."""

    def make(**options: str) -> Lms:
        return Lms(new_database(), **options)

    return make


@pytest.fixture
def lms(new_lms: NewLms) -> Lms:
    """The demo tenant."""
    return new_lms()
