"""Estimates the calls and seconds that a run needs, before it writes anything."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from mock_lms_contracts.adapters import Claims
from mock_lms_contracts.outcome import Options
from mock_lms_contracts.requirements import Requirement
from mock_lms_contracts.target import Target

READS = 5
"""Reads whose median duration is the round trip."""

LIST = "/learn/v1/courses"
LONG = 60.0
"""Seconds from which two processes are faster than one, as measured. The longest check cannot be split."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimate for one run."""

    calls: int
    writes: int
    own_seconds: float
    """Seconds of the suite's own work, which do not depend on the target."""

    round_trip: float
    options: Options
    own_worlds: bool

    @property
    def seconds(self) -> float:
        return self.own_seconds + self.calls * self.round_trip

    def workers(self) -> list[str]:
        """Arguments of pytest-xdist: two workers if worlds are separate and that is faster, unless the user decides."""
        profiles = {requirement.profile for requirement in self.options.requirements}
        cores = os.cpu_count() or 1
        is_meant = asks_for_workers(self.options.pytest) or self.options.max_writes is not None
        helps = self.own_worlds and len(profiles) > 1 and cores > 1 and self.seconds >= LONG
        return ["-n", "2"] if helps and not is_meant else []

    def __str__(self) -> str:
        most = self.options.max_writes
        short = most is not None and most < self.writes
        return (
            f"about {_rounded(self.calls):,} calls, {_rounded(self.writes):,} of them writing; at "
            f"{self.round_trip * 1_000:.2g} ms a call about {_duration(self.seconds)}"
            + (f"; --max-writes {most:,} is not enough for all, and core comes first" if short else "")
            + ("; two processes share them" if self.workers() else "")
        )


def estimated(target: Target, claims: Claims, options: Options) -> Estimate:
    """Estimates, after a few reads. Raises `HarnessError` if the target does not answer."""
    calls, writes, milliseconds = needed(options.requirements, claims, options.adapter)
    return Estimate(
        calls, writes, milliseconds / 1_000, round_trip(target), options, "own_worlds" in claims.capabilities
    )


def asks_for_workers(arguments: Iterable[str]) -> bool:
    """Whether these arguments of pytest decide in how many processes the checks run."""
    return any(argument.startswith(("-n", "--numprocesses")) for argument in arguments)


def needed(chosen: Sequence[Requirement], claims: Claims, adapter: str) -> list[int]:
    """Calls, writing calls and milliseconds by `costs.yaml`. What several checks share counts once."""
    kind = "api" if adapter == "api" else "own"
    costs = published()
    counts = [costs["run"][kind]]
    shared = set()
    for requirement in chosen:
        cost = costs["requirements"].get(requirement.id)
        if cost and claims.capabilities.issuperset(requirement.needs):
            counts.append(cost[kind])
            shared.add(cost.get("shares"))
    counts += [cost[kind] for name, cost in costs["shared"].items() if name in shared]
    return [sum(column) for column in zip(*counts, strict=True)]


@cache
def published() -> Mapping[str, Any]:
    """`costs.yaml`."""
    contents: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("costs.yaml").read_text(encoding="utf-8"))
    return contents


def round_trip(target: Target) -> float:
    """Seconds of one call: the median of a few reads, whatever the answer."""
    durations = []
    for _ in range(READS):
        began = time.monotonic()
        target.call("GET", LIST, query={"page_size": 1})
        durations.append(time.monotonic() - began)
    return median(durations)


def _rounded(count: int) -> int:
    """The count rounded to two digits, since it is only an estimate."""
    return int(float(f"{count:.2g}"))


def _duration(seconds: float) -> str:
    if seconds < 90:  # noqa: PLR2004 -- longer times are given in minutes
        return f"{max(1, seconds):.0f} s"
    return f"{seconds / 60:.0f} min"
