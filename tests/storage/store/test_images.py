"""Every store: templates, snapshots and copies, made, read and forgotten."""

from __future__ import annotations

import pytest

from mock_lms.domain.errors import SnapshotNotFound
from mock_lms.storage.database import Transaction
from mock_lms.storage.store.protocol import TenantStore
from tests.support.stores import (
    InTheMiddle,
    Opened,
    add,
    add_in,
    fail,
    fill,
    kept,
    names_in,
    names_of,
    now,
    plant,
    saved,
)


def test_a_template_is_planted_once(store: TenantStore) -> None:
    planted: list[int] = []

    def counted(transaction: Transaction) -> None:
        planted.append(1)
        plant(transaction)

    assert store.template("other", counted) == store.template("other", counted)
    assert planted == [1]


def test_a_template_that_cannot_be_planted_is_none(store: TenantStore) -> None:
    before = kept(store)
    with pytest.raises(InTheMiddle):
        store.template("other", fail)
    assert kept(store) == before


def test_a_snapshot_is_the_data_of_one_moment(store: TenantStore, one: Opened) -> None:
    add(one.data, "ana")
    store.save("one", one.data, "a")
    add(one.data, "ben")
    assert saved(one, "a") == ["admin", "ana"]
    assert [name for name, size in store.snapshots("one") if size > 0] == ["a", "seed"]


def test_a_snapshot_holds_nothing_of_what_is_not_saved(store: TenantStore, one: Opened) -> None:
    with one.data.begin() as transaction:
        transaction.execute(
            "INSERT INTO outbox (id, name, fired_at, user_id, batch) VALUES (1, 'course.enrollment.deleted', '', 1, 0)"
        )
    store.save("one", one.data, "a")
    with store.copy_of(one.data) as copy:
        images = (store.image("one", "a"), copy)
        with store.side_by_side(one.data, *images) as (transaction, schemas):
            assert [transaction.execute(f"SELECT count(*) FROM {schema}.outbox") for schema in schemas] == [[(0,)]] * 2


def test_a_snapshot_takes_the_place_of_the_one_that_had_the_name(store: TenantStore, one: Opened) -> None:
    store.save("one", one.data, "a")
    add(one.data, "ana")
    before = kept(store)
    store.save("one", one.data, "a")
    assert saved(one, "a") == ["admin", "ana"]
    store.load("one", "a", plant)
    assert saved(one, "a") == ["admin"]
    assert kept(store) == before


def test_a_snapshot_that_cannot_be_written_changes_nothing(store: TenantStore, one: Opened) -> None:
    add(one.data, "ana")
    store.save("one", one.data, "a")
    before = kept(store)
    for name in ("a", "b"):
        with pytest.raises(InTheMiddle):
            store.load("one", name, fail)
    assert saved(one, "a") == ["admin", "ana"]
    assert kept(store) == before


def test_a_snapshot_that_is_forgotten_is_gone(store: TenantStore, one: Opened) -> None:
    store.save("one", one.data, "a")
    store.forget("one", "a")
    assert [name for name, _ in store.snapshots("one")] == ["seed"]
    for missing in (store.image, store.forget):
        with pytest.raises(SnapshotNotFound):
            missing("one", "a")


def test_saving_waits_for_no_writer(store: TenantStore, one: Opened) -> None:
    with one.data.begin() as transaction:
        add_in(transaction, "ana")
        with store.copy_of(one.data) as copy, store.side_by_side(one.data, copy) as (reading, (schema,)):
            assert names_in(reading, f"{schema}.") == ["admin"]


def test_a_copy_lasts_as_long_as_its_block(store: TenantStore, one: Opened) -> None:
    before = kept(store)
    with store.copy_of(one.data) as copy:
        store.make("two", copy, fill)
    assert now(store, "two") == ["admin"]
    store.drop("two")
    assert kept(store) == before


def test_a_tenant_is_nobodys_but_its_own(store: TenantStore, one: Opened) -> None:
    store.make("two", store.image("one", "seed"), fill)
    add(one.data, "ana")
    two = Opened(store, "two")
    assert names_of(two.data) == saved(two, "seed") == saved(one, "seed") == ["admin"]
    two.close()


def test_images_are_read_as_of_one_moment_beside_the_data_as_it_is(store: TenantStore, one: Opened) -> None:
    add(one.data, "ana")
    images = (store.image("one", "seed"), store.now("one", one.generation))
    with store.side_by_side(one.data, *images) as (transaction, schemas):
        assert [names_in(transaction, f"{schema}.") for schema in schemas] == [["admin"], ["admin", "ana"]]
        add(one.data, "ben")
        assert names_in(transaction, f"{schemas[1]}.") == ["admin", "ana"]


def test_images_are_not_written_to(store: TenantStore, one: Opened) -> None:
    images = (store.image("one", "seed"), store.now("one", one.generation))
    refused = one.data.engine.dialect.loaded_dbapi.Error
    for number in range(len(images)):
        with pytest.raises(refused), store.side_by_side(one.data, *images) as (transaction, schemas):
            transaction.execute(f"DELETE FROM {schemas[number]}.users")
    assert now(store) == saved(one, "seed") == ["admin"]
