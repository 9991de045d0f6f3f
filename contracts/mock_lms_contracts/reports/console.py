"""What a run says when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

OF_THE_RUN = {"inconclusive", "harness error"}
"""Verdicts that many requirements may have for one reason, which is said once."""


def render(report: Mapping[str, Any]) -> str:
    """A line for each requirement that is not a pass, then what it all means."""
    return "\n".join(_lines(report))


def left(report: Mapping[str, Any]) -> str:
    """What of the run's stays on the target."""
    counts = ", ".join(f"{number} {kind}" for kind, number in report["left"].items())
    name, target = report["times"]["run"], report["target"]
    in_bulk = target["adapter"] == "api" and "single_unenroll" not in target["capabilities"]
    how = "; people were taken out by the bulk unenrollment, as single_unenroll is not claimed" if in_bulk else ""
    return f"left on the target, as the API cannot remove it: {counts} (names begin with {name}){how}"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    results = [result for result in report["results"] if result["verdict"] != "pass"]
    reasons = Counter((result["verdict"], result["message"]) for result in results if result["verdict"] in OF_THE_RUN)
    for (verdict, why), number in reasons.items():
        if number > 1:
            yield f"{verdict:<13} {number} requirements -- {' '.join(why.split())}"
    for result in results:
        if reasons[result["verdict"], result["message"]] <= 1:
            why = result["known"] if result["verdict"] == "known" else result["message"]
            said = f"{result['sentence']} -- {' '.join(str(why).split())}"
            yield f"{result['verdict']:<13} {result['requirement']:<24} {result['level']:<6} {said}"
    for problem in report["problems"]:
        yield f"{'problem':<13} {problem}"
    counts = ", ".join(f"{number} {name}" for name, number in report["counts"].items() if number)
    yield f"\n{counts}; {report['effects']} effects observed, {report['writes']} writing calls"
    if report["left"]:
        yield left(report)
    if report["variants"]:
        yield "found: " + ", ".join(f"{name}={value}" for name, value in report["variants"].items())
    told = [result for result in report["results"] if result["again"] and result["verdict"] != "known"]
    if told:
        yield f"again: {told[0]['again']}"
    yield f"exit code {report['exit_code']}: {report['meaning']} (seed {report['seed']})"
