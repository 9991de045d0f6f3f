"""The reference passes under every policy that it offers, and a claim that is not kept is a finding."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest
from mock_lms_contracts.adapters import Claims
from mock_lms_contracts.adapters.mock import MockAdapter
from mock_lms_contracts.requirements import Requirement, requirements
from mock_lms_contracts.verdicts import Verdict

from mock_lms.policy import Policy, switches
from tests.contracts.driver import EVERYTHING, OURS, Mock, broken, findings

VARIANTS = [requirement for requirement in requirements() if requirement.variant]
OTHERS = {switch.name: [value for value in switch.values if value != switch.default] for switch in switches()}
OTHER_VALUES = [(name, value) for name, values in OTHERS.items() for value in values]
MIXTURES = {
    "all others": {name: values[-1] for name, values in OTHERS.items()},
    "the second of the others": {name: values[1] for name, values in OTHERS.items() if len(values) > 1},
    "the even ones": {name: values[0] for name, values in [*OTHERS.items()][::2]},
    "the odd ones": {name: values[0] for name, values in [*OTHERS.items()][1::2]},
}
"""Policies in which each value that is no default stands beside defaults and beside others that are none."""


OF_NO_POLICY = {"listed_and_cascaded": "left", "placeholder_among_ids": "ignore"}
"""What sources leave open, and the mock has one way of."""


def check(mock: Mock, policy: Mapping[str, str], chosen: Collection[Requirement]) -> None:
    outcome = mock.check(mock.tenant(policy=policy), chosen)
    assert findings(outcome) == []
    assert {result.verdict for result in outcome.results} == {Verdict.PASS}
    assert outcome.exit_code == 0
    expected = {**Policy().as_dict(), **OF_NO_POLICY, **policy}
    expected["placeholder_among_ids"] = expected["placeholder_zero"]  # the mock does the same wherever it is
    assert outcome.variants == {name: expected[name] for name in {one.variant for one in chosen} & expected.keys()}


@pytest.mark.usefixtures(*() if EVERYTHING else ("brief",))
@pytest.mark.parametrize(("name", "value"), OTHER_VALUES, ids=lambda value: value)
def test_the_reference_is_seen_to_have_each_policy_that_it_offers(mock: Mock, name: str, value: str) -> None:
    check(mock, {name: value}, OURS if EVERYTHING else VARIANTS)


@pytest.mark.parametrize("policy", MIXTURES.values(), ids=MIXTURES)
def test_the_reference_passes_under_every_policy(mock: Mock, policy: dict[str, str]) -> None:
    check(mock, policy, OURS)


def test_the_mixtures_have_every_value_of_every_policy() -> None:
    mixed = {(name, value) for policy in MIXTURES.values() for name, value in policy.items()}
    assert mixed >= set(OTHER_VALUES)


@pytest.mark.usefixtures("brief")
def test_a_claim_that_is_not_kept_is_a_finding(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    truthful = MockAdapter.claims
    others = dict(reversed(OTHER_VALUES)) | {"listed_and_cascaded": "error", "placeholder_among_ids": "report"}

    def lying(adapter: MockAdapter) -> Claims:
        return replace(truthful(adapter), variants=others)

    monkeypatch.setattr(MockAdapter, "claims", lying)
    outcome = mock.check(chosen=VARIANTS)
    assert broken(outcome) == {requirement.id for requirement in VARIANTS}
    for result in findings(outcome):
        (name,) = result.variants
        assert (result.expected, result.seen) == (others[name], {**Policy().as_dict(), **OF_NO_POLICY}[name])
