"""What the suite makes of an answer and of what it reads after a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from mock_lms_contracts.judge import compare, of_answer, of_state
from mock_lms_contracts.model import CAP, Call, Fact, Meaning
from mock_lms_contracts.views import UNTOLD, Reading

from tests.contracts.facts import course, plan
from tests.contracts.judging import (
    AFTER,
    ANA,
    BEN,
    CALL,
    CY,
    HELD,
    NOBODY,
    NOWHERE,
    ONE,
    PART,
    PLAN,
    RIGHT,
    TWO,
    WORLD,
    answer,
    reading,
    without,
)


def broken(call: Call, data: Any, status: int = 200, **variants: str) -> list[str]:
    return [one.requirement for one in of_answer(Meaning(WORLD, call, variants), answer(data, status))]


# --- answers


def test_a_right_answer_breaks_nothing() -> None:
    assert broken(PART, RIGHT) == []
    assert broken(Call((CY,), (ONE,)), {"un_enrolled": [], "errors": ["user 1007 is not in course 12"]}) == []


@pytest.mark.parametrize(
    ("other", "requirements"),
    [
        ({"un_enrolled": []}, ["UNENROLL-ANSWER-1"]),
        ({"un_enrolled": [ANA, CY]}, ["UNENROLL-ANSWER-1"]),
        ({"un_enrolled": [CY]}, ["UNENROLL-ANSWER-1"]),
        ({"un_enrolled": [ANA, NOBODY]}, ["UNENROLL-ERRORS-2"]),
        ({"un_enrolled": ["7"]}, ["UNENROLL-ANSWER-2"]),
        ({"un_enrolled": [7.0]}, ["UNENROLL-ANSWER-2", "UNENROLL-ANSWER-1"]),
        ({"un_enrolled": [ANA, ANA]}, ["UNENROLL-ANSWER-1"]),
        ({"un_enrolled": None}, ["UNENROLL-ANSWER-1"]),
        ({"errors": None}, ["UNENROLL-ANSWER-1"]),
        ({"errors": []}, ["UNENROLL-ERRORS-1"]),
        ({"errors": ["user 107 is not in course 12"]}, ["UNENROLL-ERRORS-1", "UNENROLL-ERRORS-4"]),
        ({"errors": [*RIGHT["errors"], "user 7 is not in course 12"]}, ["UNENROLL-ERRORS-4"]),
        ({"errors": RIGHT["errors"] * 2}, ["UNENROLL-ERRORS-4"]),
    ],
)
def test_each_wrong_answer_breaks_its_requirement(other: dict[str, Any], requirements: list[str]) -> None:
    assert sorted(broken(PART, RIGHT | other)) == sorted(requirements)


def test_an_answer_without_data_has_neither_list() -> None:
    assert broken(PART, None) == ["UNENROLL-ANSWER-1", "UNENROLL-ANSWER-1"]
    assert broken(PART, [1]) == ["UNENROLL-ANSWER-1", "UNENROLL-ANSWER-1"]


def test_who_is_named_twice_is_a_requirement_of_its_own() -> None:
    twice = Call((ANA, CY, ANA, CY), (ONE,))
    assert broken(twice, RIGHT | {"un_enrolled": [ANA, ANA]}) == ["ROBUST-TWICE-1"]
    assert broken(twice, RIGHT | {"errors": RIGHT["errors"] * 2}) == ["ROBUST-TWICE-1"]


def test_an_entry_about_the_placeholder_is_a_requirement_of_its_own() -> None:
    call = Call((ANA, CY), (ONE,), (0,))
    more = RIGHT | {"errors": [*RIGHT["errors"], "user 7, plan 0", "user 1007, plan 0"]}
    assert broken(call, RIGHT) == []
    assert broken(call, more) == ["UNENROLL-PLACEHOLDER-1"]
    assert broken(call, more, placeholder_zero="report") == []
    assert broken(call, RIGHT, placeholder_zero="report") == ["UNENROLL-PLACEHOLDER-1"]


@pytest.mark.parametrize(
    ("call", "status", "requirement"),
    [
        (PART, 500, "CALL-STATUS-1"),
        (PART, 503, "CALL-STATUS-1"),
        (PART, 404, "UNENROLL-STATUS-1"),
        (PART, 207, "UNENROLL-STATUS-1"),
        (Call((CY,), (ONE,)), 404, "UNENROLL-STATUS-2"),
        (Call((ANA,), (NOWHERE,)), 404, "UNENROLL-TARGET-1"),
        (Call((ANA, CY), (NOWHERE, ONE)), 404, "UNENROLL-STATUS-1"),
        (Call(tuple(range(1, CAP + 1)), (ONE,)), 400, "UNENROLL-CAP-2"),
        (Call(tuple(range(1, CAP)), (ONE,)), 400, "UNENROLL-CAP-3"),
    ],
)
def test_a_valid_call_is_answered_with_200(call: Call, status: int, requirement: str) -> None:
    assert broken(call, None, status)[:1] == [requirement]
    assert len(broken(call, None, status)) == (1 if status >= 400 else 3)


def test_whether_the_cap_counts_who_is_named_twice_once_is_open() -> None:
    twice = Call((*range(1, CAP + 1), ANA), (ONE,))
    assert broken(twice, None, 400) == []
    assert broken(twice, None, 500) == ["CALL-STATUS-1"]
    assert broken(twice, None, 207)[:1] == ["UNENROLL-CAP-2"]


@pytest.mark.parametrize(
    ("status", "requirements"), [(400, []), (413, []), (200, ["UNENROLL-CAP-1"]), (500, ["UNENROLL-CAP-1"])]
)
def test_a_call_over_the_cap_is_refused_with_a_4xx(status: int, requirements: list[str]) -> None:
    assert broken(Call(tuple(range(1, CAP + 2)), (ONE,)), {}, status) == requirements


# --- readings


def state(*readings: Reading, named: tuple[int, ...] = (), call: Call = CALL) -> list[str]:
    meaning = Meaning(WORLD, call, {})
    after = {fact: value for fact, value in HELD.items() if not meaning.fate(fact).goes}
    return [one.requirement for one in of_state(meaning, compare(readings, after), after, named)]


def test_readings_that_show_what_must_be_held_break_nothing() -> None:
    assert state(reading("one", AFTER, ANA, BEN), reading("two", without(course(ONE, BEN)), ANA)) == []


@pytest.mark.parametrize(
    ("shown", "requirement"),
    [
        (HELD, "UNENROLL-EFFECT-1"),
        (without(course(ONE, BEN)), "UNENROLL-EFFECT-2"),
        (without(course(TWO, ANA)), "UNENROLL-EFFECT-3"),
        (without(plan(PLAN, ANA)), "PLAN-LEAVE-2"),
        (AFTER | {course(TWO, CY): "subscribed"}, "UNENROLL-EFFECT-6"),
        (AFTER | {course(ONE, BEN): "in_progress"}, "COMPLETION-KEEP-2"),
    ],
)
def test_what_all_views_agree_on_breaks_the_clause_that_decides(shown: Mapping[Fact, object], requirement: str) -> None:
    assert state(reading("one", shown, ANA, BEN, CY), reading("two", shown, ANA, BEN, CY)) == [requirement]
    assert state(reading("one", shown, ANA, BEN, CY)) == [requirement]


def test_what_goes_beside_a_placeholder_is_the_placeholder_s_fault() -> None:
    more = without(course(TWO, ANA), course(ONE, BEN))
    with_zero = Call((ANA,), (0, ONE))
    assert sorted(state(reading("one", more, ANA, BEN), call=with_zero)) == [
        "UNENROLL-EFFECT-2",
        "UNENROLL-PLACEHOLDER-1",
    ]


@pytest.mark.parametrize("shown", [HELD, without(course(ONE, BEN)), AFTER | {course(ONE, BEN): "in_progress"}])
def test_what_only_one_view_shows_is_that_view_s_fault(shown: Mapping[Fact, object]) -> None:
    right, wrong = reading("right", AFTER, ANA, BEN), reading("wrong", shown, ANA, BEN)
    assert state(right, wrong) == state(wrong, right) == ["UNENROLL-READ-1"]
    seen = compare([right, wrong], AFTER)
    assert seen.agreed == {}
    assert seen.by_view.keys() == {"wrong"}


def test_what_a_view_alone_shows_is_kept_as_it_shows_it() -> None:
    right = reading("right", AFTER, ANA, BEN)
    wrong = reading("wrong", without(course(TWO, ANA)) | {course(ONE, BEN): "in_progress"}, ANA, BEN)
    assert compare([right, wrong], AFTER).by_view == {
        "wrong": {course(TWO, ANA): None, course(ONE, BEN): "in_progress"}
    }


def test_a_view_that_tells_no_status_is_believed_that_somebody_is_there() -> None:
    assert state(reading("one", dict.fromkeys(AFTER, UNTOLD), ANA, BEN)) == []


def test_a_view_is_only_asked_for_what_it_covers() -> None:
    assert state(reading("one", without(course(ONE, BEN)), ANA)) == []


def test_whom_the_answer_calls_unenrolled_and_who_is_still_there_is_a_finding_of_the_answer_too() -> None:
    assert state(reading("one", HELD, ANA, BEN), named=(ANA,)) == ["UNENROLL-EFFECT-1", "UNENROLL-EFFECT-4"]
    assert state(reading("one", HELD, ANA, BEN), named=(BEN,)) == ["UNENROLL-EFFECT-1"]
    both = Call((ANA,), (ONE, TWO))
    half = {fact: value for fact, value in HELD.items() if fact != course(TWO, ANA)}
    assert state(reading("one", half, ANA, BEN), named=(ANA,), call=both) == ["UNENROLL-EFFECT-1"]


def test_a_failing_pair_with_which_nothing_happened_at_all_kept_the_others_from_it() -> None:
    with_failing = Call((ANA, CY), (ONE, TWO))
    assert state(reading("one", HELD, ANA, BEN), call=with_failing) == ["UNENROLL-PARTIAL-1"]
    half = {fact: value for fact, value in HELD.items() if fact != course(TWO, ANA)}
    assert state(reading("one", half, ANA, BEN), call=with_failing) == ["UNENROLL-EFFECT-1"]
