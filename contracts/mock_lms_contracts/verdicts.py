"""The verdicts on a requirement, and how a check gives them.

pass            the requirement holds, and what it is about really happened
skipped         the target does not claim to do this: `NotClaimed`
inconclusive    the check could not decide, as what it needs was not there: `Inconclusive`
harness error   the suite or the adapter made a mistake: `HarnessError`, or any other exception
fail            the requirement does not hold: `Finding`

A baseline adds two verdicts, which no check gives: `known`, a failure that the baseline names, and `stale`, a pass of a
requirement that the baseline says fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The verdict on one requirement. The order is from good to bad: the worst of several verdicts counts."""

    PASS = "pass"  # noqa: S105 -- no password
    SKIPPED = "skipped"
    KNOWN = "known"
    INCONCLUSIVE = "inconclusive"
    HARNESS_ERROR = "harness error"
    STALE = "stale"
    FAIL = "fail"


class Finding(AssertionError):
    """The requirement does not hold. `expected` and `seen` are what differs, as JSON.

    `requirement` names the one that does not hold, if it is not the one that is being checked.
    """

    def __init__(self, message: str, expected: Any = None, seen: Any = None, requirement: str = "") -> None:
        super().__init__(message)
        self.message, self.expected, self.seen, self.requirement = message, expected, seen, requirement


def together(first: str, *others: str) -> str:
    """Joins several messages of one requirement: the first, then each other one once."""
    also = dict.fromkeys(f"Also: {message}" for message in others if message and message != first)
    return " ".join([first, *also]).strip()


class NotClaimed(Exception):
    """The target does not claim a capability that is needed. One line says which."""


class Inconclusive(Exception):
    """Something that the check needs was not there. One line says what."""


class HarnessError(Exception):
    """Our own request was wrong, or the adapter did not do its work. One line says what to fix."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one requirement."""

    requirement: str
    verdict: Verdict
    message: str = ""
    expected: Any = None
    seen: Any = None
    curl: Sequence[str] = ()
    """The calls that show the result, without their tokens."""

    effects: int = 0
    """How many enrollments were seen to disappear, appear or change."""

    variants: Mapping[str, str] = field(default_factory=dict)
    """Which of several legitimate behaviors the target has."""

    calls: int = 0
    """How many calls the check made once its world was prepared."""

    seconds: float = 0.0
    known: str = ""
    """The reason that the baseline gives for the failure."""
