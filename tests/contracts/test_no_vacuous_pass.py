"""A check of which nothing is there to check says so: it does not pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.adapters.mock import MockAdapter
from mock_lms_contracts.requirements import find, select
from mock_lms_contracts.scenario import Scenario
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import Verdict

from tests.contracts.driver import Mock, broken

pytestmark = pytest.mark.usefixtures("brief")
OF_EFFECTS = [
    requirement
    for requirement in select([])
    if requirement.operation == "bulk_unenroll"
    and not requirement.id.startswith("ROBUST-SCHEMA-")  # which are of answers
]


def test_of_a_server_that_does_nothing_no_requirement_of_an_effect_passes(mock: Mock) -> None:
    outcome = mock.check(mock.tenant(sabotage="does_nothing"), OF_EFFECTS)
    assert [result.requirement for result in outcome.results if result.verdict is Verdict.PASS] == []
    assert {result.verdict for result in outcome.results} == {Verdict.FAIL, Verdict.INCONCLUSIVE}


def test_where_an_adapter_prepares_nothing_no_requirement_of_an_effect_passes(
    mock: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = MockAdapter.prepare

    def lazy(adapter: MockAdapter, target: Target, scenario: Scenario, name: str) -> World:
        nobody = replace(scenario, enrollments={}, memberships=frozenset(), certificates=frozenset())
        return prepare(adapter, target, nobody, name)

    monkeypatch.setattr(MockAdapter, "prepare", lazy)
    outcome = mock.check(chosen=OF_EFFECTS)
    assert [result.requirement for result in outcome.results if result.verdict is Verdict.PASS] == []
    assert outcome.exit_code != 0


def test_what_is_not_claimed_is_skipped_and_the_rest_is_checked_without(
    mock: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    truthful = MockAdapter.claims

    def modest(adapter: MockAdapter) -> Claims:
        return replace(truthful(adapter), capabilities=frozenset({"course_list"}))

    monkeypatch.setattr(MockAdapter, "claims", modest)
    outcome = mock.check(chosen=OF_EFFECTS)
    expected = {
        requirement.id: Verdict.SKIPPED if {*requirement.needs} - {"course_list"} else Verdict.PASS
        for requirement in OF_EFFECTS
    }
    assert {result.requirement: result.verdict for result in outcome.results} == expected
    assert outcome.exit_code == 0


def test_a_list_that_repeats_its_pages_is_no_observation_and_said_once(mock: Mock) -> None:
    outcome = mock.check(mock.tenant(sabotage="page_2_repeats_page_1"), [find("UNENROLL-CAP-2"), find("READ-PAGES-1")])
    assert [result.verdict for result in outcome.results] == [Verdict.INCONCLUSIVE, Verdict.FAIL]
    assert broken(outcome) == {"READ-PAGES-1"}
