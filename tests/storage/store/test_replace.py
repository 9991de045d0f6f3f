"""Every store: data is replaced with what the control says of it, or not at all."""

from __future__ import annotations

import threading

import pytest

from mock_lms.storage import state
from mock_lms.storage.database import Superseded, Transaction
from mock_lms.storage.store.protocol import TenantStore
from tests.support.stores import (
    InTheMiddle,
    Opened,
    add,
    add_in,
    another,
    fail,
    kept,
    names_in,
    now,
    saved,
)


def test_data_is_replaced_together_with_what_is_changed_in_the_control(store: TenantStore, one: Opened) -> None:
    add(one.data, "ana")
    store.save("one", one.data, "a")
    one.replace("seed")
    assert now(store) == ["admin"]
    again = Opened(store)

    def change(data: Transaction, control: Transaction) -> None:
        add_in(data, "ben")
        state.put(control, "noted", ",".join(names_in(data)))

    again.replace("a", change)
    assert now(store) == ["admin", "ana", "ben"]
    with again.control.look() as transaction:
        assert state.get(transaction, "noted") == "admin,ana,ben"
    again.close()


def test_data_that_cannot_be_changed_is_not_replaced(store: TenantStore, one: Opened) -> None:
    add(one.data, "ana")
    before = kept(store)

    def change(data: Transaction, control: Transaction) -> None:
        state.put(control, "noted", "yes")
        add_in(data, "ben")
        fail()

    with pytest.raises(InTheMiddle):
        one.replace("seed", change)
    assert now(store) == ["admin", "ana"]
    with one.control.look() as transaction:
        assert state.get(transaction, "noted") == ""
    assert kept(store) == before


def test_a_snapshot_stays_as_it_is_whatever_becomes_of_data_that_was_it(store: TenantStore, one: Opened) -> None:
    one.replace("seed")
    again = Opened(store)
    add(again.data, "ana")
    assert saved(again, "seed") == ["admin"]
    again.close()


def test_who_is_reading_sees_the_old_data_to_the_end(store: TenantStore, one: Opened) -> None:
    add(one.data, "ana")
    with one.data.read() as transaction:
        assert names_in(transaction) == ["admin", "ana"]
        other = Opened(another(store))
        other.replace("seed")
        other.close()
        other.store.close()
        assert names_in(transaction) == ["admin", "ana"]
    assert now(store) == ["admin"]


def test_who_waits_to_write_writes_to_the_new_data_or_begins_anew(store: TenantStore, one: Opened) -> None:
    add(one.data, "ana")
    writers: list[threading.Thread] = []
    superseded: list[Superseded] = []

    def write() -> None:
        try:
            add(one.data, "ben")
        except Superseded as error:
            superseded.append(error)

    def change(*_: Transaction) -> None:
        writers.append(threading.Thread(target=write))
        writers[0].start()
        writers[0].join(0.3)
        assert writers[0].is_alive()

    other = Opened(store)
    other.replace("seed", change)
    writers[0].join(30)
    assert now(store) == (["admin"] if superseded else ["admin", "ben"])
    other.close()
