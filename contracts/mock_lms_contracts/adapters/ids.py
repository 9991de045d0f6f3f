"""Checks the ids that an adapter gives back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_lms_contracts.adapters.guide import GUIDE
from mock_lms_contracts.scenario import Ids, Scenario
from mock_lms_contracts.verdicts import HarnessError


def ids_of(scenario: Scenario, answer: Mapping[str, Any], who: str) -> Ids:
    """The ids of the users, courses and plans, in the scenario's order. Raises `HarnessError`."""
    wanted = {"users": scenario.users, "courses": scenario.courses, "plans": len(scenario.plans)}
    by_kind = {name: _checked(answer.get(name, []), name, number, who) for name, number in wanted.items()}
    return Ids(**by_kind)


def _checked(values: Any, name: str, number: int, who: str) -> tuple[int, ...]:
    if not isinstance(values, (list, tuple)):
        raise HarnessError(f"{who}: {name} must be a list of {number} ids, but is {values!r:.80}; {GUIDE}")
    if len(values) != number:
        raise HarnessError(f"{who}: {name} has {len(values)} ids, but the scenario has {number}; {GUIDE}")
    for value in values:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise HarnessError(f"{who}: {name} has {value!r:.80}, which is not an id; ids are integers from 1; {GUIDE}")
    if len(set(values)) != number:
        twice = next(value for value in values if values.count(value) > 1)
        raise HarnessError(
            f"{who}: {name} has {twice} twice; each of the scenario's {name} needs an id of its own; {GUIDE}"
        )
    return tuple(values)
