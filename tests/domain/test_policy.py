"""Switches: what can be chosen, and what cannot."""

from __future__ import annotations

import pytest

from mock_lms.policy import Policy, Switch, UnknownPolicy, _switch, switches


def test_an_assignment_changes_that_switch_only() -> None:
    chosen = Policy().replace(["over_cap=truncate"])
    changed = {switch.name for switch in switches() if getattr(chosen, switch.name) != switch.default}
    assert changed == {"over_cap"}


@pytest.mark.parametrize("assignment", ["nothing=1", "over_cap=maybe", "over_cap", "=", "", "over_cap=Reject"])
def test_an_unknown_policy_or_value_is_an_error_that_names_what_there_is(assignment: str) -> None:
    with pytest.raises(UnknownPolicy, match=r"mock-lms policies|reject, truncate"):
        Policy().replace([assignment])


def test_an_error_says_what_was_wrong_and_what_there_is() -> None:
    with pytest.raises(UnknownPolicy) as unknown:
        Policy().replace(["over_caps=reject"])
    assert str(unknown.value) == "there is no policy 'over_caps'; `mock-lms policies` lists them"
    with pytest.raises(UnknownPolicy) as unusable:
        Policy().replace(["over_cap=a=b"])
    assert str(unusable.value) == "policy over_cap is one of reject, truncate, not 'a=b'"


def test_a_second_replacement_keeps_the_first() -> None:
    chosen = Policy().replace(["over_cap=truncate"]).replace(["unenroll_missing=zero"])
    assert chosen == Policy(over_cap="truncate", unenroll_missing="zero")
    assert chosen.as_dict() == {switch.name: switch.default for switch in switches()} | {
        "over_cap": "truncate",
        "unenroll_missing": "zero",
    }


def test_the_first_value_of_a_switch_is_its_default() -> None:
    declared = _switch("Which?", "nobody knows", "low", second="2", first="1")
    assert declared.default == "second"
    assert Switch("name", **declared.metadata).default == "second"
    assert dict(declared.metadata) == {
        "question": "Which?",
        "values": {"second": "2", "first": "1"},
        "source": "nobody knows",
        "confidence": "low",
    }
