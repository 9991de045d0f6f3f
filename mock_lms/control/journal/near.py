"""What a call that hit no operation was perhaps meant for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, TypeAlias

from mock_lms.control.journal import Entry

Operations: TypeAlias = Collection[tuple[str, str, str]]
"""Each operation's method, path template and operationId."""

LEAST = 0.5  # a likeness below this is chance
SAME_METHOD = 0.1  # what it adds to the likeness: less than a wrong segment takes away
NUMBER, WORD = 1.0, 0.5  # how well either fills a parameter: ids are numbers
LONGEST_PATH, LONGEST_SEGMENT = 16, 64  # segments and characters that are compared: paths may be hostile


@dataclass(frozen=True, slots=True)
class Near:
    """An operation that may have been meant."""

    method: str
    path: str
    operation: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.operation})"

    def as_json(self) -> dict[str, Any]:
        return {"method": self.method, "path": self.path, "operation": self.operation}


@dataclass(frozen=True, slots=True)
class Miss:
    """Calls that hit no operation, all with the same method and path."""

    method: str
    path: str
    calls: tuple[int, ...]
    message: str
    nearest: tuple[Near, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "path": self.path,
            "calls": list(self.calls),
            "message": self.message,
            "nearest": [one.as_json() for one in self.nearest],
        }


def nearest(method: str, path: str, operations: Operations, most: int = 3) -> list[Near]:
    """The operations that come nearest, the best first. If it is only the method that is wrong, those of the path."""
    near = [Near(*operation) for operation in operations]
    if right := _of_path(method, path, near):
        return right[:most]
    likeness = {one: _likeness(path, one.path) for one in near}
    likely = [one for one in near if likeness[one] >= LEAST]
    return sorted(likely, key=lambda one: -likeness[one] - SAME_METHOD * (one.method == method))[:most]


def sentence(method: str, path: str, operations: Operations) -> str:
    """What is wrong with the call, and what to call instead."""
    told = f"{method} {path[:200]} is no operation"
    if right := _of_path(method, path, [Near(*operation) for operation in operations]):
        return f"{told}; this path has {', '.join(f'{one.method} ({one.operation})' for one in right)}"
    best = nearest(method, path, operations, 1)
    return f"{told}; nearest: {best[0]}" if best else f"{told}, and none is near"


def from_entries(entries: Iterable[Entry], operations: Operations) -> Iterator[Miss]:
    """The calls that hit no operation, each method and path once, in the order in which they first came.

    The entries are read at once, what they may have been meant for is found out one after the other.
    """
    calls: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        if entry["operation"] is None:
            calls.setdefault((entry["method"], entry["path"]), []).append(entry["id"])
    return (
        Miss(*missed, tuple(ids), sentence(*missed, operations), tuple(nearest(*missed, operations)))
        for missed, ids in calls.items()
    )


def _of_path(method: str, path: str, near: Sequence[Near]) -> list[Near]:
    """The operations of exactly this path. None if one of them has the method: then that was not what is wrong."""
    right = [one for one in near if _fills(path, one.path)]
    return [] if any(one.method == method for one in right) else right


def _fills(path: str, template: str) -> bool:
    parts, wanted = path.split("/"), template.split("/")
    return len(parts) == len(wanted) and all(
        part == want or (part != "" and want.startswith("{")) for part, want in zip(parts, wanted, strict=True)
    )


@lru_cache(maxsize=256)  # the sentence asks again what `nearest` asked
def _likeness(path: str, template: str) -> float:
    """1 if the segments are alike in the same order: difflib's ratio, with segments that are alike in part."""
    parts = [part[:LONGEST_SEGMENT] for part in path.lower().split("/") if part][:LONGEST_PATH]
    wanted = [part for part in template.lower().split("/") if part]
    best = [0.0] * (len(wanted) + 1)  # of the segments so far with the first n of the template's
    for part in parts:
        row = [0.0]
        for number, want in enumerate(wanted):
            row.append(max(best[number] + _alike(part, want), best[number + 1], row[number]))
        best = row
    return 2 * best[-1] / max(1, len(parts) + len(wanted))


@lru_cache(maxsize=4096)
def _alike(part: str, want: str) -> float:
    if want.startswith("{"):
        return NUMBER if part.isdecimal() else WORD
    return SequenceMatcher(None, part, want, autojunk=False).ratio()
