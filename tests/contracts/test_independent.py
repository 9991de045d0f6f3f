"""The suite and an implementation that has nothing of mock-lms: right it passes, broken it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from mock_lms_contracts.outcome import Outcome
from mock_lms_contracts.requirements import select
from mock_lms_contracts.run import Options, run
from mock_lms_contracts.verdicts import Verdict

from tests.contracts.independent.broken import EmptiesCourses, ForgetsThePlan, RemovesNobody
from tests.contracts.independent.lms import Lms
from tests.contracts.independent.server import CLAIMS, Desk, open_desk

NOT_CLAIMED = (
    "QUOTA-LIMIT-1", "QUOTA-RETRY-1", "AUTH-TOKEN-3", "AUTH-TOKEN-4", "AUTH-TOKEN-5",
    "READ-FILTER-7", "READ-FILTER-8", "SINGLE-ENROLL-1", "UNENROLL-EFFECT-5", "CERTIFICATE-PLAN-1",
    "USER-TAKEN-1", "BATCH-ROWS-1", "BATCH-EFFECT-1", "BATCH-NAMES-1", "BATCH-LEAVE-1", "BATCH-STATUS-1",
)  # fmt: skip
"""It has no limit of calls, enrolls nobody singly, lists no plan's courses and no levels; nobody is
suspended or waiting there, plans have no certificates, it gives no such tokens,
its lists name nobody, and it takes no batches."""


def check(desk: Desk, *profiles: str) -> Outcome:
    """A run as `--adapter URL` makes it. The token is whatever the adapter says."""
    return run(Options(base_url=desk.url, requirements=select(profiles), adapter=f"{desk.url}/state"))


def test_the_independent_implementation_passes_all_that_it_claims(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_desk() as desk:
        outcome = check(desk)
        left = list(desk.worlds)
    others = {result.requirement: result.message for result in outcome.results if result.verdict is not Verdict.PASS}
    assert others.keys() == {*NOT_CLAIMED}, others
    assert outcome.exit_code == 0, outcome.decision
    unclaimed = {"listed_and_cascaded": "error", "placeholder_among_ids": "report", "singular_path": "not_found"}
    assert outcome.variants == {**CLAIMS["variants"], **unclaimed}
    assert left == [], "worlds that nobody ended"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "profile", "broken"),
    [
        (RemovesNobody, "core", {"UNENROLL-EFFECT-1", "UNENROLL-EFFECT-4"}),
        (EmptiesCourses, "core", {"UNENROLL-EFFECT-2"}),
        (ForgetsThePlan, "learning-plans", {"PLAN-LEAVE-1"}),
    ],
)
def test_with_one_rule_broken_it_fails_and_the_rule_is_among_the_findings(
    kind: type[Lms], profile: str, broken: set[str]
) -> None:
    with open_desk(kind) as desk:
        outcome = check(desk, profile)
    failed = {result.requirement for result in outcome.results if result.verdict is Verdict.FAIL}
    assert failed >= broken
    assert outcome.exit_code == 1
