"""Fixtures of all tests: a tenant on SQLite, or on both databases where a test is marked `both_databases`."""

from __future__ import annotations

import gc
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
from mock_lms.storage.state import Fill
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from tests.support import memory
from tests.support.forked import FORKING
from tests.support.lms import Lms
from tests.support.postgres import server_url

memory.use()

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell that starts us in the background has us ignore it, and with us all that we start and interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)

NewStore: TypeAlias = Callable[[], TenantStore]
NewLms: TypeAlias = Callable[..., Lms]

_numbers = itertools.count()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: a fifth of the time a test waits for processes, or for the clock."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Spares the garbage collector the thousands of tests that were collected.

    A run of the contract suite in this process is a run of pytest, which collects garbage five times as it ends.
    """
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _forking() -> Iterator[None]:
    """Has `MockLMS(serve=True)` fork its server, as `tests.support.process` does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mock_lms.testing.process.subprocess", FORKING)
        yield


@pytest.fixture(scope="session")
def postgres() -> str:
    """The address of a PostgreSQL server, one for all of pytest's workers."""
    return server_url()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test that is marked `both_databases` once on each."""
    if "database_kind" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"])
    elif any(marker.name == "both_databases" for marker in metafunc.definition.own_markers):
        raise pytest.UsageError(f"{metafunc.definition.nodeid} is marked both_databases and has no database")


@pytest.fixture
def database_kind() -> str:
    """The database of a test that is not marked `both_databases`."""
    return "sqlite"


class _Store(SqliteStore):
    """A store whose seeds are planted once in each of pytest's workers, and copied from there."""

    def __init__(self, path: Path, templates: Path) -> None:
        super().__init__(path)
        self._templates = templates

    def template(self, key: str, plant: Fill) -> str:
        path = self._templates / f"{key}.db"
        if not path.exists():
            self._write(path, plant)
        return str(path)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where planted seeds are kept as SQLite files."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture(scope="session")
def schemas() -> Iterator[list[PostgresqlStore]]:
    """The PostgreSQL stores of this process. Seeds stay planted there from test to test, and tenants do not."""
    made: list[PostgresqlStore] = []
    yield made
    for store in made:
        store.clear()
        store.close()


@pytest.fixture
def new_store(
    request: pytest.FixtureRequest, database_kind: str, tmp_path: Path, templates: Path, schemas: list[PostgresqlStore]
) -> Iterator[NewStore]:
    """Makes stores of tenants on the test's database."""
    made: list[TenantStore] = []

    def make() -> TenantStore:
        if database_kind == "sqlite":
            store = _Store(tmp_path / f"tenants{len(made)}", templates)
            store.prepare()
            made.append(store)
            return store
        if len(made) == len(schemas):
            schemas.append(PostgresqlStore(request.getfixturevalue("postgres"), _prefix(next(_numbers))))
            schemas[-1].prepare()
        made.append(schemas[len(made)])
        return made[-1]

    yield make
    for store in made:
        if isinstance(store, PostgresqlStore):
            for name in store.names():
                store.drop(name)
        store.close()
        store.release()


def _prefix(number: int) -> str:
    return f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}_{number}"


@pytest.fixture
def database(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[Database]:
    """An empty database of the test's kind."""
    if database_kind == "sqlite":
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
