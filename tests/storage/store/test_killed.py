"""Every store: a process that is killed in the middle of a change leaves the old state or the new one, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_lms.storage import state
from mock_lms.storage.database import Transaction
from mock_lms.storage.store.protocol import TenantStore
from tests.support.kills import is_killed
from tests.support.stores import Opened, add, another, fill, kept, now, plant, saved

Act = Callable[[TenantStore], object]


def replace(store: TenantStore) -> None:
    def change(data: Transaction, control: Transaction) -> None:
        data.execute("UPDATE users SET firstname = 'changed'")
        state.put(control, "noted", "yes")

    Opened(store).replace("a", change)


ACTS: dict[str, Act] = {
    "make": lambda store: store.make("two", store.template("empty", plant), fill),
    "drop": lambda store: store.drop("one"),
    "save": lambda store: store.save("one", Opened(store).data, "a"),
    "load": lambda store: store.load("one", "a", plant),
    "forget": lambda store: store.forget("one", "a"),
    "replace": replace,
}


def seen(store: TenantStore) -> dict[str, Any]:
    """Everything that can be seen of the tenants."""
    states: dict[str, Any] = {}
    for name in store.names():
        opened = Opened(store, name)
        with opened.control.look() as transaction:
            noted = state.get(transaction, "noted")
        with opened.data.look() as transaction:
            changed = transaction.execute("SELECT count(*) FROM users WHERE firstname = 'changed'")
        snapshots = {snapshot: saved(opened, snapshot) for snapshot, _ in store.snapshots(name)}
        states[name] = (now(store, name), noted, changed, snapshots)
        opened.close()
    store.close()
    return states


@pytest.mark.parametrize("name", ACTS)
def test_who_is_killed_in_the_middle_leaves_the_old_state_or_the_new_one(
    store: TenantStore, one: Opened, name: str
) -> None:
    add(one.data, "ana")
    store.save("one", one.data, "a")
    add(one.data, "ben")
    one.close()
    store.close()
    before, killed = seen(store), 0
    while is_killed(type(store), lambda: ACTS[name](another(store)), killed + 1) and seen(store) == before:
        killed += 1
    after = seen(store)
    assert after != before
    assert killed > 2 or name in {"drop", "forget"}  # which may be done at once
    store.release()
    store.prepare()
    assert seen(store) == after
    assert not [path for path in kept(store) if "/." in path.replace("/.mock-lms", "") or path.startswith("$")]
