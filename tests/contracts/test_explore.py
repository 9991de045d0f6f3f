"""The battery of cases, against an implementation that has nothing of mock-lms: right, and broken in one layer each."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.crowd import CROWD
from mock_lms_contracts.explore import AFTERWARDS, JUDGED, VARIANTS, Explorer, Found, probes
from mock_lms_contracts.scenario import Scenario
from mock_lms_contracts.target import Target

from tests.contracts.independent import broken
from tests.contracts.independent.lms import Lms
from tests.contracts.independent.server import CLAIMS, Desk, open_desk

NOT_SERVED = {"plan_course_list": "GET is answered with 404"}
EVERYTHING = frozenset(JUDGED)
OF_OTHER_WORLDS = {
    *("UNENROLL-CAP-1", "UNENROLL-CAP-2", "UNENROLL-CAP-3"),  # of a crowd
    "UNENROLL-EFFECT-5",  # of unusual statuses
    "CERTIFICATE-PLAN-1",  # of certificates that this implementation does not have
    "UNENROLL-ATOMIC-1",  # of calls that are refused
}
"""What the pairwise cases do not come to be about here."""


def explorer(desk: Desk, wanted: frozenset[str] = EVERYTHING, adapter: WireAdapter | None = None) -> Explorer:
    adapter = adapter or WireAdapter(f"{desk.url}/state")
    return Explorer(adapter, Target(desk.url), adapter.claims().without(NOT_SERVED), "explored", wanted)


def explored(explorer: Explorer) -> list[World]:
    """The worlds that it took."""
    return list(explorer.run(seed="1", thorough=False, crowd=False))


def people(found: Found) -> int:
    """How many the message says that the case has."""
    told = re.search(r"has (\d+) users?,", found.message)
    assert told, found.message
    return int(told[1])


# --- right


@pytest.fixture(scope="module")
def right(desk: Desk) -> Explorer:
    search = explorer(desk)
    (world,) = explored(search)
    search.adapter.clean(world)
    return search


def test_of_a_right_server_nothing_is_found(right: Explorer) -> None:
    assert right.found == {}
    assert right.effects > 0


def test_each_requirement_that_is_judged_was_decided_on(right: Explorer) -> None:
    assert {requirement for requirement in JUDGED if not right.exercised[requirement]} == OF_OTHER_WORLDS


def test_its_variants_are_found_out(right: Explorer) -> None:
    claimed = CLAIMS["variants"]
    known = {name: value for name, value in claimed.items() if name in {*VARIANTS, "reenrollment"}}
    del known["over_cap"]  # which only a crowd shows
    assert right.variants == {**known, "listed_and_cascaded": "error", "placeholder_among_ids": "report"}


# --- wrong

WRONG: list[tuple[type[Lms], str]] = [
    (broken.KeepsTheLast, "UNENROLL-EFFECT-1"),
    (broken.EmptiesCourses, "UNENROLL-EFFECT-2"),
    (broken.RemovesNobody, "UNENROLL-EFFECT-4"),
    (broken.EnrollsStrangers, "UNENROLL-EFFECT-6"),
    (broken.ForgetsThePlan, "PLAN-LEAVE-1"),
    (broken.CascadesForAll, "PLAN-CASCADE-2"),
    (broken.WipesTracking, "COMPLETION-TRACKS-1"),
    (broken.ShredsForAll, "CERTIFICATE-DELETE-2"),
    (broken.BlamesWhoLeft, "UNENROLL-ERRORS-4"),
    (broken.NamesCourseLeaversOnly, "UNENROLL-ANSWER-1"),
    (broken.StaleList, "UNENROLL-READ-1"),
    (broken.OnlyOnce, "UNENROLL-REPEAT-1"),
    (broken.NoWayBack, "ENROLL-BACK-1"),
    (broken.RestoresWhatWasReset, "COMPLETION-RESET-1"),
]


@pytest.mark.parametrize(("kind", "requirement"), WRONG, ids=lambda value: getattr(value, "__name__", value))
def test_what_is_broken_in_one_layer_is_found_and_shown_small(kind: type[Lms], requirement: str) -> None:
    with open_desk(kind) as desk:
        search = explorer(desk, frozenset({requirement}))
        explored(search)
    found = search.found[requirement]
    assert found.broken.requirement == requirement
    assert found.broken.expected != found.broken.seen
    first_call = "POST" if requirement in {"ENROLL-BACK-1", "COMPLETION-RESET-1"} else "DELETE"
    assert f"-X {first_call} " in found.curl[0]
    if requirement not in AFTERWARDS:
        assert people(found) <= 3
        assert len(found.case.people) == people(found)


def test_what_goes_where_nobody_looks_is_found_by_the_totals() -> None:
    with open_desk(broken.TakesSomebodyElsewhere) as desk:
        search = explorer(desk, frozenset({"UNENROLL-EFFECT-2"}))
        explored(search)
    (seen,) = search.found["UNENROLL-EFFECT-2"].broken.seen
    assert " is not in course " in seen


def test_it_ends_when_all_that_is_wanted_is_found(right: Explorer) -> None:
    with open_desk(broken.ForgetsThePlan) as desk:
        search = explorer(desk, frozenset({"PLAN-LEAVE-1"}))
        explored(search)
    assert 0 < search.exercised["PLAN-LEAVE-1"] < right.exercised["PLAN-LEAVE-1"] / 2


# --- worlds


class Idle(WireAdapter):
    """Makes people, courses and plans, and enrolls nobody."""

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        nobody = replace(scenario, enrollments={}, memberships=frozenset(), certificates=frozenset())
        return super().prepare(target, nobody, name)


def test_where_nobody_was_enrolled_nothing_that_must_go_or_stay_was_decided_on(desk: Desk) -> None:
    search = explorer(desk, adapter=Idle(f"{desk.url}/state"))
    (world,) = explored(search)
    search.adapter.clean(world)
    assert search.found == {}
    assert search.effects == 0
    of_effects = [name for name in JUDGED if re.match("UNENROLL-EFFECT|PLAN-|COMPLETION-|CERTIFICATE-|ENROLL-", name)]
    assert {name: search.exercised[name] for name in of_effects} == dict.fromkeys(of_effects, 0)


@dataclass(frozen=True, slots=True)
class Asked(Exception):
    scenario: Scenario


class Refusing(WireAdapter):
    """Prepares nothing, and says what it was asked for."""

    def prepare(self, *arguments: Any) -> World:
        raise Asked(arguments[1])


def asked(limits: dict[str, int], *, crowd: bool = True) -> Scenario:
    claims = replace(Claims(), limits=limits)
    search = Explorer(Refusing(""), Target(""), claims, "explored", EVERYTHING)
    with pytest.raises(Asked) as refused:
        next(search.tried_all([*probes(plans=True)] * 40, random.Random(1), "more", crowd=crowd))
    return refused.value.scenario


def test_a_crowd_is_there_where_it_is_asked_for_and_the_adapter_makes_so_many() -> None:
    assert asked({}).users == CROWD + 2
    assert asked({"users": CROWD + 2}).users == CROWD + 2
    assert asked({"users": CROWD + 1}).users < CROWD
    assert asked({}, crowd=False).users < CROWD


@pytest.mark.parametrize("most", [8, 50, 200])
def test_a_world_has_no_more_people_than_the_adapter_makes(most: int) -> None:
    assert 0 < asked({"users": most}).users <= most
