"""Stores of tenants: what is put into one, and how it is looked at from outside."""

from __future__ import annotations

from collections.abc import Callable

from mock_lms.storage import meta, state
from mock_lms.storage.database import Database, Transaction
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.storage.tables import users
from tests.support.lms import put

AT = "2026-03-01 12:00:00"


def another(store: TenantStore) -> TenantStore:
    """The same store, as another worker has it."""
    if isinstance(store, SqliteStore):
        return SqliteStore(store.path)
    assert isinstance(store, PostgresqlStore)
    return PostgresqlStore(store.server.url.render_as_string(hide_password=False), store.prefix)


def kept(store: TenantStore) -> list[str]:
    """Every file or schema there is, hidden ones too."""
    if isinstance(store, SqliteStore):
        # a database that is in use has two more, which come and go
        return sorted(str(path) for path in store.path.rglob("*") if not path.name.endswith(("-wal", "-shm")))
    assert isinstance(store, PostgresqlStore)
    with store.server.look() as transaction:
        return store.schemas.names(transaction)


class InTheMiddle(Exception):
    """What a caller's function may raise."""


def fail(*_: object) -> None:
    raise InTheMiddle


def plant(transaction: Transaction) -> None:
    meta.create(transaction, seed="empty", at=AT)
    meta.finish(transaction)


def fill(transaction: Transaction) -> None:
    state.put(transaction, "format", meta.FORMAT)


def nothing(*_: object) -> None:
    """A change that changes nothing."""


class Opened:
    """A tenant, as a worker has it that opened it just now."""

    def __init__(self, store: TenantStore, name: str = "one") -> None:
        self.store, self.name = store, name
        self.control = store.control(name)
        with self.control.look() as transaction:
            self.generation = state.get(transaction, state.DATA)
        self.data = store.data(name, self.generation)

    def replace(self, snapshot: str, change: Callable[..., None] = nothing) -> None:
        self.store.replace(self.name, self.data, self.control, self.store.image(self.name, snapshot), change)

    def close(self) -> None:
        self.data.close()
        self.control.close()


def add(data: Database, name: str) -> None:
    with data.begin() as transaction:
        add_in(transaction, name)


def add_in(transaction: Transaction, name: str) -> None:
    number = transaction.execute("SELECT max(id) + 1 FROM users")[0][0]
    put(transaction, users, id=number, username=name, created_at=AT, updated_at=AT, identity=name)


def names_of(data: Database) -> list[str]:
    with data.look() as transaction:
        return names_in(transaction)


def names_in(transaction: Transaction, schema: str = "") -> list[str]:
    return [name for (name,) in transaction.execute(f"SELECT username FROM {schema}users ORDER BY id")]


def now(store: TenantStore, name: str = "one") -> list[str]:
    """The users of the tenant as it is now."""
    opened = Opened(store, name)
    try:
        return names_of(opened.data)
    finally:
        opened.close()


def saved(one: Opened, snapshot: str) -> list[str]:
    """The users in a snapshot; without one, as the tenant is now."""
    image = one.store.image(one.name, snapshot) if snapshot else one.store.now(one.name, one.generation)
    with one.store.side_by_side(one.data, image) as (transaction, (schema,)):
        return names_in(transaction, f"{schema}.")
