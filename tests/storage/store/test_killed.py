"""Every store: a process that is killed in the middle of a change leaves the old state or the new one, and no more."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_lms.storage import database_files, files, state
from mock_lms.storage.database import Transaction
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.storage.transaction import _Block
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


DEADLY: dict[type[TenantStore], list[tuple[Any, tuple[str, ...]]]] = {
    SqliteStore: [
        (Transaction, ("execute", "run", "create_tables")),
        (_Block, ("__enter__", "__exit__")),
        (Path, ("rename", "replace", "unlink")),
        (files, ("copy",)),
        (database_files, ("backup", "remove")),
    ],
    # what a transaction did before its end PostgreSQL takes back by itself
    PostgresqlStore: [(_Block, ("__enter__", "__exit__"))],
}
"""After what a process is killed: attributes of modules and classes."""


def is_killed(store: TenantStore, act: Act, at: int) -> bool:
    """Whether a process that does this is dead before it comes to do so many things to databases and files."""
    child = os.fork()
    if child == 0:
        done = 0

        def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal done
                result = function(*arguments, **named)
                done += 1
                if done == at:
                    os._exit(9)
                return result

            return call

        try:
            for owner, names in DEADLY[type(store)]:
                for name in names:
                    setattr(owner, name, deadly(getattr(owner, name)))
            act(another(store))
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, 9}
    return code == 9


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
    while is_killed(store, ACTS[name], killed + 1) and seen(store) == before:
        killed += 1
    after = seen(store)
    assert after != before
    assert killed > 2 or name in {"drop", "forget"}  # which may be done at once
    store.release()
    store.prepare()
    assert seen(store) == after
    assert not [path for path in kept(store) if "/." in path.replace("/.mock-lms", "") or path.startswith("$")]
