"""Into which calls enrollments go that are to come back: each names users, targets, and terms for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mock_lms_client.unenroll.journal import Entry
from mock_lms_client.unenroll.observe import chunks
from mock_lms_client.unenroll.pack import USERS_PER_CALL
from mock_lms_client.unenroll.states import LEVELS, EnrollmentKey, State


@dataclass(frozen=True, slots=True)
class Item:
    """An enrollment that was removed, and what it was."""

    entry: Entry
    was: State
    username: str = ""
    title: str = ""

    @property
    def number(self) -> int:
        """Its number in the journal."""
        return self.entry.number

    @property
    def key(self) -> EnrollmentKey:
        """Kind, user and target."""
        pair = self.entry.pair
        return pair.kind, pair.user_id, pair.target_id


Group = list[Item]
"""Those that one call brings back: all of their users in all of their targets."""


def terms(item: Item) -> tuple[int | None, str | None, str | None]:
    """Level and validity, as a call gives them to all whom it enrolls."""
    return LEVELS.get(item.was.level or ""), item.was.valid_from, item.was.valid_until


def by_terms(items: Group) -> Iterator[Group]:
    """Those of courses, in as few calls as there can be."""
    return rectangles(items, terms)


def by_plan(items: Group) -> Iterator[Group]:
    """Those of learning plans: a call names one of them."""
    groups: dict[object, Group] = {}
    for item in items:
        groups.setdefault((item.key[2], item.was.valid_from, item.was.valid_until), []).append(item)
    for group in groups.values():
        yield from chunks(group, USERS_PER_CALL)


def rectangles(items: Group, same: Callable[[Item], object]) -> Iterator[Group]:
    """Groups with the same terms, each all of its users in all of its targets; the fewer of two ways to make them."""
    groups: dict[object, Group] = {}
    for item in items:
        groups.setdefault(same(item), []).append(item)
    for some in groups.values():
        by_user: dict[int, Group] = {}
        by_target: dict[int, list[Group]] = {}
        for item in some:
            by_user.setdefault(item.key[1], []).append(item)
            by_target.setdefault(item.key[2], []).append([item])
        by_set: dict[frozenset[int], list[Group]] = {}
        for own in by_user.values():
            by_set.setdefault(frozenset(item.key[2] for item in own), []).append(own)
        ways: tuple[dict[Any, list[Group]], ...] = by_set, by_target
        for some_users in min(ways, key=len).values():
            for group in chunks(some_users, USERS_PER_CALL):
                yield [item for own in group for item in own]


def users(group: Group) -> list[int]:
    """Each once."""
    return [*dict.fromkeys(item.key[1] for item in group)]


def targets(group: Group) -> list[int]:
    """Each once."""
    return [*dict.fromkeys(item.key[2] for item in group)]
