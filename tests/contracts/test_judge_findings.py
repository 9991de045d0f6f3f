"""What a finding of the judge says, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from mock_lms_contracts import judge
from mock_lms_contracts.judge import MOST, Broken, Seen, compare, of_answer, of_state
from mock_lms_contracts.model import Call, Fact, Layer, Meaning, World
from mock_lms_contracts.views import UNTOLD

from tests.contracts.facts import course, plan
from tests.contracts.judging import (
    AFTER,
    ANA,
    BEN,
    CALL,
    CY,
    HELD,
    NOBODY,
    ONE,
    PART,
    PLAN,
    RIGHT,
    WORLD,
    answer,
    reading,
    without,
)


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
