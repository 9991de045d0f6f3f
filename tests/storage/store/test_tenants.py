"""Every store: tenants come and go, each whole and nobody's but its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_lms.domain.errors import TenantExists, TenantNotFound
from mock_lms.storage import meta, state
from mock_lms.storage.database import Superseded
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from tests.support.stores import (
    InTheMiddle,
    Opened,
    add,
    another,
    fail,
    fill,
    kept,
    names_of,
    nothing,
    now,
    plant,
    saved,
)


def test_a_tenant_that_is_made_has_the_image_as_its_data_and_its_seed(store: TenantStore, one: Opened) -> None:
    assert store.names() == ["one"]
    assert store.exists("one")
    assert names_of(one.data) == saved(one, "seed") == ["admin"]
    with one.control.look() as transaction:
        assert state.get(transaction, "format") == meta.FORMAT


def test_a_tenant_that_is_there_is_not_made_again(store: TenantStore, one: Opened) -> None:
    add(one.data, "ana")
    before = kept(store)
    with pytest.raises(TenantExists):
        store.make("one", store.template("empty", plant), fill)
    assert now(store) == ["admin", "ana"]
    assert kept(store) == before


def test_a_tenant_whose_control_cannot_be_filled_is_not_made(store: TenantStore) -> None:
    before = kept(store)
    with pytest.raises(InTheMiddle):
        store.make("two", store.template("empty", plant), fail)
    assert store.names() == ["one"]
    assert not store.exists("two")
    assert kept(store) == before


def test_names_are_sorted(store: TenantStore) -> None:
    for name in ("two", "a-b", "a"):
        store.make(name, store.template("empty", plant), fill)
    assert store.names() == ["a", "a-b", "one", "two"]


def test_a_tenant_that_is_dropped_is_gone_with_its_snapshots(store: TenantStore, one: Opened) -> None:
    store.save("one", one.data, "a")
    store.make("one-more", store.template("empty", plant), fill)
    store.drop("one")
    assert store.names() == ["one-more"]
    assert not store.exists("one")
    assert store.snapshots("one") == []
    with pytest.raises(TenantNotFound):
        store.drop("one")
    store.make("one", store.template("empty", plant), fill)
    assert [name for name, _ in store.snapshots("one")] == ["seed"]


def test_while_its_identity_is_the_same_a_tenant_is_the_one_that_was_opened(store: TenantStore, one: Opened) -> None:
    before = store.identity("one")
    one.replace("seed")
    assert store.identity("one") == before
    store.drop("one")
    store.make("one", store.template("empty", plant), fill)
    # either it is another, or what was opened is good for the new tenant
    assert store.identity("one") != before or names_of(one.data) == ["admin"]


@pytest.mark.parametrize(
    "late",
    [
        lambda one: one.store.save("one", one.data, "a"),
        lambda one: one.store.load("one", "a", plant),
        lambda one: one.store.image("one", "seed"),
        lambda one: one.store.forget("one", "seed"),
        lambda one: add(one.data, "ana"),
        lambda one: one.store.replace("one", one.data, one.control, "", nothing),
        lambda one: saved(one, ""),
    ],
    ids=["save", "load", "image", "forget", "write", "replace", "side_by_side"],
)
def test_whoever_comes_late_to_a_dropped_tenant_must_begin_anew(one: Opened, late: Callable[[Opened], Any]) -> None:
    add(one.data, "ana")  # so that its connections are open
    other = another(one.store)
    other.drop("one")
    before = kept(one.store)
    with pytest.raises(Superseded):
        late(one)
    assert one.store.names() == []
    assert kept(one.store) == before
    other.close()


# --- the store itself


def test_preparing_it_again_changes_nothing(store: TenantStore, one: Opened) -> None:
    add(one.data, "ana")
    store.save("one", one.data, "a")
    assert store.prepare() == {}
    assert store.names() == ["one"]
    assert [name for name, _ in store.snapshots("one")] == ["a", "seed"]
    assert now(store) == ["admin", "ana"]


def test_a_store_that_was_closed_opens_again(store: TenantStore) -> None:
    store.close()
    assert store.names() == ["one"]
    assert now(store) == ["admin"]


def test_it_says_what_it_is_without_a_password(store: TenantStore) -> None:
    assert str(store).startswith(("the directory ", "the database "))
    assert "pa55word" not in str(PostgresqlStore("postgresql+psycopg://admin:pa55word@localhost/lms", "x"))
