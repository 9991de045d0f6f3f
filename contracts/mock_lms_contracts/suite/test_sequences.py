"""sequences: whatever order calls come in. One walk serves all of its requirements."""

from __future__ import annotations

import pytest

from mock_lms_contracts.lab import Lab
from mock_lms_contracts.sequences.explore import Explorer
from mock_lms_contracts.verdicts import Finding

# --dist loadfile keeps them together in one process; the mark says that their walk costs its calls once
pytestmark = pytest.mark.xdist_group("sequences")

_explorers: dict[str, Explorer] = {}
"""By run: its one."""


def explored(lab: Lab) -> Explorer:
    """The walk of this run, which the first requirement has taken."""
    if lab.run not in _explorers:
        _explorers.clear()
        explorer = Explorer(lab.adapter, lab.claims.capabilities, f"{lab.run}-sequ")
        for world in explorer.run(lab.target, str(lab.chance.random())):
            lab.worlds.append(world)
        lab.effects += explorer.effects
        _explorers[lab.run] = explorer
    return _explorers[lab.run]


def judged(lab: Lab) -> None:
    explorer = explored(lab)
    found = explorer.found.get(lab.requirement.id)
    if found:
        lab.target.calls[:] = found.curl
        raise Finding(explorer.message(lab.requirement.id), found.broken.expected, found.broken.seen)
    lab.given(explorer.effects > 0, "no step of the sequence changed anything")
    lab.target.calls.clear()


@pytest.mark.requirement("SEQUENCE-STATE-1")
def test_whatever_order_calls_come_in_the_lists_show_what_they_did(lab: Lab) -> None:
    judged(lab)


@pytest.mark.requirement("SEQUENCE-CHOICE-1")
def test_what_sources_leave_open_is_done_alike_each_time(lab: Lab) -> None:
    judged(lab)


@pytest.mark.requirement("UPDATE-DATE-1")
def test_an_enrollment_that_is_not_completed_shows_no_completion_date(lab: Lab) -> None:
    judged(lab)
