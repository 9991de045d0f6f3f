"""Connections to PostgreSQL that break: what was surely not done is told from what nobody knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import insert

from mock_lms.storage import meta
from mock_lms.storage.database import Database, Interrupted, OutcomeUnknown, Statement, Transaction, Unreachable
from mock_lms.storage.database import UnusableDatabase as Unusable
from mock_lms.storage.tables import meta as table
from tests.support import pgbouncer
from tests.support.postgres import own_database, plain

ADD = Statement(insert(table).values(name="added", value="x"))
COUNT = "SELECT count(*) FROM meta WHERE name = 'added'"


@pytest.fixture(scope="module")
def address(postgres: str) -> Iterator[str]:
    import psycopg

    name = f"lost_{os.getpid()}"
    with own_database(postgres, name) as own:
        with psycopg.connect(plain(own), autocommit=True) as connection:
            # as PostgreSQL has it by itself; the tests' server is told not to
            connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = on".encode())
        yield own


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    database = Database(address, "tenant")
    with database.begin() as transaction:
        transaction.execute("CREATE SCHEMA tenant")
        meta.create(transaction, seed="empty", at="2026-03-01 12:00:00")
    yield database
    with database.begin() as transaction:
        transaction.execute("DROP SCHEMA tenant CASCADE")
    database.close()


@pytest.fixture
def administrator(postgres: str) -> Iterator[Any]:
    """A connection of psycopg's to another database of the server."""
    import psycopg

    with psycopg.connect(plain(postgres), autocommit=True) as connection:
        yield connection


def cut(administrator: Any, database: Database) -> int:
    """Ends every connection to the database; how many there were."""
    others = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = %s"
    (ended,) = administrator.execute(others, [database.url.database]).fetchone()
    return int(ended)


def added(database: Database) -> int:
    with database.look() as transaction:
        return int(transaction.execute(COUNT)[0][0])


def add_and_cut(transaction: Transaction, administrator: Any, then: Callable[[], object] = lambda: None) -> None:
    transaction.run(ADD)
    assert cut(administrator, transaction.database) > 0
    then()


def fail() -> None:
    raise LookupError


@pytest.mark.parametrize("way", ["look", "read", "begin"])
def test_a_transaction_begins_though_all_idle_connections_were_cut(
    database: Database, administrator: Any, way: str
) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(database.look())
    assert cut(administrator, database) == len(database._idle) == 3
    with getattr(database, way)() as transaction:
        assert transaction.execute(COUNT) == [(0,)]
    # one was found dead, so none of the others is tried
    assert len(database._idle) == 1


def test_what_is_cut_off_before_its_commit_was_not_done(database: Database, administrator: Any) -> None:
    with pytest.raises(Interrupted), database.begin() as transaction:
        add_and_cut(transaction, administrator, lambda: transaction.execute(COUNT))
    assert added(database) == 0


def test_what_is_cut_off_at_its_commit_is_unknown(database: Database, administrator: Any) -> None:
    with pytest.raises(OutcomeUnknown), database.begin() as transaction:
        add_and_cut(transaction, administrator)
    assert added(database) in {0, 1}


def test_what_was_read_before_the_cut_is_good(database: Database, administrator: Any) -> None:
    for way in (database.read, database.look):
        with way() as transaction:
            found = transaction.execute(COUNT)
            cut(administrator, database)
        assert found == [(0,)]


def test_a_refusal_is_told_though_the_connection_was_cut(database: Database, administrator: Any) -> None:
    with pytest.raises(LookupError), database.begin() as transaction:
        add_and_cut(transaction, administrator, fail)
    assert added(database) == 0


def test_a_database_that_takes_no_connections_is_unreachable(database: Database, administrator: Any) -> None:
    added(database)
    administrator.execute(f'ALTER DATABASE "{database.url.database}" ALLOW_CONNECTIONS false')
    try:
        cut(administrator, database)
        for way in (database.look, database.read, database.begin):
            with pytest.raises(Unreachable) as caught, way():
                pass
            assert "\n" not in str(caught.value)
            assert "not currently accepting connections" in str(caught.value)
    finally:
        administrator.execute(f'ALTER DATABASE "{database.url.database}" ALLOW_CONNECTIONS true')
    assert added(database) == 0


# --- what is prepared


def threshold(address: str) -> int | None:
    """Of a connection to the address."""
    database = Database(address)
    with database.look() as transaction:
        found: int | None = transaction.connection.prepare_threshold
    database.close()
    return found


def test_the_address_says_when_statements_are_prepared(address: str) -> None:
    join = "&" if "?" in address else "?"
    assert threshold(address) == 5
    assert threshold(f"{address}{join}prepare_threshold=0") == 0
    assert threshold(f"{address}{join}prepare_threshold=None") is None


def test_behind_a_pooler_nothing_is_prepared_unless_the_address_says_so(address: str) -> None:
    with pgbouncer.pgbouncer(address) as pooled:
        assert threshold(pooled) is None
        assert threshold(f"{pooled}?prepare_threshold=7") == 7


@pytest.mark.parametrize("wrong", ["often", "-1", "²", "1&prepare_threshold=2"])
def test_a_threshold_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(Unusable, match="prepare_threshold is a number of runs"):
        Database(f"postgresql+psycopg://localhost/x?prepare_threshold={wrong}")


# --- what a connection remembers


def test_a_transaction_leaves_nothing_on_its_connection(database: Database) -> None:
    """Else a pooler would give it to another tenant's."""
    (connection,) = database._idle
    before = connection.cursor().execute("SHOW ALL").fetchall()
    for block in (database.look(), database.read(), database.begin(), database.begin(durable=False)):
        with block as transaction:
            assert transaction.execute("SHOW search_path") == [("tenant",)]
    assert list(database._idle) == [connection]
    after = connection.cursor()
    assert after.execute("SHOW ALL").fetchall() == before
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    assert after.execute(held).fetchall() == [(0,)]


def test_only_what_need_not_last_is_committed_without_the_disk(database: Database) -> None:
    for durable, setting in ((True, "on"), (False, "off")):
        with database.begin(durable=durable) as transaction:
            assert transaction.execute("SHOW synchronous_commit") == [(setting,)]
