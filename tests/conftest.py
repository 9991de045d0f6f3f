"""Fixtures of all tests: a tenant on either database."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import text

from mock_lms.storage.database import Database, sqlite_url
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from tests.support.lms import Lms
from tests.support.postgres import server_url

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell that starts us in the background has us ignore it, and with us all that we start and interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)

NewStore: TypeAlias = Callable[[], TenantStore]
NewLms: TypeAlias = Callable[..., Lms]

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> str:
    """The address of a PostgreSQL server, one for all of pytest's workers."""
    return server_url()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewStore]:
    """Makes places for tenants, of each kind in turn."""
    made: list[TenantStore] = []

    def make() -> TenantStore:
        number = next(_numbers)
        if request.param == "sqlite":
            store: TenantStore = SqliteStore(tmp_path / f"tenants{number}")
        else:
            store = PostgresqlStore(request.getfixturevalue("postgres"), _prefix(number))
        store.prepare()
        made.append(store)
        return store

    yield make
    for store in made:
        if isinstance(store, PostgresqlStore):
            store.clear()
        store.close()
        store.release()


def _prefix(number: int) -> str:
    return f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{number}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        database = Database(sqlite_url(tmp_path / "database.db"))
    else:
        database = Database(request.getfixturevalue("postgres"), _prefix(next(_numbers)))
        with database.engine.begin() as connection:
            connection.execute(text(f'CREATE SCHEMA "{database.schema}"'))
    yield database
    if database.kind == "postgresql":
        with database.engine.begin() as connection:
            connection.execute(text(f'DROP SCHEMA "{database.schema}" CASCADE'))
    database.close()


@pytest.fixture
def new_lms(new_store: NewStore) -> Iterator[NewLms]:
    """Makes tenants: `new_lms(seed="empty", policy="over_cap=truncate")`."""
    made: list[Lms] = []

    def make(**options: str) -> Lms:
        made.append(Lms(new_store(), **options))
        return made[-1]

    yield make
    for lms in made:
        lms.tenants.close()


@pytest.fixture
def lms(new_lms: NewLms) -> Lms:
    """The demo tenant."""
    return new_lms()
