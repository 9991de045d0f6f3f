"""`report.html`: one page for people, without scripts or external resources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mock_lms_contracts.reports.causes import causes
from mock_lms_contracts.reports.console import expected, left
from mock_lms_contracts.reports.levels import headlines
from mock_lms_contracts.reports.values import sides
from mock_lms_contracts.requirements import profiles
from mock_lms_contracts.verdicts import Verdict

SIGNS = {
    "pass": "✓",
    "skipped": "○",
    "known": "≈",
    "inconclusive": "?",
    "harness error": "!",
    "stale": "↺",
    "fail": "✗",
}
MEANINGS = {
    "pass": "the requirement holds, and what it is about really happened",
    "skipped": "the target does not claim to do this",
    "known": "the requirement does not hold, and the baseline excuses that",
    "inconclusive": "the check could not decide, as what it needs was not there",
    "harness error": "the suite, the adapter or the connection failed",
    "stale": "the requirement holds, though the baseline says that it fails",
    "fail": "the requirement does not hold",
}
HEADLINES = {
    "passed": "The implementation keeps the contract",
    "findings": "The implementation does not keep the contract",
    "undecided": "Nothing can be said for certain",
}


def render(report: Mapping[str, Any]) -> str:
    """The file."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    results = report["results"]
    by_profile: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for result in results:
        by_profile[result["profile"]].append(result)
    order = [verdict.value for verdict in reversed(Verdict)]
    told = [result for result in results if result["verdict"] not in {"pass", "skipped"}]
    return environment.get_template("report.html.j2").render(
        report=report,
        by_profile=by_profile,
        profiles=profiles(),
        told=sorted(causes(told), key=lambda cause: order.index(cause.verdict)),
        signs=SIGNS,
        meanings=MEANINGS,
        sides=sides,
        left=left(report) if report["left"] else "",
        expected=expected(report),
        headline=HEADLINES[report["verdict"]],
        headlines=headlines(report),
    )
