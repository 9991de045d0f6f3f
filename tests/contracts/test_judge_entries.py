"""Which entry of `errors` is about which pair of user and target."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_contracts.judge import matched

from tests.contracts.facts import course, plan
from tests.contracts.judging import ANA, ONE, PLAN, TWO


def test_an_entry_names_a_user_by_a_whole_number() -> None:
    assert matched([course(ONE, ANA)], ["user 1007, course 12: E1007"], {ONE}) == (
        [course(ONE, ANA)],
        ["user 1007, course 12: E1007"],
    )
    assert matched([course(ONE, ANA)], ["user 7 is not in course 12"], {ONE}) == ([], [])


@pytest.mark.parametrize(
    "entry",
    [
        "user 7 is not enrolled in course 12",
        "7:12 E404",
        {"user_id": 7, "course_id": 12, "message": "not enrolled"},
        {"user_id": "7", "course_id": "12", "message": "of user 107"},
        {"code": 1, "text": "user 7 in course 12"},
        "user 7: not enrolled",
        {"user_id": 7, "message": "not enrolled"},
        "élève №7, cours №12",
        {"message": "élève №7, cours №12"},
    ],
)
def test_an_entry_is_about_the_pair_that_it_names(entry: object) -> None:
    assert matched([course(ONE, ANA)], [entry], {ONE, TWO}) == ([], [])


@pytest.mark.parametrize(
    "entry",
    [
        "user 7 is not enrolled in course 70",
        "user 107 is not enrolled in course 12",
        {"user_id": 107, "course_id": 12, "message": "user 7"},
        {"user_id": 7, "course_id": 70, "message": "course 12"},
        {"user_id": 7, "learning_plan_id": 12, "message": "no member"},
        {"user_id": 7, "learningplan_id": 12, "message": "no member"},
        "not enrolled",
        12,
        None,
    ],
)
def test_an_entry_is_about_no_other_pair(entry: object) -> None:
    assert matched([course(ONE, ANA)], [entry], {ONE, TWO}) == ([course(ONE, ANA)], [entry])


def test_a_number_of_any_length_may_stand_in_an_entry() -> None:
    digits = "7" * 5_000
    assert matched([course(ONE, ANA)], [digits, f"user 7: trace {digits}"], {ONE}) == ([], [digits])


@pytest.mark.parametrize("name", ["learning_plan_id", "learningplan_id"])
def test_an_object_names_a_plan_in_either_spelling(name: str) -> None:
    assert matched([plan(PLAN, ANA)], [{"user_id": ANA, name: PLAN, "message": "no member"}], {PLAN}) == ([], [])
    wrong = {"user_id": ANA, "course_id": PLAN, "message": "not enrolled"}
    assert matched([plan(PLAN, ANA)], [wrong], {PLAN}) == ([plan(PLAN, ANA)], [wrong])


def test_an_entry_is_about_one_pair_at_most() -> None:
    pairs = [course(ONE, ANA), course(TWO, ANA)]
    assert matched(pairs, ["user 7 failed", "user 7 failed"], {ONE, TWO}) == ([], [])
    assert matched(pairs, ["user 7 failed"], {ONE, TWO}) == ([course(TWO, ANA)], [])
    # whichever order they come in, each finds its own
    assert matched(pairs, ["user 7 failed", "user 7, course 12"], {ONE, TWO}) == ([], [])
    assert matched(pairs, ["user 7, course 70", "user 7 failed"], {ONE, TWO}) == ([], [])


def test_where_ids_of_users_and_courses_are_equal_each_pair_still_finds_its_entry() -> None:
    pairs = [course(3, 4), course(4, 3), course(3, 3)]
    entries = ["user 3, course 4", "user 4, course 3", "user 3, course 3"]
    assert matched(pairs, entries, {3, 4}) == ([], [])


numbers = st.integers(1, 4)


@given(st.sets(st.tuples(numbers, numbers), min_size=1), st.randoms(use_true_random=False), st.booleans())
def test_entries_in_any_order_with_one_dropped_miss_one_pair(
    pairs: set[tuple[int, int]], chance: Any, objects: bool
) -> None:
    facts = [course(target, user) for user, target in sorted(pairs)]
    entries: list[Any] = [
        {"user_id": fact.user, "course_id": fact.target, "message": ""}
        if objects
        else f"user {fact.user} not in course {fact.target}"
        for fact in facts
    ]
    chance.shuffle(entries)
    assert matched(facts, entries, {fact.target for fact in facts}) == ([], [])
    without, surplus = matched(facts, entries[1:], {fact.target for fact in facts})
    assert len(without) == 1
    assert surplus == []
    without, surplus = matched(facts, [*entries, entries[0]], {fact.target for fact in facts})
    assert without == []
    assert len(surplus) == 1
