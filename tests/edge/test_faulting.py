"""Every action that a rule may name is carried out. tests/control/faults holds what a client then meets."""

from __future__ import annotations

import dataclasses

from mock_lms.control.faults.rules import ACTIONS, Phase
from mock_lms.edge.faulting import EFFECTS, Effect

ORDINARY = Effect()


def test_what_can_be_declared_can_be_carried_out_and_nothing_else() -> None:
    assert EFFECTS.keys() == ACTIONS.keys()


def test_every_action_does_something() -> None:
    assert [name for name, effect in EFFECTS.items() if effect == ORDINARY] == []


def test_an_effect_is_of_the_phase_that_its_action_declares() -> None:
    """Before: the answer is left alone. After: so is the call."""
    for name, effect in EFFECTS.items():
        changed = {
            field.name
            for field in dataclasses.fields(Effect)
            if getattr(effect, field.name) != getattr(ORDINARY, field.name)
        }
        if ACTIONS[name].phase is Phase.BEFORE:
            assert changed == {"before"}, name
        elif ACTIONS[name].phase is Phase.AFTER:
            assert "before" not in changed, name
