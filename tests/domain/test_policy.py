"""Switches: what can be chosen, and what cannot."""

from __future__ import annotations

import pytest

from mock_lms.policy import Policy, UnknownPolicy, switches


def test_an_assignment_changes_that_switch_only() -> None:
    chosen = Policy().replace(["over_cap=truncate"])
    changed = {switch.name for switch in switches() if getattr(chosen, switch.name) != switch.default}
    assert changed == {"over_cap"}


@pytest.mark.parametrize("assignment", ["nothing=1", "over_cap=maybe", "over_cap", "=", "", "over_cap=Reject"])
def test_an_unknown_policy_or_value_is_an_error_that_names_what_there_is(assignment: str) -> None:
    with pytest.raises(UnknownPolicy, match=r"mock-lms policies|reject, truncate"):
        Policy().replace([assignment])
