"""`summary.md`: for $GITHUB_STEP_SUMMARY and whatever else shows Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mock_lms_contracts.reports.causes import Cause, causes
from mock_lms_contracts.reports.console import counts, expected, left
from mock_lms_contracts.reports.levels import headlines
from mock_lms_contracts.reports.values import sides
from mock_lms_contracts.verdicts import Verdict

TITLES = {"passed": "✅ passed", "findings": "❌ findings", "undecided": "⚠️ undecided"}
TOLD = {Verdict.FAIL, Verdict.STALE, Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE}
CALLS = 10
"""Calls shown of one finding. GitHub limits a summary to 1 MiB."""


def render(report: Mapping[str, Any]) -> str:
    """The file."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    target, selection = report["target"], report["selection"]
    yield f"## Enrollment contract: {TITLES[report['verdict']]}"
    for headline in headlines(report):
        yield f"\n**{headline}.**"
    partial = "**Partial.** " if report["partial"] else ""
    yield f"\n{partial}{cell(report['meaning'].capitalize())} (exit code {report['exit_code']}).\n"
    yield "| " + " | ".join(counts(report)) + " | effects seen |"
    yield "| " + " | ".join("---:" for _ in counts(report)) + " | ---: |"
    yield "| " + " | ".join(map(str, counts(report).values())) + f" | {report['effects']} |"
    build = f" ({cell(target['build'])})" if target["build"] else ""
    yield f"\nTarget {cell(target['base_url'])}{build}, adapter {cell(target['adapter'])}, seed {report['seed']},"
    profiles = ", ".join(selection["profiles"]) or "all"
    yield f"profiles {profiles}, level {selection['level'].upper()} and stronger, suite {report['suite']['version']}."
    if report["expected"]:
        yield f"\nExpected: {cell(expected(report))}."
    if report["variants"]:
        shown = ", ".join(f"{cell(name)}={cell(value)}" for name, value in report["variants"].items())
        yield f"\nVariants found: {shown}."
    for problem in report["problems"]:
        yield f"\n**Problem:** {cell(problem)}"
    if report["left"]:
        yield f"\n**Left behind:** {cell(left(report))}."
    told = causes(result for result in report["results"] if result["verdict"] in TOLD)
    if told:
        yield "\n| | requirement | level | sentence | what was seen |\n| --- | --- | --- | --- | --- |"
        for cause in told:
            first, several = cause.first, len(cause.results) > 1
            levels = ", ".join(dict.fromkeys(result["level"] for result in cause.results))
            sentence = f"{len(cause.results)} requirements with one cause" if several else first["sentence"]
            words = (cause.verdict, ", ".join(cause.requirements), levels, sentence, cause.message)
            yield "| " + " | ".join(map(cell, words)) + " |"
    known = [result for result in report["results"] if result["verdict"] == Verdict.KNOWN]
    if known:
        yield (
            "\nKnown failures: "
            + ", ".join(f"{result['requirement']} ({cell(result['known'])})" for result in known)
            + "."
        )
    for cause in told:
        yield from _details(cause)


def _details(cause: Cause) -> Iterator[str]:
    """Details of the first result that has this cause."""
    result, others = cause.first, len(cause.results) - 1
    more = f" (and {others} more)" if others else ""
    yield f"\n<details><summary>{result['requirement']}{more}: {cell(result['sentence'])}</summary>\n"
    if result["verdict"] == Verdict.FAIL:
        for title, lines in sides(result).items():
            yield f"{title}:\n{fenced(chr(10).join(lines) or 'nothing')}"
    calls = result["curl"][:CALLS]
    hidden = len(result["curl"]) - len(calls)
    if calls:
        yield fenced("\n".join(calls + ([f"# and {hidden} more, in report.json"] if hidden else [])), "sh")
    if result["again"]:
        yield fenced(result["again"], "sh")
    yield f"Source: {cell(result['source'])}, confidence {result['confidence']}.\n\n</details>"


def cell(text: str) -> str:
    """Escapes a text for a line or a table cell."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", " ".join(escaped.split()))


def fenced(text: str, language: str = "") -> str:
    """The text as a code block, with a fence longer than any in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
