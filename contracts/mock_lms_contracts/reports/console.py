"""The summary that a run prints at its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_lms_contracts.reports.causes import causes
from mock_lms_contracts.reports.levels import headlines


def render(report: Mapping[str, Any]) -> str:
    """A line for each requirement that did not pass, then the totals and the exit code."""
    return "\n".join(_lines(report))


def left(report: Mapping[str, Any]) -> str:
    """What the run leaves behind on the target."""
    counts = ", ".join(f"{number} {kind}" for kind, number in report["left"].items())
    name, target = report["times"]["run"], report["target"]
    in_bulk = target["adapter"] == "api" and "single_unenroll" not in target["capabilities"]
    how = "; the bulk unenrollment took people out, since single_unenroll is not claimed" if in_bulk else ""
    return f"left on the target, since the API cannot remove it: {counts} (names begin with {name}){how}"


def expected(report: Mapping[str, Any]) -> str:
    """Which behaviors were expected, and what was found of each."""
    return ", ".join(
        f"{name}={value} ({_found(value, report['variants'].get(name))})" for name, value in report["expected"].items()
    )


def counts(report: Mapping[str, Any]) -> dict[str, int]:
    """The number of results by verdict. What an interrupted run did not reach is counted apart."""
    by_verdict = dict(report["counts"])
    if report["not_run"]:
        by_verdict["inconclusive"] -= report["not_run"]
        by_verdict["not run"] = report["not_run"]
    return by_verdict


def _found(expected: str, found: str | None) -> str:
    if found is None:
        return "not found out"
    return "found" if found == expected else f"found: {found}"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    for cause in causes(result for result in report["results"] if result["verdict"] != "pass"):
        if len(cause.results) > 1:
            ids = ", ".join(cause.requirements)
            yield f"{cause.verdict:<13} {len(cause.results)} requirements -- {cause.message} ({ids})"
        else:
            result = cause.first
            said = f"{result['sentence']} -- {cause.message}"
            yield f"{result['verdict']:<13} {result['requirement']:<24} {result['level']:<6} {said}"
    for problem in report["problems"]:
        yield f"{'problem':<13} {problem}"
    yield ""
    yield from headlines(report)
    said = ", ".join(f"{number} {name}" for name, number in counts(report).items() if number)
    yield f"{said}; {report['effects']} effects observed, {report['writes']} writing calls"
    if report["left"]:
        yield left(report)
    if report["expected"]:
        yield f"expected: {expected(report)}"
    if report["variants"]:
        yield "found: " + ", ".join(f"{name}={value}" for name, value in report["variants"].items())
    told = [result for result in report["results"] if result["again"] and result["verdict"] != "known"]
    if told:
        yield f"again: {told[0]['again']}"
    yield f"exit code {report['exit_code']}: {report['meaning']} (seed {report['seed']})"
