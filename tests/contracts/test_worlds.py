"""The worlds of the battery: everything that varies meets everything else."""

from __future__ import annotations

import random
from itertools import combinations, product

import pytest
from mock_lms_contracts import worlds
from mock_lms_contracts.crowd import crowded
from mock_lms_contracts.scenario import Ids, Scenario
from mock_lms_contracts.worlds import FACTORS, NOBODY, PEOPLE, PLANS, STRANGER, TOGETHER, UNKNOWN, Case


def composed(*, thorough: bool = False, plans: bool = True, statuses: bool = True) -> tuple[Scenario, list[Case]]:
    chance = random.Random(1)
    rows = worlds.rows(chance, thorough=thorough, plans=plans)
    return worlds.compose(rows, chance, plans=plans, statuses=statuses, certificates=True, plan_certificates=plans)


def allowed(choices: dict[str, str]) -> bool:
    return (choices.get("courses"), choices.get("plans")) != ("none", "none")


@pytest.mark.parametrize("thorough", [False, True])
def test_every_two_choices_meet_in_some_case_and_where_it_is_thorough_three_of_those_that_belong_together(
    thorough: bool,
) -> None:
    rows = worlds.rows(random.Random(1), thorough=thorough)
    wanted = [*combinations(FACTORS, 2), *(combinations(TOGETHER, 3) if thorough else ())]
    for names in wanted:
        there = {tuple(row[name] for name in names) for row in rows}
        for values in product(*(FACTORS[name] for name in names)):
            if allowed(dict(zip(names, values, strict=True))):
                assert values in there, dict(zip(names, values, strict=True))
    assert all(map(allowed, rows))


def test_the_thorough_cases_begin_with_the_others() -> None:
    few, many = (worlds.rows(random.Random(1), thorough=thorough) for thorough in (False, True))
    assert many[: len(few)] == few
    assert len(few) < 40 < len(many) < 150


def test_without_plans_no_case_names_or_needs_one() -> None:
    scenario, cases = composed(plans=False)
    assert scenario.plans == ()
    assert scenario.memberships == scenario.plan_certificates == frozenset()
    assert not any(worlds.known(case.plans) for case in cases)
    assert not any(case.flags.get("cascade") for case in cases)


def test_the_same_seed_gives_the_same_cases() -> None:
    assert composed(thorough=True) == composed(thorough=True)


def test_nobody_is_in_two_cases() -> None:
    scenario, cases = composed(thorough=True)
    people = [user for case in cases for user in case.people]
    assert sorted(people) == list(range(scenario.users))
    assert all({*case.users} - {STRANGER} <= {*case.people} for case in cases)


def test_whoever_is_listed_stands_to_the_call_as_a_case_needs_it() -> None:
    scenario, cases = composed()
    for case in cases:
        member, stayer, holder, partial, bare, outsider, neighbor, other = case.people
        plans, courses = worlds.known(case.plans), worlds.known(case.courses)
        of = {user: {plan for who, plan in scenario.memberships if who == user} for user in case.people}
        held = {user: {course for who, course in scenario.enrollments if who == user} for user in case.people}
        assert of[member] == of[bare] == {*plans}
        assert of[stayer] == of[neighbor] == {*plans, worlds.STAYING}
        assert of[holder] == of[outsider] == held[outsider] == held[bare] == set()
        assert of[partial] == ({worlds.A} if plans else set())
        assert of[other] == {worlds.OTHERS}
        reached = {*courses, *(course for plan in plans for course in PLANS[plan])}
        for user in (member, stayer, holder, neighbor):
            assert held[user] > reached
        assert {neighbor, other}.isdisjoint(case.users)


def test_plans_share_courses_with_each_other_with_one_that_stays_and_with_one_of_others() -> None:
    a, b, staying, others = (set(PLANS[plan]) for plan in (worlds.A, worlds.B, worlds.STAYING, worlds.OTHERS))
    assert a & b
    assert a & staying
    assert a & others
    assert {course + 10 for course in a} & staying
    assert b.isdisjoint(staying | others)
    assert {course for plan in PLANS for course in plan}.isdisjoint({*worlds.PLAIN, worlds.FREE})
    firsts = worlds.FIRST_COURSE
    assert firsts["a listed plan"] in a
    assert firsts["a plan that stays"] in staying
    assert firsts["a plan of others"] in others


def test_every_status_is_there_and_a_certificate_where_something_was_completed() -> None:
    scenario, _ = composed()
    assert {*scenario.enrollments.values()} == {"subscribed", "in_progress", "completed", "suspended", "waiting"}
    assert scenario.certificates == {pair for pair, status in scenario.enrollments.items() if status == "completed"}
    assert scenario.plan_certificates == scenario.memberships
    assert scenario.tutors < scenario.enrollments.keys()
    assert {user for user, _ in scenario.tutors} & {user for case in composed()[1] for user in case.users}
    usual, _ = composed(statuses=False)
    assert {*usual.enrollments.values()} == {"subscribed", "in_progress", "completed"}


def test_a_body_says_what_the_call_means() -> None:
    ids = Ids((11, 12), (21, 22), (31,))
    case = Case((0, 1), (1, STRANGER), courses=(1, UNKNOWN), plans=(STRANGER,), flags={"cascade": True}, texts=True)
    call = case.call(ids)
    assert (call.users, call.courses, call.plans) == ((12, NOBODY), (22, NOBODY), (0,))
    assert (call.cascade, call.reset_tracks, call.delete_certificates) == (True, False, False)
    assert case.body(ids) == {
        "user_ids": ["12", str(NOBODY)],
        "course_ids": ["22", str(NOBODY)],
        "learningplan_ids": ["0"],
        "cascade_unenroll_from_courses_in_selected_learning_plan": True,
    }
    bare = Case((0,), (0,), courses=(0,), flags={"delete_certificates": False, "reset_tracks": True})
    assert bare.body(ids) == {
        "user_ids": [11],
        "course_ids": [21],
        "delete_issued_certificates": False,
        "reset_tracks": True,
    }


def test_the_crowd_is_large_enough_to_see_the_cap_and_shares_its_people_with_the_other_cases() -> None:
    scenario, cases = composed(thorough=True)
    bigger, more = crowded(scenario, cases)
    crowd = more[: len(more) - len(cases)]
    assert [len({*case.users}) for case in crowd] == [1_001, 1_000, 999, 101, 1_000, 101]
    assert bigger.users == max(scenario.users, 1_003)
    for case in crowd[:-1]:
        for course in case.courses or ():
            assert {user for user, where in bigger.enrollments if where == course} > {*case.users}
            assert course >= scenario.courses
    assert len({course for case in crowd for course in case.courses or ()}) == 6
    assert [len(case.courses or ()) for case in crowd] == [1, 1, 2, 1, 1, 0]
    assert len(crowd[4].users) == 1_001
    (plan,) = crowd[-1].plans or ()
    assert {user for user, where in bigger.memberships if where == plan} > {*crowd[-1].users}
    assert more[len(crowd) :] == cases
    assert scenario.enrollments.items() <= bigger.enrollments.items()
    assert len(PEOPLE) * len(cases) == scenario.users
