"""What a call that hit no operation was perhaps meant for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, TypeAlias

from mock_lms.http.operations import without_api

Operations: TypeAlias = Collection[tuple[str, str, str]]
"""Each operation's method, path template and operationId."""

NUMBER_IN_PATH = "{id}"
"""What stands for any number where calls of many ids are counted together."""

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


def nearest(method: str, path: str, operations: Operations, most: int = 3) -> list[Near]:
    """The operations that come nearest, the best first. If it is only the method that is wrong, those of the path."""
    path = without_api(path)
    near = [Near(*operation) for operation in operations]
    if right := _of_path(method, path, near):
        return right[:most]
    likeness = {one: _likeness(path, one.path) for one in near}
    likely = [one for one in near if likeness[one] >= LEAST]
    return sorted(likely, key=lambda one: -likeness[one] - SAME_METHOD * (one.method == method))[:most]


def sentence(method: str, path: str, operations: Operations) -> str:
    """What is wrong with the call, and what to call instead."""
    told = f"{method} {path[:200]} is no operation"
    if right := _of_path(method, without_api(path), [Near(*operation) for operation in operations]):
        return f"{told}; this path has {', '.join(f'{one.method} ({one.operation})' for one in right)}"
    best = nearest(method, path, operations, 1)
    return f"{told}; nearest: {best[0]}" if best else f"{told}, and none is near"


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
        return NUMBER if part.isdecimal() or part == NUMBER_IN_PATH else WORD
    return SequenceMatcher(None, part, want, autojunk=False).ratio()
