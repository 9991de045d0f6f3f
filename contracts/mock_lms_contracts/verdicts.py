"""What can be said of a requirement, and how a check says it.

pass            it held, and what it is about really happened
skipped         the target does not claim to do this: `NotClaimed`
inconclusive    nothing can be said, since what had to be the case was not: `Inconclusive`
harness error   we, or whoever prepares the target, did something wrong: `HarnessError`, and whatever else is raised
fail            it did not hold: a `Finding`

A baseline adds two, which no check can say: `known`, a failure that the baseline names, and `stale`, a pass of what it
says fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """Of one requirement. The order is from good to bad: of several, the last decides."""

    PASS = "pass"  # noqa: S105 -- no password
    SKIPPED = "skipped"
    KNOWN = "known"
    INCONCLUSIVE = "inconclusive"
    HARNESS_ERROR = "harness error"
    STALE = "stale"
    FAIL = "fail"


class Finding(AssertionError):
    """The requirement does not hold. `expected` and `seen` are what differs, as JSON.

    `requirement` is the one that does not hold, where that is not the one that is being checked.
    """

    def __init__(self, message: str, expected: Any = None, seen: Any = None, requirement: str = "") -> None:
        super().__init__(message)
        self.message, self.expected, self.seen, self.requirement = message, expected, seen, requirement


def together(first: str, *others: str) -> str:
    """Several messages of one requirement as one: the first, then what else there is, each once."""
    also = dict.fromkeys(f"Also: {message}" for message in others if message and message != first)
    return " ".join([first, *also]).strip()


class NotClaimed(Exception):
    """The target does not claim this capability. One line that says which."""


class Inconclusive(Exception):
    """What the check needs was not the case. One line."""


class HarnessError(Exception):
    """Our own request was wrong, or the adapter did not do its work. One line."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one requirement."""

    requirement: str
    verdict: Verdict
    message: str = ""
    expected: Any = None
    seen: Any = None
    curl: Sequence[str] = ()
    """The calls that show it, without their tokens."""

    effects: int = 0
    """How many pairs of user and course or plan were seen to go, come or change."""

    variants: Mapping[str, str] = field(default_factory=dict)
    """Which of several legitimate behaviors the target has."""

    calls: int = 0
    """How many calls the check made when its world was there."""

    seconds: float = 0.0
    known: str = ""
    """The reason that the baseline gives for the failure."""
