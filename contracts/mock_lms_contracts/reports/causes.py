"""Groups results with the same verdict and message, so that reports state one cause once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CHANCE = re.compile(r"\b[0-9a-f]{8,}\b|\d{4,}")
"""Matches what differs from call to call: ids and random names. Statuses and counts are shorter."""

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """One message, and the results that have it."""

    results: tuple[Result, ...]

    @property
    def first(self) -> Result:
        return self.results[0]

    @property
    def verdict(self) -> str:
        return str(self.first["verdict"])

    @property
    def message(self) -> str:
        """On one line."""
        return " ".join(_said(self.first).split())

    @property
    def requirements(self) -> list[str]:
        return [result["requirement"] for result in self.results]


def causes(results: Iterable[Result]) -> list[Cause]:
    """The causes, in the order of their first results."""
    by_cause: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        by_cause.setdefault((result["verdict"], CHANCE.sub("#", _said(result))), []).append(result)
    return [Cause(tuple(alike)) for alike in by_cause.values()]


def _said(result: Result) -> str:
    """The message, or the baseline's reason for a failure that is known."""
    return str(result["known"] if result["verdict"] == "known" else result["message"])
