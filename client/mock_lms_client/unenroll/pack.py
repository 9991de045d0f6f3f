"""Into how many calls a set of pairs goes, and into which.

A call names users and targets, and reaches each user in each target. One that reached pairs which nobody planned would
be a mistake, so each call is an exact rectangle: all of its users are to leave all of its targets.
"""

from __future__ import annotations

from collections.abc import Iterable

USERS_PER_CALL = 1_000
"""The API's cap (docebo-api.md 2.3)."""


class Packer:
    """Gives each user of a group the number of a call. Calls of one group have at most `USERS_PER_CALL` users each."""

    def __init__(self, first: int = 1) -> None:
        self._next = first
        self.targets: dict[int, tuple[int, ...]] = {}
        """Of each call."""
        self._open: dict[tuple[int, ...], tuple[int, int]] = {}

    def add(self, targets: tuple[int, ...]) -> int:
        """The number of the call that takes one more user from these targets."""
        number, users = self._open.get(targets, (0, USERS_PER_CALL))
        if users == USERS_PER_CALL:
            number, users = self._next, 0
            self.targets[number] = targets
            self._next += 1
        self._open[targets] = (number, users + 1)
        return number

    @property
    def next(self) -> int:
        """The number that the next call would have."""
        return self._next


class Counter:
    """Finds out which way needs fewer calls: one target a call, or all targets of those who leave the same ones."""

    def __init__(self) -> None:
        self._by_target, self._by_set = Packer(0), Packer(0)

    def add(self, targets: Iterable[int]) -> None:
        """One user and all the targets that a call is to take the user from."""
        if ordered := tuple(sorted(targets)):
            self._by_set.add(ordered)
            for target in ordered:
                self._by_target.add((target,))

    @property
    def together(self) -> bool:
        """Whether a call should name all targets of a user."""
        return self._by_set.next <= self._by_target.next

    @property
    def calls(self) -> int:
        """How many the better way needs."""
        return min(self._by_set.next, self._by_target.next)
