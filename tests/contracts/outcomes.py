"""An outcome with each verdict and as many nasty words as there is room for, and its reports."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mock_lms_contracts import reports
from mock_lms_contracts.adapters import Claims
from mock_lms_contracts.outcome import NOT_RUN, Options, Outcome
from mock_lms_contracts.reports.build import build
from mock_lms_contracts.requirements import by_id, requirements
from mock_lms_contracts.verdicts import Result, Verdict

SCHEMA = json.loads((Path(reports.__file__).parent / "report.schema.json").read_text())
NASTY = "</pre><script>alert('x')</script> ]]> | `code` \x00\x1b[31m \ud800 \ufffe & \"quoted\" ünï"
RUN = "ct0a1b2c"
CURL = f"curl -s -X DELETE 'http://127.0.0.1:9/t/{RUN}-unen/learn/v1/enrollments' -H \"Authorization: Bearer $TOKEN\""
BEGAN = datetime(2026, 6, 1, 10, tzinfo=UTC)


def outcome(**changed: Any) -> Outcome:
    verdicts = dict(zip((requirement.id for requirement in requirements()), [*Verdict, Verdict.FAIL], strict=False))
    results = []
    for name, verdict in verdicts.items():
        difference: dict[str, Any] = {
            "expected": [["course", 1, 2], ["course", 1, 3]],
            "seen": {("course", 1, 3), ("plan", 4, 5)},
            "curl": (CURL, f"curl -d '{NASTY}' 'http://127.0.0.1:9'"),
        }
        more = difference if verdict in {Verdict.FAIL, Verdict.KNOWN} else {}
        message = "" if verdict is Verdict.PASS else f"{NASTY} {RUN}"
        known = NASTY if verdict in {Verdict.KNOWN, Verdict.STALE} else ""
        results.append(Result(name, verdict, message, effects=2, calls=3, seconds=0.25, known=known, **more))
    options = Options(
        base_url="http://127.0.0.1:9/api", requirements=[by_id()[name] for name in verdicts], seed=7, level="SHOULD"
    )
    claims = Claims(frozenset({"inspect"}), variants={"over_cap": "reject"}, build=NASTY)
    outcome = Outcome(options, results, claims, writes=12, problems=[NASTY], name=RUN, began=BEGAN, ended=BEGAN)
    return replace(outcome, **changed)


def partial() -> Outcome:
    """Of a run that was interrupted after the first requirement, with all its others."""
    first, *others = requirements()
    results = [Result(first.id, Verdict.PASS, effects=1, calls=1)]
    results += [Result(other.id, Verdict.INCONCLUSIVE, NOT_RUN) for other in others]
    options = Options(base_url="http://127.0.0.1:9", requirements=requirements(), expected={"over_cap": "reject"})
    return Outcome(options, results, interrupted=True, began=BEGAN, ended=BEGAN)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return build(outcome())


@pytest.fixture(scope="module")
def files(report: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("reports")
    reports.write(report, folder)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
