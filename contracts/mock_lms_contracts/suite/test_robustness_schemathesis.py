"""robustness: what Schemathesis sends. One run of it serves the three requirements, in one process."""

from __future__ import annotations

import pytest

from mock_lms_contracts.fuzz import ANSWER, CRASH, GARBAGE, Probe, probe
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.oracle import between
from mock_lms_contracts.plugin import RUN
from mock_lms_contracts.scenario import Scenario, everybody
from mock_lms_contracts.verdicts import Finding

# --dist loadfile keeps them together in one process; the mark says that their run costs its calls once
pytestmark = pytest.mark.xdist_group("schemathesis")

_probes: dict[str, Probe] = {}
"""By run: its one."""


def judged(lab: Lab, request: pytest.FixtureRequest, requirement: str, sentence: str) -> None:
    """Raises `Finding` where Schemathesis found what this requirement is about."""
    if lab.run not in _probes:
        _probes.clear()
        plans = frozenset({(0, 0), (1, 0)})
        world = lab.world(Scenario(4, 3, ((0, 1),), enrollments=everybody(4, 3), memberships=plans))
        before = lab.observe(world)
        _probes[lab.run] = probe(world, int(request.config.stash[RUN]["seed"]))
        lab.effects += between(before, lab.observe(world)).size
    probed = _probes[lab.run]
    failures = probed.of(requirement)
    if failures:
        lab.target.calls[:] = [failure.curl for failure in failures]
        seen = [f"{failure.operation}: {failure.title}. {failure.message}" for failure in failures]
        raise Finding(f"{sentence} {seen[0]}", "nothing of this kind", seen)
    probed.require_sense()


@pytest.mark.requirement("ROBUST-SCHEMA-1")
def test_whatever_is_sent_the_answer_is_no_5xx_and_there_is_one(lab: Lab, request: pytest.FixtureRequest) -> None:
    judged(lab, request, CRASH, "There is no answer, or one that says that the server failed.")


@pytest.mark.requirement("ROBUST-SCHEMA-2")
def test_every_answer_has_a_documented_status_type_headers_and_body(lab: Lab, request: pytest.FixtureRequest) -> None:
    judged(lab, request, ANSWER, "An answer is not as it is documented.")


@pytest.mark.requirement("ROBUST-SCHEMA-3")
def test_a_bulk_unenrollment_that_breaks_the_documented_form_is_refused(
    lab: Lab, request: pytest.FixtureRequest
) -> None:
    judged(lab, request, GARBAGE, "What is not even of the documented form is taken.")
