"""The suite finds every sabotaged server, by the requirement that it breaks, and nothing wrong with the right one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from mock_lms_contracts import explore, fuzz
from mock_lms_contracts.estimate import published
from mock_lms_contracts.outcome import Outcome
from mock_lms_contracts.requirements import find, requirements, select
from mock_lms_contracts.verdicts import Result, Verdict

from mock_lms.control.sabotage import known
from tests.contracts import kill_table
from tests.contracts.driver import EVERYTHING, OURS, Mock, broken, findings
from tests.contracts.kill_table import KILLS

SILENT = {requirement.id for requirement in requirements() if requirement.kills_nothing}
"""Requirements that find no sabotage, and say why they cannot."""

BY_CLAIM = {
    *("truncates_over_the_cap", "cascades_into_shared_courses", "single_wipes_tracks"),
    *("accepts_foreign_tokens", "accepts_expired_tokens", "learners_may_unenroll", "learners_see_everybody"),
}
"""What is wrong with a server only by what its adapter says of it, or can do for a check."""


@pytest.fixture(scope="module")
def complete(mock: Mock) -> Outcome:
    """What every requirement finds of the right server."""
    return mock.check()


def test_of_the_right_server_there_is_nothing_to_find(complete: Outcome) -> None:
    assert findings(complete) == []
    assert {result.verdict for result in complete.results} == {Verdict.PASS}
    assert complete.exit_code == 0
    # reading changes nothing, and of requirements that share a battery, a walk or a world the first counts the effects
    without = {result.requirement for result in complete.results if not result.effects}
    sharing = {name for name, entry in published()["requirements"].items() if "shares" in entry}
    assert without <= sharing | {requirement.id for requirement in select(["reads"])}
    shares = published()["requirements"]
    effects = {shares[result.requirement].get("shares") for result in complete.results if result.effects}
    assert effects >= {"model", "sequences", "schemathesis", "auth", "enrolling", None}


def stable(result: Result) -> Result:
    """Without how long it took, and what the run called its worlds."""
    curl = tuple(re.sub(r"ct[0-9a-f]{6}[a-z]?-", "", call) for call in result.curl)
    return replace(result, seconds=0.0, curl=curl)


def test_the_same_seed_gives_the_same_results_but_for_timings(mock: Mock, complete: Outcome) -> None:
    chosen = [requirement for requirement in OURS if requirement.profile != "quota"]
    again = {result.requirement: stable(result) for result in mock.check(chosen=chosen).results}
    assert again == {result.requirement: stable(result) for result in complete.results if result.requirement in again}


def test_the_same_seed_gives_the_same_findings(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "SHRUNK", 0)  # how far a world gets smaller depends on the time it takes
    tenant = mock.tenant(sabotage="empties_the_course")
    first, second = (mock.check(tenant, select(["core", "learning-plans", "completion"])) for _ in range(2))
    assert findings(first)
    assert list(map(stable, first.results)) == list(map(stable, second.results))


@pytest.mark.parametrize("name", known())
def test_a_sabotaged_server_is_found_out_by_each_requirement_that_it_breaks(
    mock: Mock, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "OPERATIONS", ("bulk_unenroll",))  # what every sabotage that it finds breaks
    monkeypatch.setattr(explore, "SHRUNK", 0)  # smaller worlds are another test's
    outcome = mock.check(mock.tenant(sabotage=name), [find(requirement) for requirement in KILLS[name]])
    assert broken(outcome) >= set(KILLS[name])
    assert outcome.exit_code == 1


def test_every_sabotage_breaks_a_requirement() -> None:
    assert KILLS.keys() == known().keys()
    assert all(KILLS.values())


def test_every_requirement_kills_a_sabotage_or_says_why_it_cannot() -> None:
    killing = {name for finders in KILLS.values() for name in finders}
    assert killing | SILENT == {requirement.id for requirement in requirements()}
    assert killing & SILENT == set()


def test_the_published_table_has_every_sabotage_with_what_finds_it() -> None:
    rows = kill_table.published()
    assert rows.keys() == known().keys()
    for name, row in rows.items():
        assert row.breaks == known()[name].breaks
        assert set(KILLS[name]) == set(row.found_by), name


def test_a_sabotage_that_the_api_shows_is_found_without_more_than_the_api() -> None:
    unseen = {name for name, row in kill_table.published().items() if (row.core, row.api) == ("no", "not visible")}
    hidden = {name for name, sabotage in known().items() if sabotage.family in {"tracking", "certificates"}}
    assert unseen <= hidden | BY_CLAIM


@pytest.mark.skipif(not EVERYTHING, reason="takes a quarter of an hour; CONTRACTS_IN_FULL=1 runs it")
@pytest.mark.timeout(3_600)
def test_the_published_table_is_what_is_measured(mock: Mock) -> None:
    found = kill_table.measured(mock.ready)
    assert found.pop("") == []
    assert {name: "yes" if finders else "not visible" for name, finders in found.items()} == {
        name: row.api for name, row in kill_table.published().items()
    }
