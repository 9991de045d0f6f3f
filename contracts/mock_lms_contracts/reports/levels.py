"""How many requirements of each level hold. A report begins with these headlines, the MUSTs first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mock_lms_contracts.outcome import NOT_RUN
from mock_lms_contracts.requirements import LEVELS, by_id
from mock_lms_contracts.verdicts import Result, Verdict

KINDS = {
    Verdict.PASS: "hold",
    Verdict.STALE: "hold",
    Verdict.FAIL: "fail",
    Verdict.KNOWN: "known",
    Verdict.INCONCLUSIVE: "undecided",
    Verdict.HARNESS_ERROR: "undecided",
    Verdict.SKIPPED: "not claimed",
}
COUNTED = ("hold", "fail", "known", "undecided", "not run", "not claimed")


def by_level(results: Iterable[Result]) -> dict[str, dict[str, int]]:
    """The counts for `report.json`. A level without selected requirements is left out."""
    counts: dict[str, Counter[str]] = {level: Counter() for level in LEVELS}
    for result in results:
        kind = "not run" if result.message == NOT_RUN else KINDS[result.verdict]
        counts[by_id()[result.requirement].level][kind] += 1
    return {level: {kind: count[kind] for kind in COUNTED} for level, count in counts.items() if count}


def headlines(report: Mapping[str, Any]) -> list[str]:
    """A sentence for each level: "43 of 45 MUST hold, 2 do not; 11 not claimed"."""
    return [_headline(level, count) for level, count in report["levels"].items()]


def _headline(level: str, count: Mapping[str, int]) -> str:
    claimed = sum(count.values()) - count["not claimed"]
    parts = [f"{count['hold']} of {claimed} {level} hold"]
    if count["fail"]:
        parts.append(f"{count['fail']} {'does' if count['fail'] == 1 else 'do'} not")
    if count["known"]:
        parts.append(f"{count['known']} known not to")
    parts += [f"{count[kind]} {kind}" for kind in ("undecided", "not run") if count[kind]]
    said = ", ".join(parts) if claimed else f"no {level} checked"
    return f"{said}; {count['not claimed']} not claimed" if count["not claimed"] else said
