"""What a PostgreSQL of tenants has to see to by itself: names that change while somebody reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from mock_lms.control.snapshots import service as snapshots
from mock_lms.services.tenants import Superseded, Tenants
from mock_lms.storage.database import Transaction, UnusableDatabase
from mock_lms.storage.state import Fill
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.schemas import HIDDEN
from mock_lms.storage.tables import metadata
from tests.support.lms import CREDENTIALS
from tests.support.process import until


@pytest.fixture
def store(postgres: str, request: pytest.FixtureRequest) -> Iterator[PostgresqlStore]:
    made = PostgresqlStore(postgres, f"s{abs(hash(request.node.nodeid)) % 10**6}")
    made.clear()
    made.prepare()
    yield made
    made.clear()
    made.close()


@pytest.fixture
def tenants(store: PostgresqlStore) -> Tenants:
    made = Tenants(store, CREDENTIALS.hashed())
    made.create("one", "empty")
    snapshots.save_snapshot(made, made.open("one"), "a")
    return made


def hidden(store: PostgresqlStore) -> list[str]:
    with store.server.look() as transaction:
        return [schema for schema in store.schemas.names(transaction) if schema.startswith(HIDDEN)]


@pytest.mark.parametrize("change", ["save", "forget", "drop"])
def test_who_reads_a_snapshot_that_loses_its_name_meanwhile_begins_anew(tenants: Tenants, change: str) -> None:
    tenant, store = tenants.open("one"), tenants.store
    changes = {
        "save": lambda: store.save("one", tenant.database, "a"),
        "forget": lambda: store.forget("one", "a"),
        "drop": lambda: store.drop("one"),
    }

    def read() -> None:
        with store.side_by_side(tenant.database, store.image("one", "a")) as (transaction, _):
            transaction.execute("SELECT 1")
            changes[change]()

    with pytest.raises(Superseded):
        read()


def test_a_snapshot_is_not_replaced_while_the_tenant_may_be_reset_to_it(tenants: Tenants) -> None:
    tenant = tenants.open("one")
    saving = threading.Thread(target=tenants.store.save, args=("one", tenant.database, "a"))
    with tenant.database.begin():
        saving.start()
        saving.join(0.3)
        assert saving.is_alive()
    saving.join(10)
    assert not saving.is_alive()


def test_readers_are_in_nobodys_way(tenants: Tenants) -> None:
    tenant, store = tenants.open("one"), tenants.store
    with tenant.database.read() as transaction:
        transaction.execute("SELECT count(*) FROM users")
        store.save("one", tenant.database, "b")
        snapshots.reset_tenant(tenants, tenant, to="b")


def test_a_name_is_not_given_again_while_somebody_reads_the_tenant_that_had_it(tenants: Tenants) -> None:
    tenant = tenants.open("one")
    going = threading.Thread(target=tenants.store.drop, args=("one",))
    coming = threading.Thread(target=Tenants(tenants.store, CREDENTIALS.hashed()).create, args=("one", "demo"))

    def read() -> None:
        with tenant.database.read() as transaction:
            assert transaction.execute("SELECT count(*) FROM users") == [(1,)]
            going.start()
            until("the tenant is dropped", lambda: tenants.names() == [], 10)
            coming.start()
            coming.join(1)
            # not how many users the new tenant had when this transaction began, which is none
            assert transaction.execute("SELECT count(*) FROM users") == [(1,)]

    with pytest.raises(Superseded):
        read()
    for thread in (going, coming):
        thread.join(30)
    assert not coming.is_alive()
    assert tenants.open("one").entries["seed"] == "demo"


def test_nothing_hidden_is_left(tenants: Tenants, store: PostgresqlStore) -> None:
    before = hidden(store)
    snapshots.save_snapshot(tenants, tenants.open("one"), "a")
    snapshots.fork_tenant(tenants, tenants.open("one"), "two")
    snapshots.drop_snapshot(tenants, tenants.open("one"), "a")
    tenants.drop("two")
    assert hidden(store) == before
    store.prepare()
    assert hidden(store) == []
    assert tenants.names() == ["one"]


# --- several servers


@pytest.fixture
def other(store: PostgresqlStore, postgres: str) -> Iterator[PostgresqlStore]:
    """The same place as another server has it."""
    other = PostgresqlStore(postgres, store.prefix)
    yield other
    other.close()


def test_a_start_sweeps_nothing_that_another_server_still_needs(tenants: Tenants, other: PostgresqlStore) -> None:
    store = tenants.store

    def fill(transaction: Transaction) -> None:
        other.prepare()
        transaction.create_tables(metadata)

    with store.copy_of(tenants.open("one").database) as image:
        other.prepare()
        tenants.make("two", image, tenants.open("one").entries, None, None, {})
    store.load("two", "loaded", fill)
    assert tenants.open("two").name == "two"
    assert [name for name, _ in store.snapshots("two")] == ["loaded", "seed"]
    other.prepare()
    assert hidden(other) == []


def test_a_start_does_not_wait_for_who_reads_what_is_to_go(store: PostgresqlStore, other: PostgresqlStore) -> None:
    old = store.schemas.quoted(f"{HIDDEN}old")
    with store.server.begin() as transaction:
        transaction.execute(f"CREATE SCHEMA {old}")
        transaction.execute(f"CREATE TABLE {old}.users (id int)")
    with store.server.read() as transaction:
        transaction.execute(f"SELECT * FROM {old}.users")
        other.prepare()
        assert hidden(other) == [f"{HIDDEN}old"]
    other.prepare()
    assert hidden(other) == []


def test_a_seed_that_is_swept_before_it_is_copied_is_planted_again(
    store: PostgresqlStore, other: PostgresqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    template, planted = store.template, list[str]()

    def swept_once(key: str, plant: Fill) -> str:
        planted.append(template(key, plant))
        if len(planted) == 1:
            other.prepare()
        return planted[-1]

    monkeypatch.setattr(store, "template", swept_once)
    assert Tenants(store, CREDENTIALS.hashed()).ensure("one", "empty")
    assert len(planted) == 2


def test_a_tenant_that_another_server_was_quicker_to_make_is_gone_on_with(
    store: PostgresqlStore, other: PostgresqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = store.template

    def meanwhile(key: str, plant: Fill) -> str:
        Tenants(other, CREDENTIALS.hashed()).create("one", "demo")
        return template(key, plant)

    monkeypatch.setattr(store, "template", meanwhile)
    tenants = Tenants(store, CREDENTIALS.hashed())
    assert not tenants.ensure("one", "empty")
    assert tenants.open("one").entries["seed"] == "demo"


def test_a_tenant_that_is_not_whole_is_told_of(tenants: Tenants) -> None:
    with tenants.open("one").control.begin() as transaction:
        transaction.execute("DROP TABLE tenant")
    with pytest.raises(UnusableDatabase, match="the tenant one is not whole"):
        Tenants(tenants.store, CREDENTIALS.hashed()).ensure("one", "empty")


def test_columns_are_copied_by_name_since_an_upgrade_adds_them_at_the_end(
    tenants: Tenants, store: PostgresqlStore
) -> None:
    with tenants.open("one").database.read() as transaction:
        before = transaction.execute("SELECT name, value FROM counters ORDER BY name")
    with store.server.begin() as transaction:
        schema = store.schemas.quoted("one$a")
        transaction.execute(f"CREATE TABLE {schema}.turned AS SELECT value, name FROM {schema}.counters")
        transaction.execute(f"DROP TABLE {schema}.counters")
        transaction.execute(f"ALTER TABLE {schema}.turned RENAME TO counters")
    with tenants.open("one").database.begin() as transaction:
        transaction.execute("DELETE FROM counters")
    snapshots.restore_snapshot(tenants, tenants.open("one"), "a")
    snapshots.fork_tenant(tenants, tenants.open("one"), "two", state="a")
    for name in ("one", "two"):
        with tenants.open(name).database.read() as transaction:
            assert transaction.execute("SELECT name, value FROM counters ORDER BY name") == before
