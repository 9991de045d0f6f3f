"""The reference passes under every policy that it offers, and a claim that is not kept is a finding."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from mock_lms_contracts.adapters import Claims
from mock_lms_contracts.adapters.mock import MockAdapter
from mock_lms_contracts.requirements import requirements
from mock_lms_contracts.verdicts import Result, Verdict

from mock_lms.policy import Policy, switches
from tests.contracts.driver import OURS, Mock, findings, found

VARIANTS = [each for each in requirements() if each.variant]
OTHER_VALUES = [(each.name, value) for each in switches() for value in each.values if value != each.default]


@pytest.mark.parametrize(("name", "value"), OTHER_VALUES, ids=lambda each: each)
def test_the_reference_passes_under_every_policy_and_is_seen_to_have_it(mock: Mock, name: str, value: str) -> None:
    outcome = mock.check(mock.tenant(policy={name: value}), OURS)
    assert findings(outcome) == []
    assert {result.verdict for result in outcome.results} == {Verdict.PASS}
    assert outcome.exit_code == 0
    assert outcome.variants == {**Policy().as_dict(), name: value}


def test_a_claim_that_is_not_kept_is_a_finding(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    truthful = MockAdapter.claims
    others = dict(reversed(OTHER_VALUES))

    def lying(adapter: MockAdapter) -> Claims:
        return replace(truthful(adapter), variants=others)

    monkeypatch.setattr(MockAdapter, "claims", lying)
    outcome = mock.check(chosen=VARIANTS)
    assert found(outcome) == {each.id for each in VARIANTS}
    for result in findings(outcome):
        (name,) = result.variants
        assert (result.expected, result.seen) == (others[name], Policy().as_dict()[name])


def stable(result: Result) -> Result:
    """Without how long it took, and what the run called its worlds."""
    curl = tuple(re.sub(r"ct[0-9a-f]{6}-", "", call) for call in result.curl)
    return replace(result, seconds=0.0, curl=curl)


@pytest.mark.parametrize("sabotage", ["", "empties_the_course"])
def test_the_same_seed_gives_the_same_results_but_for_timings(mock: Mock, sabotage: str) -> None:
    tenant = mock.tenant(sabotage=sabotage)
    chosen = [each for each in OURS if each.profile != "quota"]
    first, second = (mock.check(tenant, chosen) for _ in range(2))
    assert bool(findings(first)) == bool(sabotage)
    assert list(map(stable, first.results)) == list(map(stable, second.results))
