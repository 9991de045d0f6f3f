"""Whatever the model of a bulk unenrollment knows: one battery of cases serves all of its requirements."""

from __future__ import annotations

import pytest

from mock_lms_contracts.explore import JUDGED, Explorer
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.plugin import RUN
from mock_lms_contracts.verdicts import Finding, Inconclusive

# --dist loadfile keeps them together in one process; the mark says that their battery costs its calls once
pytestmark = pytest.mark.xdist_group("model")

_explorers: dict[str, Explorer] = {}
"""By run: its one."""

_complete: dict[str, str] = {}
"""By run of which more than core was tried: why that was cut short, if it was."""


def explored(lab: Lab, selected: frozenset[str]) -> Explorer:
    """The battery of this run: the first requirement has tried what core needs, the first of others the rest."""
    judged = selected & {*JUDGED}
    if lab.run not in _explorers:
        _explorers.clear()
        _complete.clear()
        explorer = Explorer(lab.adapter, lab.target, lab.claims, f"{lab.run}m", judged)
        lab.worlds.extend(explorer.begin(str(lab.chance.random())))
        lab.effects += explorer.effects
        _explorers[lab.run] = explorer
    explorer = _explorers[lab.run]
    if lab.requirement.profile == "core":
        return explorer
    if lab.run not in _complete:
        before, _complete[lab.run] = explorer.effects, ""
        crowd = any(requirement.startswith(("UNENROLL-CAP-", "ROBUST-TWICE-")) for requirement in judged)
        try:
            lab.worlds.extend(explorer.more(thorough=True, crowd=crowd))
        except Inconclusive as error:
            _complete[lab.run] = str(error)
        lab.effects += explorer.effects - before
    if _complete[lab.run] and lab.requirement.id not in explorer.found:
        raise Inconclusive(_complete[lab.run])
    return explorer


@pytest.mark.parametrize(
    "requirement", [pytest.param(requirement, marks=pytest.mark.requirement(requirement)) for requirement in JUDGED]
)
def test_every_case_is_as_the_model_says(lab: Lab, requirement: str, request: pytest.FixtureRequest) -> None:
    explorer = explored(lab, frozenset(request.config.stash[RUN]["requirements"]))
    found = explorer.found.get(requirement)
    if found:
        lab.target.calls[:] = found.curl
        raise Finding(found.message, found.broken.expected, found.broken.seen)
    variant = lab.requirement.variant
    if variant in explorer.variants:
        lab.found(explorer.variants[variant])
    lab.given(explorer.effects > 0, "no call of the battery had an effect")
    if requirement != "UNENROLL-ATOMIC-1":  # whether anything is refused depends on the target; it has another check
        lab.given(explorer.exercised[requirement] > 0, "no case of the battery came to be about it")
    lab.target.calls.clear()
