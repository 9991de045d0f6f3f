"""What every transaction promises, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, insert, select

from mock_lms.storage import meta
from mock_lms.storage.database import Database, DatabaseLost, Statement, Transaction
from mock_lms.storage.tables import meta as table

pytestmark = pytest.mark.both_databases

ADD = Statement(insert(table).values(name="added", value="x"))
COUNT = Statement(select(func.count()).select_from(table).where(table.c.name == "added"))
NONSENSE = Statement(select(func.no_such_function()))

PATIENCE = 10  # seconds, a guard against hanging


@pytest.fixture
def made(database: Database) -> Iterator[Database]:
    """A database with tables."""
    with database.begin() as transaction:
        meta.create(transaction, seed="empty", at="2026-03-01 12:00:00")
    yield database
    database.close()


def count(database: Database) -> int:
    with database.look() as transaction:
        return transaction.number(COUNT)


def test_one_writer_waits_until_the_other_is_done(made: Database) -> None:
    inside, order = threading.Event(), []

    def second() -> None:
        inside.wait(PATIENCE)
        with made.begin():
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with made.begin() as transaction:
        inside.set()
        transaction.run(ADD)
        thread.join(0.3)  # long enough for a second writer that does not wait
        order.append("first")
    thread.join(PATIENCE)
    assert order == ["first", "second"]


def test_a_reader_waits_for_nobody_and_sees_only_what_is_committed(made: Database) -> None:
    with made.begin() as transaction:
        transaction.run(ADD)
        assert count(made) == 0
    assert count(made) == 1


def test_what_a_reader_sees_stays_as_it_was_when_it_began(made: Database) -> None:
    with made.read() as reader:
        assert reader.number(COUNT) == 0
        with made.begin() as writer:
            writer.run(ADD)
        assert reader.number(COUNT) == 0
    assert count(made) == 1


def add_and(transaction: Transaction, what: Callable[[], object]) -> None:
    transaction.run(ADD)
    what()


def fail() -> None:
    raise LookupError


def test_an_exception_undoes_everything_and_frees_the_lock(made: Database) -> None:
    with pytest.raises(LookupError), made.begin() as transaction:
        add_and(transaction, fail)
    assert count(made) == 0
    with made.begin() as transaction:
        transaction.run(ADD)
    assert count(made) == 1


def test_a_statement_that_fails_spoils_no_later_call(made: Database) -> None:
    with pytest.raises(made.engine.dialect.loaded_dbapi.Error), made.begin() as transaction:
        add_and(transaction, lambda: transaction.run(NONSENSE))
    assert count(made) == 0
    for begin in (made.begin, made.read, made.look):
        with begin() as transaction:
            assert transaction.number(COUNT) == 0


def test_a_connection_that_broke_is_not_handed_out_again(made: Database) -> None:
    errors = (made.engine.dialect.loaded_dbapi.Error, DatabaseLost)
    with pytest.raises(errors), made.begin() as transaction:
        add_and(transaction, transaction._cursor.connection.close)
    for _ in range(3):
        assert count(made) == 0
    with made.begin() as transaction:
        transaction.run(ADD)
    assert count(made) == 1
