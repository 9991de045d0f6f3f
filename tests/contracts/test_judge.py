"""What the suite makes of an answer and of what it reads after a call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_contracts import judge
from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.judge import MOST, Broken, Seen, compare, matched, of_answer, of_state
from mock_lms_contracts.model import CAP, Call, Fact, Layer, Meaning, World
from mock_lms_contracts.views import UNTOLD, Reading

ANA, BEN, CY, NOBODY = 7, 107, 1007, 99
ONE, TWO, NOWHERE = 12, 70, 98
PLAN = 12
"""A plan's id, which is a course's, too."""


def course(target: int, user: int) -> Fact:
    return Fact(Layer.COURSE, target, user)


def plan(target: int, user: int) -> Fact:
    return Fact(Layer.PLAN, target, user)


HELD: Mapping[Fact, object] = {
    course(ONE, ANA): "subscribed",
    course(ONE, BEN): "completed",
    course(TWO, ANA): "completed",
    plan(PLAN, ANA): True,
}
WORLD = World(frozenset({ANA, BEN, CY}), frozenset({ONE, TWO}), {PLAN: (TWO,)}, HELD)


def answer(data: Any, status: int = 200) -> Answer:
    text = json.dumps({"data": data, "version": "1.0.0"})
    return Answer(status, {"Content-Type": "application/json"}, text)


def broken(call: Call, data: Any, status: int = 200, **variants: str) -> list[str]:
    return [one.requirement for one in of_answer(Meaning(WORLD, call, variants), answer(data, status))]


# --- entries and pairs


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


# --- answers

PART = Call((ANA, CY), (ONE,))
RIGHT: dict[str, list[Any]] = {"un_enrolled": [ANA], "errors": ["user 1007 is not in course 12"]}


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


def reading(view: str, shown: Mapping[Fact, object], *users: int) -> Reading:
    return Reading(view, shown, lambda fact: fact.user in users and fact.layer in {Layer.COURSE, Layer.PLAN})


CALL = Call((ANA,), (ONE,))
AFTER = {fact: value for fact, value in HELD.items() if fact != course(ONE, ANA)}


def state(*readings: Reading, named: tuple[int, ...] = (), call: Call = CALL) -> list[str]:
    meaning = Meaning(WORLD, call, {})
    after = {fact: value for fact, value in HELD.items() if not meaning.fate(fact).goes}
    return [one.requirement for one in of_state(meaning, compare(readings, after), after, named)]


def without(*facts: Fact) -> dict[Fact, object]:
    return {fact: value for fact, value in AFTER.items() if fact not in facts}


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


# --- what a finding says


@pytest.mark.parametrize(
    ("call", "status", "finding"),
    [
        (
            Call((ANA,), (0,)),
            200,
            Broken("ROBUST-TARGET-1", "The call must be refused, but is answered with 200.", "4xx", 200),
        ),
        (PART, 503, Broken("CALL-STATUS-1", "A right call is answered with 503.", 200, 503)),
        (PART, 404, Broken("UNENROLL-STATUS-1", "The call is answered with 404, not with 200.", 200, 404)),
    ],
)
def test_a_wrong_status_is_shown_beside_the_right_one(call: Call, status: int, finding: Broken) -> None:
    assert list(of_answer(Meaning(WORLD, call, {}), answer(RIGHT, status))) == [finding]


@pytest.mark.parametrize(
    ("other", "finding"),
    [
        (
            {"un_enrolled": [ANA, "107", CY]},
            Broken("UNENROLL-ANSWER-2", "Ids in un_enrolled are not integers.", [ANA], ["107"]),
        ),
        (
            {"un_enrolled": [NOBODY, CY]},
            Broken("UNENROLL-ERRORS-2", "A user who does not exist is called unenrolled.", [ANA], [NOBODY]),
        ),
        (
            {"un_enrolled": [NOBODY, CY]},
            Broken(
                "UNENROLL-ANSWER-1",
                "un_enrolled does not name exactly the users who lost an enrollment.",
                [ANA],
                {"missing": [ANA], "more": [CY]},
            ),
        ),
        (
            {"un_enrolled": [ANA, ANA]},
            Broken("UNENROLL-ANSWER-1", "un_enrolled names a user more than once.", [ANA], [ANA, ANA]),
        ),
        (
            {"errors": ["user 107 is not in course 12"]},
            Broken(
                "UNENROLL-ERRORS-1",
                "No entry of errors is about user 1007 and course 12, a pair that failed.",
                ["user 1007, course 12"],
                ["user 107 is not in course 12"],
            ),
        ),
        (
            {"errors": [*RIGHT["errors"], "user 107 is not in course 12"]},
            Broken(
                "UNENROLL-ERRORS-4",
                "errors has more entries than there are pairs that failed.",
                ["user 1007, course 12"],
                ["user 107 is not in course 12"],
            ),
        ),
    ],
)
def test_a_wrong_list_is_shown_beside_the_right_one(other: dict[str, Any], finding: Broken) -> None:
    assert finding in list(of_answer(Meaning(WORLD, PART, {}), answer(RIGHT | other)))


@pytest.mark.parametrize("name", RIGHT)
def test_a_list_that_is_not_there_is_named_and_the_answer_shown_from_its_beginning(name: str) -> None:
    long = answer(RIGHT | {name: "none " * 100})
    (finding,) = of_answer(Meaning(WORLD, PART, {}), long)
    assert finding == Broken("UNENROLL-ANSWER-1", f"The answer has no list {name}.", f"data.{name}", finding.seen)
    assert long.text.startswith(finding.seen)
    assert len(finding.seen) == 300


def test_a_finding_about_many_shows_the_first_of_them() -> None:
    everybody = range(1, 2 * MOST)
    held = {course(ONE, user): "subscribed" for user in everybody}
    crowd = Meaning(World(frozenset(everybody), frozenset({ONE}), {}, held), Call((*everybody,), (ONE,)), {})
    (unnamed,) = of_answer(crowd, answer({"un_enrolled": [], "errors": []}))
    assert unnamed.expected == unnamed.seen["missing"] == [*everybody][:MOST]
    (stayed,) = of_state(crowd, compare([reading("one", held, *everybody)], {}), {}, ())
    assert len(stayed.expected) == len(stayed.seen) == MOST
    assert stayed.message.startswith(f"After the call, {len(everybody)} facts are there that must not be: user 1 is in")


@pytest.mark.parametrize(
    ("shown", "message", "expected", "seen"),
    [
        (
            HELD,
            "After the call, 1 fact is there that must not be: user 7 is in course 12 (subscribed).",
            "user 7 is not in course 12",
            "user 7 is in course 12 (subscribed)",
        ),
        (
            without(course(ONE, BEN)),
            "After the call, 1 fact is missing: user 107 is not in course 12.",
            "user 107 is in course 12 (completed)",
            "user 107 is not in course 12",
        ),
        (
            AFTER | {course(ONE, BEN): "in_progress"},
            "After the call, 1 fact has changed: user 107 is in course 12 (in_progress).",
            "user 107 is in course 12 (completed)",
            "user 107 is in course 12 (in_progress)",
        ),
    ],
)
def test_a_fact_that_differs_is_shown_as_it_must_be_and_as_it_is(
    shown: Mapping[Fact, object], message: str, expected: str, seen: str
) -> None:
    (finding,) = of_state(Meaning(WORLD, CALL, {}), compare([reading("one", shown, ANA, BEN)], AFTER), AFTER, ())
    assert (finding.message, finding.expected, finding.seen) == (message, [expected], [seen])


def test_a_finding_counts_each_way_of_being_wrong() -> None:
    mine, theirs = Fact(Layer.TRACKING, ONE, ANA), Fact(Layer.TRACKING, ONE, BEN)
    tracked = World(WORLD.users, WORLD.courses, WORLD.plans, {**HELD, mine: "visits", theirs: "visits"})
    meaning = Meaning(tracked, Call((ANA,), (ONE,), reset_tracks=True), {})
    (finding,) = of_state(meaning, Seen({mine: "visits", theirs: None}, {}), {theirs: "visits"}, ())
    assert finding.requirement == "COMPLETION-TRACKS-2"
    assert finding.message.startswith(
        "After the call, 1 fact is there that must not be, 1 fact is missing: user 7 has tracking"
    )


def test_a_view_that_is_alone_is_named_and_shown_beside_the_others() -> None:
    readings = [
        reading("right", AFTER, ANA, BEN),
        reading("wrong", AFTER | {course(ONE, BEN): "in_progress"}, ANA, BEN),
    ]
    (finding,) = of_state(Meaning(WORLD, CALL, {}), compare(readings, AFTER), AFTER, ())
    assert finding == Broken(
        "UNENROLL-READ-1",
        "After the call, wrong differs from the other views.",
        {"the other views": ["user 107 is in course 12 (completed)"]},
        {"wrong": ["user 107 is in course 12 (in_progress)"]},
    )


def test_whom_the_answer_wrongly_calls_unenrolled_is_named() -> None:
    seen = compare([reading("one", HELD, ANA, BEN)], AFTER)
    *_, finding = of_state(Meaning(WORLD, CALL, {}), seen, AFTER, [ANA, BEN])
    sentence = "The answer calls users unenrolled who are still enrolled."
    assert finding == Broken("UNENROLL-EFFECT-4", sentence, [], [ANA])


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [
        (plan(PLAN, ANA), True, "user 7 is in plan 12"),
        (plan(PLAN, ANA), None, "user 7 is not in plan 12"),
        (Fact(Layer.TRACKING, ONE, ANA), ("completed", 80), "user 7 has tracking in course 12 (('completed', 80))"),
        (Fact(Layer.TRACKING, ONE, ANA), None, "user 7 has no tracking in course 12"),
        (Fact(Layer.COURSE_CERTIFICATE, ONE, ANA), True, "user 7 has a certificate of course 12"),
        (Fact(Layer.PLAN_CERTIFICATE, PLAN, ANA), None, "user 7 has no certificate of plan 12"),
        (course(ONE, ANA), UNTOLD, "user 7 is in course 12"),
    ],
)
def test_a_fact_in_words(fact: Fact, value: object, words: str) -> None:
    assert judge.said(fact, value) == words
