"""Whether the calls were as expected: how often, never, or in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nsmallest
from typing import Any

from mock_lms.control.journal import Entry
from mock_lms.control.journal.match import NONE, Match
from mock_lms.domain.errors import InvalidRequest
from mock_lms.http.fields import whole_number

MOST = 100  # expectations, and steps of an order: each looks at every call
NEAREST = 3  # calls that a failure shows
MISSED = 0.7  # how like any operation a call of none is: it may have been meant for it


@dataclass(frozen=True, slots=True)
class Nearest:
    """A call that is not what was expected, but comes near."""

    id: int
    method: str
    path: str
    differences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "method": self.method, "path": self.path, "differences": list(self.differences)}


@dataclass(frozen=True, slots=True)
class Failure:
    """What was not as expected. `calls` should not have been; `nearest` are what a missing call may have become."""

    expectation: int
    message: str
    calls: tuple[int, ...] = ()
    nearest: tuple[Nearest, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "expectation": self.expectation,
            "message": self.message,
            "calls": list(self.calls),
            "nearest": [near.as_json() for near in self.nearest],
        }


def verify(
    entries: Iterable[Entry], expectations: Sequence[Mapping[str, Any]], operations: Collection[str] = ()
) -> list[Failure]:
    """What is not as expected, in the order of the expectations.

    `entries` come in the order of their ids. They are gone through once for all expectations, and once more for each
    that failed and shows what came near, so they need not all be in memory. With `operations` a match that names
    another one is refused: what can't happen is never seen. Raises `InvalidRequest`, before anything is checked.
    """
    if not isinstance(expectations, list | tuple) or not expectations:
        raise InvalidRequest("expectations", "a list of at least one is needed. Nothing expected is nothing checked.")
    if len(expectations) > MOST:
        raise InvalidRequest("expectations", f"{len(expectations):,} are more than the {MOST} of one verdict.")
    checks = [
        _check(f"expectations.{number}", expectation, operations) for number, expectation in enumerate(expectations)
    ]
    for entry in entries:
        for check in checks:
            check.see(entry)
    return [failure for number, check in enumerate(checks) if (failure := check.failure(number, entries))]


# --- the kinds of expectations. Each sees every call in its order, and is then asked what was wrong


@dataclass(slots=True)
class Called:
    """At least, and perhaps at most, so many calls."""

    match: Match
    least: int
    most: int | None
    calls: list[int] = field(default_factory=list)

    def see(self, entry: Entry) -> None:
        if self.match.matches(entry):
            self.calls.append(entry["id"])

    def failure(self, number: int, entries: Iterable[Entry]) -> Failure | None:
        if len(self.calls) < self.least:
            return Failure(number, self._sentence(len(self.calls)), (), _nearest(self.match, entries))
        if self.most is not None and len(self.calls) > self.most:
            return Failure(number, self._sentence(len(self.calls)), tuple(self.calls))
        return None

    def _sentence(self, count: int) -> str:
        if self.most is None:
            wanted = f"at least {self.least}"
        elif self.least == self.most:
            wanted = str(self.least)
        else:
            wanted = f"{self.least} to {self.most}" if self.least else f"at most {self.most}"
        return f"{self.match} was called {_times(count)}, not {wanted}"


@dataclass(slots=True)
class Never:
    """No call, at least not before the first of another kind."""

    match: Match
    before: Match | None
    calls: list[int] = field(default_factory=list)
    first: int | None = None
    """The first call of the other kind."""

    def see(self, entry: Entry) -> None:
        if self.first is not None:
            return
        if self.before is not None and self.before.matches(entry):
            self.first = entry["id"]
        elif self.match.matches(entry):
            self.calls.append(entry["id"])

    def failure(self, number: int, entries: Iterable[Entry]) -> Failure | None:
        if not self.calls:
            return None
        told, calls = f"{self.match} was called {_times(len(self.calls))}", tuple(self.calls)
        if self.before is None:
            return Failure(number, f"{told}, which must never be", calls)
        if self.first is None:
            message = f"{told}, though {self.before} was never called before it"
            return Failure(number, message, calls, _nearest(self.before, entries))
        return Failure(number, f"{told} before {self.before} first was (call {self.first})", calls)


@dataclass(slots=True)
class Order:
    """One call after the other, with whatever calls between them."""

    matches: tuple[Match, ...]
    steps: list[int] = field(default_factory=list)

    def see(self, entry: Entry) -> None:
        # the earliest call will do: it leaves most for the steps that follow
        if len(self.steps) < len(self.matches) and self.matches[len(self.steps)].matches(entry):
            self.steps.append(entry["id"])

    def failure(self, number: int, entries: Iterable[Entry]) -> Failure | None:
        if len(self.steps) == len(self.matches):
            return None
        match, last = self.matches[len(self.steps)], self.steps[-1] if self.steps else 0
        early = tuple(entry["id"] for entry in entries if match.matches(entry) and entry["id"] not in self.steps)
        after = f" after {self.matches[len(self.steps) - 1]} (call {last})" if last else ""
        message = f"{match} was {'not' if after else 'never'} called{after}"
        return Failure(number, message, early, _nearest(match, (entry for entry in entries if entry["id"] > last)))


# --- reading them

BESIDE = {"called": {"times", "at_least", "at_most"}, "never": {"before"}, "order": set[str]()}
"""The kinds of expectations, and what may stand beside each."""


def _check(where: str, expectation: Any, operations: Collection[str]) -> Called | Never | Order:
    """Raises `InvalidRequest`."""
    kinds = sorted(BESIDE.keys() & expectation) if isinstance(expectation, Mapping) else []
    if len(kinds) != 1:
        raise InvalidRequest(where, f"it must be an object with exactly one of {', '.join(BESIDE)}.")
    (kind,) = kinds
    if unknown := sorted(map(str, expectation.keys() - BESIDE[kind] - {kind})):
        allowed = ", ".join(sorted(BESIDE[kind])) or "nothing"
        raise InvalidRequest(where, f"{unknown[0]} can't stand beside {kind}, only {allowed} can.")

    def match(name: str, value: Any) -> Match:
        try:
            return Match.of(value, operations)
        except InvalidRequest as error:
            raise InvalidRequest(where, f"{name}.{error}") from None

    if kind == "called":
        return Called(match(kind, expectation[kind]), *_limits(where, expectation))
    if kind == "never":
        before = match("before", expectation["before"]) if "before" in expectation else None
        if before and before.status is None:
            before = replace(before, status=("2xx",))  # a backup that failed is none
        return Never(match(kind, expectation[kind]), before)
    steps = expectation["order"]
    if not isinstance(steps, list | tuple) or len(steps) < 2:  # noqa: PLR2004
        raise InvalidRequest(where, "order needs a list of at least two matches; for one there is called.")
    if len(steps) > MOST:
        raise InvalidRequest(where, f"order has more than {MOST:,} steps.")
    return Order(tuple(match(f"order.{number}", step) for number, step in enumerate(steps)))


def _limits(where: str, expectation: Mapping[str, Any]) -> tuple[int, int | None]:
    """How often at least, and at most."""
    limits: dict[str, int] = {}
    for name in ("times", "at_least", "at_most"):
        if name in expectation:
            limit = whole_number(expectation[name])
            if limit is None or limit < 0:
                raise InvalidRequest(where, f"{name} must be a whole number from 0 on.")
            limits[name] = limit
    if "times" in limits:
        if len(limits) > 1:
            raise InvalidRequest(where, "times says it all; leave out at_least and at_most, or times.")
        return limits["times"], limits["times"]
    least, most = limits.get("at_least", 0 if "at_most" in limits else 1), limits.get("at_most")
    if most is None and least == 0:
        raise InvalidRequest(where, "at_least 0 is always so. Write 1 or more, or leave the expectation out.")
    if most is not None and most < least:
        raise InvalidRequest(where, f"nothing is at least {least} and at most {most}.")
    return least, most


# --- what a failure shows


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _nearest(match: Match, entries: Iterable[Entry]) -> tuple[Nearest, ...]:
    """First those whose operation or path is most like the one asked for, then those that differ least."""
    ranked = (
        (-_likeness(match, entry), len(differences), int(entry["id"]), entry, tuple(differences))
        for entry in entries
        if (differences := match.differences(entry))
    )
    return tuple(
        Nearest(number, entry["method"], entry["path"], differences)
        for _, _, number, entry, differences in nsmallest(NEAREST, ranked, key=lambda rank: rank[:3])
    )


def _likeness(match: Match, entry: Entry) -> float:
    if match.operation not in {None, NONE}:
        return _ratio(str(match.operation), entry["operation"]) if entry["operation"] else MISSED
    return _ratio(match.path, entry["path"]) if match.path else 1.0


@lru_cache(maxsize=1024)
def _ratio(wanted: str, actual: str) -> float:
    return SequenceMatcher(None, wanted, actual[:200], autojunk=False).ratio()
