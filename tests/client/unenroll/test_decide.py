"""What an unenrollment means for one user."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_client.unenroll.decide import STATUSES, Request, decide
from mock_lms_client.unenroll.pairs import COURSE, PLAN, Intent, Pair, from_line, seen_course, seen_plan, to_row

USER = 13001
COURSES_OF = {31: [201, 202, 203], 32: [201, 204], 33: [205]}


def fates(asked: Request, courses: dict[int, str], plans: list[int]) -> dict[tuple[str, int], str]:
    """By target: the intent, and the reason after a colon."""
    enrolled = {course: {"enrollment_status": status} for course, status in courses.items()}
    members = {plan: {"enrollment_status": "in_progress"} for plan in plans}
    pairs = decide(USER, asked, enrolled, members, COURSES_OF)
    assert {pair.user_id for pair in pairs} <= {USER}
    return {(pair.kind, pair.target_id): ": ".join(filter(None, (pair.intent, pair.reason))) for pair in pairs}


ALL = {201: "completed", 202: "in_progress", 203: "enrolled"}


def test_who_leaves_a_plan_keeps_its_courses() -> None:
    assert fates(Request([USER], plans=[31]), ALL, [31]) == {
        (PLAN, 31): "remove",
        (COURSE, 201): "keep: no --cascade",
        (COURSE, 202): "keep: no --cascade",
        (COURSE, 203): "keep: no --cascade",
    }


def test_the_cascade_takes_the_courses_along_whatever_their_status() -> None:
    assert fates(Request([USER], plans=[31], cascade=True), ALL, [31]) == {
        (PLAN, 31): "remove",
        (COURSE, 201): "cascade",
        (COURSE, 202): "cascade",
        (COURSE, 203): "cascade",
    }


def test_what_the_cascade_does_to_a_shared_course_is_not_known() -> None:
    found = fates(Request([USER], plans=[31], cascade=True), ALL, [31, 32])
    assert found[COURSE, 201] == "either: learning plan 32 contains it"
    assert found[COURSE, 202] == "cascade"


def test_a_course_of_two_plans_that_are_both_left_is_not_shared() -> None:
    assert fates(Request([USER], plans=[31, 32], cascade=True), ALL, [31, 32])[COURSE, 201] == "cascade"


def test_keep_leaves_the_plan_and_only_the_other_courses() -> None:
    asked = Request([USER], plans=[31], keep=frozenset({"completed", "in_progress"}))
    assert fates(asked, ALL, [31]) == {
        (PLAN, 31): "remove",
        (COURSE, 201): "keep: completed: --keep",
        (COURSE, 202): "keep: in_progress: --keep",
        (COURSE, 203): "remove",
    }


def test_keep_spares_a_course_that_another_plan_contains_as_the_screen_does() -> None:
    asked = Request([USER], plans=[31], keep=frozenset({"in_progress"}))
    found = fates(asked, ALL, [31, 32])
    assert found[COURSE, 201] == "keep: learning plan 32 contains it"
    assert found[COURSE, 203] == "remove"


def test_keep_never_asks_the_api_to_cascade() -> None:
    asked = Request([USER], plans=[31], cascade=True, keep=frozenset({"completed"}))
    assert not asked.api_cascade
    assert "cascade" not in fates(asked, ALL, [31]).values()


def test_keep_holds_for_courses_that_are_named_too() -> None:
    asked = Request([USER], courses=[201, 202], keep=frozenset({"completed"}))
    assert fates(asked, ALL, []) == {(COURSE, 201): "keep: completed: --keep", (COURSE, 202): "remove"}


def test_a_course_that_is_named_goes_though_another_plan_contains_it() -> None:
    assert fates(Request([USER], courses=[201]), ALL, [31]) == {(COURSE, 201): "remove: learning plan 31 contains it"}
    found = fates(Request([USER], courses=[201], plans=[31], cascade=True), ALL, [31, 32])
    assert found[COURSE, 201] == "remove: learning plan 32 contains it"


def test_a_course_that_is_named_and_cascades_goes_once() -> None:
    assert fates(Request([USER], courses=[201], plans=[31], cascade=True), ALL, [31])[COURSE, 201] == "cascade"


def test_who_is_not_in_the_plan_loses_none_of_its_courses() -> None:
    assert fates(Request([USER], plans=[31], cascade=True), ALL, []) == {(PLAN, 31): "absent"}


def test_who_is_not_enrolled_is_named_as_absent() -> None:
    assert fates(Request([USER], courses=[206], plans=[33]), ALL, [31]) == {
        (PLAN, 33): "absent",
        (COURSE, 206): "absent",
    }


def test_a_pair_says_what_was_seen_and_which_plan_it_goes_with() -> None:
    asked = Request([USER], courses=[204], plans=[31, 33], cascade=True)
    enrolled = {course: {"enrollment_status": "completed"} for course in (201, 202, 204)}
    members = {plan: {"enrollment_status": "in_progress"} for plan in (31, 32)}
    shared = {"enrollment_status": "completed"}
    assert decide(USER, asked, enrolled, members, COURSES_OF) == [
        Pair(USER, PLAN, 31, Intent.REMOVE, seen_plan(members[31])),
        Pair(USER, PLAN, 33, Intent.ABSENT, ""),
        Pair(USER, COURSE, 204, Intent.REMOVE, seen_course(shared), "learning plan 32 contains it"),
        Pair(USER, COURSE, 201, Intent.EITHER, seen_course(shared, [32]), "learning plan 32 contains it", via=31),
        Pair(USER, COURSE, 202, Intent.CASCADE, seen_course(shared), via=31),
    ]


def test_a_named_course_goes_with_its_plan_only_if_the_courses_are_to_go_along() -> None:
    enrolled = {201: {"enrollment_status": "completed"}}
    members = {plan: {"enrollment_status": "in_progress"} for plan in (31, 32)}

    def course(**options: Any) -> Pair:
        asked = Request([USER], courses=[201], plans=[31], **options)
        return decide(USER, asked, enrolled, members, COURSES_OF)[-1]

    alone, held = seen_course(enrolled[201]), seen_course(enrolled[201], [32])
    assert (course().via, course().state) == (0, alone)
    assert (course(cascade=True).via, course(cascade=True).state) == (31, held)
    assert (course(keep=frozenset({"waiting"})).via, course(keep=frozenset({"waiting"})).state) == (31, held)


def test_a_course_of_two_plans_goes_with_the_first_that_was_asked_for() -> None:
    asked = Request([USER], plans=[32, 31], cascade=True)
    members = {plan: {"enrollment_status": "in_progress"} for plan in (31, 32)}
    pairs = decide(USER, asked, {201: {"enrollment_status": "completed"}}, members, COURSES_OF)
    assert pairs[-1] == Pair(USER, COURSE, 201, Intent.CASCADE, seen_course({"enrollment_status": "completed"}), via=32)


def test_a_course_that_was_only_named_goes_with_no_plan() -> None:
    pair = decide(USER, Request([USER], courses=[201]), {201: {"enrollment_status": "completed"}}, {}, COURSES_OF)
    assert pair == [Pair(USER, COURSE, 201, Intent.REMOVE, seen_course({"enrollment_status": "completed"}))]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Request, dict[int, str], list[int]]:
    asked = Request(
        [USER],
        courses=draw(st.lists(st.sampled_from([201, 202, 203, 204, 205, 206]), unique=True)),
        plans=draw(st.lists(st.sampled_from([31, 32, 33]), unique=True)),
        cascade=draw(st.booleans()),
        keep=draw(st.frozensets(st.sampled_from(["completed", "in_progress", "enrolled"]))),
    )
    statuses = st.sampled_from(["completed", "in_progress", "enrolled", "waiting"])
    enrolled = draw(st.dictionaries(st.sampled_from([201, 202, 203, 204, 205, 206]), statuses))
    return asked, enrolled, draw(st.lists(st.sampled_from([31, 32, 33]), unique=True))


@given(worlds())
def test_each_pair_is_judged_as_a_model_that_looks_at_one_pair_judges_it(world: Any) -> None:
    asked, enrolled, plans = world
    found = {key: fate.split(":")[0] for key, fate in fates(asked, enrolled, plans).items()}
    expected: dict[tuple[str, int], str] = {
        (PLAN, plan): "remove" if plan in plans else "absent" for plan in asked.plans
    }
    left = {course for plan in asked.plans if plan in plans for course in COURSES_OF[plan]}
    held = {course for plan in plans if plan not in asked.plans for course in COURSES_OF[plan]}
    for course in {*asked.courses, *left}:
        if course not in enrolled:
            if course in asked.courses:
                expected[COURSE, course] = "absent"
        elif enrolled[course] in asked.keep:
            expected[COURSE, course] = "keep"
        elif course in asked.courses:
            by_cascade = asked.api_cascade and course in left and course not in held
            expected[COURSE, course] = "cascade" if by_cascade else "remove"
        elif asked.keep:
            expected[COURSE, course] = "keep" if course in held else "remove"
        elif asked.cascade:
            expected[COURSE, course] = "either" if course in held else "cascade"
        else:
            expected[COURSE, course] = "keep"
    assert found == expected


@given(worlds())
def test_a_pair_is_the_same_after_it_was_written_down(world: Any) -> None:
    asked, enrolled, plans = world
    rows = {course: {"enrollment_status": status, "enrollment_level": 'é"\n'} for course, status in enrolled.items()}
    for pair in decide(USER, asked, rows, {plan: {"enrollment_status": "completed"} for plan in plans}, COURSES_OF):
        assert from_line(to_row(pair).encode()) == pair
        assert json.loads(to_row(pair))["user_id"] == USER
        assert "\n" not in to_row(pair)


@pytest.mark.parametrize("row", [{}, {"user_id": 1}, {"user_id": 1, "course_id": 2, "intent": "burn", "state": None}])
def test_a_row_that_is_none_of_ours_is_no_pair(row: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        from_line(json.dumps(row).encode())


def test_what_was_not_started_has_one_name() -> None:
    assert {STATUSES[name] for name in ("enrolled", "subscribed", "not_started")} == {"enrolled"}


def test_an_absent_pair_has_no_state() -> None:
    assert to_row(Pair(1, COURSE, 2, Intent.ABSENT, "")) == '{"user_id":1,"course_id":2,"intent":"absent","state":null}'
