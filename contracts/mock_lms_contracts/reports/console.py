"""What a run says when it is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def render(report: Mapping[str, Any]) -> str:
    """A line for each requirement that is not a pass, then what it all means."""
    return "\n".join(_lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    for each in report["results"]:
        if each["verdict"] != "pass":
            why = each["known"] if each["verdict"] == "known" else each["message"]
            said = f"{each['sentence']} -- {' '.join(str(why).split())}"
            yield f"{each['verdict']:<13} {each['requirement']:<24} {each['level']:<6} {said}"
    for problem in report["problems"]:
        yield f"{'problem':<13} {problem}"
    counts = ", ".join(f"{number} {name}" for name, number in report["counts"].items() if number)
    yield f"\n{counts}; {report['effects']} effects observed, {report['writes']} writing calls"
    if report["variants"]:
        yield "found: " + ", ".join(f"{name}={value}" for name, value in report["variants"].items())
    told = [each for each in report["results"] if each["again"] and each["verdict"] != "known"]
    if told:
        yield f"again: {told[0]['again']}"
    yield f"exit code {report['exit_code']}: {report['meaning']} (seed {report['seed']})"
