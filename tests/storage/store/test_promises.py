"""Promises: who has something due. None is lost, whatever happens between two looks."""

from __future__ import annotations

from contextlib import closing

import pytest

from mock_lms.storage.store.promises import AGAIN
from mock_lms.storage.store.protocol import TenantStore
from tests.support.stores import another

NOW = 1_800_000_000.0


def names(store: TenantStore, now: float) -> list[str]:
    return [name for name, _ in store.promises.due(now)]


def other_names(store: TenantStore, now: float) -> list[str]:
    """As another worker sees it."""
    with closing(another(store)) as other:
        return names(other, now)


def test_a_promise_is_due_at_its_moment_and_not_before(store: TenantStore) -> None:
    store.promises.make("one", NOW)
    assert names(store, NOW - 1) == []
    assert other_names(store, NOW) == ["one"]


def test_of_two_promises_the_earlier_one_holds(store: TenantStore) -> None:
    store.promises.make("one", NOW + 100)
    store.promises.make("one", NOW)
    store.promises.make("one", NOW + 50)
    assert names(store, NOW) == ["one"]


def test_what_was_taken_and_not_settled_is_due_again(store: TenantStore) -> None:
    store.promises.make("one", NOW)
    assert names(store, NOW) == ["one"]
    assert names(store, NOW + 1) == []
    assert other_names(store, NOW + AGAIN) == ["one"]


def test_what_is_settled_is_not_due_again(store: TenantStore) -> None:
    store.promises.make("one", NOW)
    ((name, taken),) = store.promises.due(NOW)
    store.promises.settle(name, taken, None)
    assert names(store, NOW + 10 * AGAIN) == []


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_a_promise_that_is_made_while_another_is_kept_is_not_settled_with_it(
    store: TenantStore, seconds: float
) -> None:
    store.promises.make("one", NOW)
    ((name, taken),) = store.promises.due(NOW)
    with closing(another(store)) as other:
        other.promises.make("one", NOW + seconds)
    store.promises.settle(name, taken, None)
    assert names(store, NOW + seconds) == ["one"]


def test_settling_what_is_no_promise_any_more_does_nothing(store: TenantStore) -> None:
    store.promises.settle("one", NOW, None)
    assert names(store, NOW + 10 * AGAIN) == []


def test_what_is_settled_until_a_later_moment_is_due_then(store: TenantStore) -> None:
    store.promises.make("one", NOW)
    ((name, taken),) = store.promises.due(NOW)
    store.promises.make("one", NOW + 100)  # which the store takes for later than it will look anyway
    store.promises.settle(name, taken, NOW + 100)
    assert names(store, NOW + 99) == []
    assert other_names(store, NOW + 100) == ["one"]
