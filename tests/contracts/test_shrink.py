"""A case that shows a finding is made smaller until nothing can be left out."""

from __future__ import annotations

import random

import pytest
from mock_lms_contracts import shrink, worlds
from mock_lms_contracts.crowd import crowded
from mock_lms_contracts.scenario import Ids, Scenario
from mock_lms_contracts.shrink import shrunk, told
from mock_lms_contracts.worlds import STRANGER, UNKNOWN, Case


@pytest.fixture
def battery(monkeypatch: pytest.MonkeyPatch) -> tuple[Scenario, list[Case]]:
    monkeypatch.setattr(shrink, "ATTEMPTS", 500)
    chance = random.Random(1)
    return worlds.compose(worlds.rows(chance), chance, certificates=True, plan_certificates=True)


def consistent(scenario: Scenario, case: Case) -> None:
    """No number is of what is not there."""
    courses, plans = range(scenario.courses), range(len(scenario.plans))
    assert {*case.people} <= {*range(scenario.users)}
    assert {*case.users} <= {*case.people, STRANGER}
    assert {*worlds.known(case.courses)} <= {*courses}
    assert {*worlds.known(case.plans)} <= {*plans}
    assert {course for contents in scenario.plans for course in contents} <= {*courses}
    for pairs, targets in (
        (scenario.enrollments, courses),
        (scenario.certificates, courses),
        (scenario.memberships, plans),
        (scenario.plan_certificates, plans),
    ):
        assert all(user in range(scenario.users) and target in targets for user, target in pairs)


def test_what_does_not_matter_goes(battery: tuple[Scenario, list[Case]]) -> None:
    scenario, cases = battery

    def broken(scenario: Scenario, case: Case) -> bool:
        """The cascade from a plan that is left misses somebody in one of its courses."""
        consistent(scenario, case)
        reached = {course for plan in worlds.known(case.plans) for course in scenario.plans[plan]}
        return bool(case.flags.get("cascade")) and any(
            user in case.users and course in reached and (user, plan) in scenario.memberships
            for user, course in scenario.enrollments
            for plan in worlds.known(case.plans)
        )

    large = next(case for case in cases if broken(scenario, case) and case.choices["plans"] == "many")
    smaller, case = shrunk(scenario, large, broken)
    assert (smaller.users, smaller.courses, len(smaller.plans)) == (1, 1, 1)
    assert case == Case((0,), (0,), plans=(0,), courses=None, flags={"cascade": True}, choices=large.choices)
    assert told(smaller, case) == "The smallest world that was seen to show it has 1 user, 1 course, 1 plan."


def test_flags_unknown_ids_and_texts_go_where_they_do_not_matter(battery: tuple[Scenario, list[Case]]) -> None:
    scenario, _ = battery
    flags = {"cascade": False, "reset_tracks": True}
    case = Case(tuple(range(7)), (0, STRANGER, 1), courses=(0, UNKNOWN), plans=(STRANGER,), flags=flags, texts=True)
    _, smallest = shrunk(scenario, case, lambda _, case: bool(worlds.known(case.courses)))
    assert smallest == Case((0,), (0,), courses=(0,))
    _, unknown = shrunk(scenario, case, lambda _, case: UNKNOWN in (case.courses or ()))
    assert unknown == Case((0,), (0,), courses=(0, UNKNOWN))


def test_what_shows_in_company_only_stays_as_it_is(battery: tuple[Scenario, list[Case]]) -> None:
    scenario, cases = battery
    assert shrunk(scenario, cases[3], lambda *_: False) == (scenario, cases[3])


def test_where_the_number_of_people_is_the_point_nothing_is_tried(battery: tuple[Scenario, list[Case]]) -> None:
    scenario, cases = crowded(*battery)
    assert shrunk(scenario, cases[0], lambda *_: pytest.fail("it was tried")) == (scenario, cases[0])
    assert told(scenario, cases[0]) == "The call lists 1,001 users."
    assert told(scenario, cases[3]) == "The call lists 101 users."


def test_it_ends_after_so_many_attempts(battery: tuple[Scenario, list[Case]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrink, "ATTEMPTS", 7)
    scenario, cases = battery
    tried: list[Case] = []

    def broken(_: Scenario, case: Case) -> bool:
        tried.append(case)
        return len(tried) == 1

    shrunk(scenario, cases[3], broken)
    assert len(tried) == 8  # the first one is of the case alone


def test_ids_of_a_smaller_case_are_those_of_its_own_world(battery: tuple[Scenario, list[Case]]) -> None:
    scenario, cases = battery
    _, case = shrunk(scenario, cases[5], lambda *_: True)
    assert {*case.call(Ids((11,), (21,), (31,))).users} == {11}
