"""The calls that hit no operation, counted: programs that load data swallow a 404, and load nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mock_lms.control.journal import Entry
from mock_lms.control.journal.near import NUMBER_IN_PATH, Near, Operations, nearest, sentence

MOST_KINDS = 1000
"""Kinds of calls that a tally tells apart; of further ones it counts the calls only. Paths may be hostile."""

MOST_TOLD, LONGEST_PATH = 20, 200


@dataclass(frozen=True, slots=True)
class Miss:
    """Calls that hit no operation, all with the same method and path; numbers in the path are `{id}`."""

    method: str
    path: str
    calls: tuple[int, ...]
    message: str
    nearest: tuple[Near, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "path": self.path,
            "count": len(self.calls),
            "calls": list(self.calls),
            "message": self.message,
            "nearest": [operation.as_json() for operation in self.nearest],
        }


def kind_of(path: str) -> str:
    """The path with `{id}` for every number, so that calls that differ in their ids are one kind."""
    return "/".join(NUMBER_IN_PATH if part.isdecimal() else part for part in path.split("/"))


def from_entries(entries: Iterable[Entry], operations: Operations) -> Iterator[Miss]:
    """The calls that hit no operation, one kind after the other, the most frequent first.

    The entries are read at once, what they may have been meant for is found out one after the other.
    """
    calls: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        if entry["operation"] is None:
            calls.setdefault((entry["method"], kind_of(entry["path"])), []).append(entry["id"])
    return (
        Miss(*kind, tuple(ids), sentence(*kind, operations), tuple(nearest(*kind, operations)))
        for kind, ids in sorted(calls.items(), key=lambda item: (-len(item[1]), item[1][0]))
    )


class Tally:
    """How many calls of a worker hit no operation, whichever tenant they were for. No reset takes any of it back."""

    def __init__(self) -> None:
        self.calls = 0
        self._kinds: Counter[tuple[str, str, str]] = Counter()

    def add(self, tenant: str, method: str, path: str) -> None:
        """Counts a call that hit no operation."""
        self.calls += 1
        kind = (tenant, method, kind_of(path[:LONGEST_PATH]))
        if kind in self._kinds or len(self._kinds) < MOST_KINDS:
            self._kinds[kind] += 1

    def as_json(self, operations: Operations) -> dict[str, Any]:
        """The number of calls, and the most frequent kinds: tenant, what is wrong with them, number of calls."""
        return {
            "calls": self.calls,
            "kinds": [
                [tenant, sentence(method, path, operations), count]
                for (tenant, method, path), count in self._kinds.most_common(MOST_TOLD)
            ],
        }
