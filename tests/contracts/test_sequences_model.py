"""The model of a sequence: what comes back, what an update does, which choices a step shows, and what is too long."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_contracts.contract import request_problems
from mock_lms_contracts.model import Fact, Layer
from mock_lms_contracts.requirements import by_id
from mock_lms_contracts.sequences.explore import OPENING, WORLD
from mock_lms_contracts.sequences.fitting import CHOICES, CONCERNED, fitted
from mock_lms_contracts.sequences.model import OPEN, UNKNOWN, Held, Outcome, Seat, State, meaning_of, outcome
from mock_lms_contracts.sequences.shorten import ATTEMPTS, Steps, shortened
from mock_lms_contracts.sequences.steps import Kind, Situation, Step, chosen

ANA, BEN = 1, 2
ONE, TWO, THREE = 11, 12, 13
FIRST, SECOND = 21, 22
MARCH = "2025-03-01 12:00:00"
PLANS = {FIRST: (ONE, TWO), SECOND: (TWO, THREE)}
DONE = Seat("completed", 80.0, "2025-01-15")
FIRST_OF_EACH = {name: values[0] for name, values in CHOICES.items()}


def course(target: int, user: int = ANA) -> Fact:
    return Fact(Layer.COURSE, target, user)


def plan(target: int, user: int = ANA) -> Fact:
    return Fact(Layer.PLAN, target, user)


def state(held: Held, left: dict[Fact, Seat | None] | None = None) -> State:
    return State(held, left or {}, PLANS)


def after(before: State, *steps: Step, **choices: str) -> State:
    for step in steps:
        then = outcome(before, step, FIRST_OF_EACH | choices)
        before = State(then.held, then.left, before.plans)
    return before


LEAVE, LEAVE_ALONE = Step(Kind.UNENROLL, (ANA,), (ONE,)), Step(Kind.UNENROLL_ONE, (ANA,), (ONE,))
RESET = Step(Kind.UNENROLL, (ANA,), (ONE,), reset=True)
BACK, BACK_ALONE = Step(Kind.ENROLL, (ANA,), (ONE,)), Step(Kind.ENROLL_ONE, (ANA,), (ONE,))
JOIN = Step(Kind.JOIN, (ANA,), plans=(FIRST,))
BACKS = [BACK, BACK_ALONE, JOIN]


@pytest.mark.parametrize("back", BACKS)
@pytest.mark.parametrize("leave", [LEAVE, LEAVE_ALONE])
def test_who_comes_back_has_what_they_had_or_begins_anew(leave: Step, back: Step) -> None:
    before = state({course(ONE): DONE})
    assert after(before, leave, back).held[course(ONE)] == DONE
    assert after(before, leave, back, reenrollment="discard").held[course(ONE)] == Seat()


@pytest.mark.parametrize("back", BACKS)
def test_after_a_reset_everybody_begins_anew(back: Step) -> None:
    then = outcome(after(state({course(ONE): DONE}), RESET), back, FIRST_OF_EACH)
    assert then.held[course(ONE)] == Seat()
    assert then.reasons[course(ONE)] == "COMPLETION-RESET-1"


def test_a_reset_of_what_was_left_before_takes_nothing_back() -> None:
    assert after(state({course(ONE): DONE}), LEAVE, RESET, BACK).held[course(ONE)] == DONE


def test_what_comes_back_is_what_was_there_last() -> None:
    update = Step(Kind.UPDATE_ONE, (ANA,), (ONE,), status=1)
    then = after(state({course(ONE): DONE}), LEAVE, BACK, update, LEAVE, BACK)
    assert then.held[course(ONE)] == Seat("in_progress", OPEN, None)


def test_enrolling_who_is_enrolled_changes_nothing() -> None:
    before = state({course(ONE): DONE, plan(FIRST): True})
    for step in BACKS:
        assert after(before, step) == before


def test_a_plan_brings_the_courses_that_its_new_members_do_not_hold_or_none() -> None:
    before = state({course(ONE): DONE})
    assert after(before, JOIN).held == {course(ONE): DONE, course(TWO): Seat(), plan(FIRST): True}
    assert after(before, JOIN, plan_enrolls_courses="no").held == {course(ONE): DONE, plan(FIRST): True}
    again = after(before, JOIN, Step(Kind.UNENROLL, (ANA,), (TWO,)), JOIN, member_again="courses")
    assert course(TWO) in again.held


def test_the_cascade_leaves_to_another_plan_what_it_shares_and_forgets_with_a_reset_what_it_takes() -> None:
    both = state({course(ONE): DONE, course(TWO): DONE, plan(FIRST): True, plan(SECOND): True})
    leave = Step(Kind.UNENROLL, (ANA,), plans=(FIRST,), cascade=True, reset=True)
    then = after(both, leave)
    assert then.held == {course(TWO): DONE, plan(SECOND): True}
    assert then.left == {course(ONE): None}
    assert after(both, leave, shared_courses="remove").left == {course(ONE): None, course(TWO): None}


def test_only_who_is_named_alone_and_held_by_a_plan_may_be_refused() -> None:
    held = state({course(ONE): DONE, plan(FIRST): True})
    assert after(held, LEAVE_ALONE).held == {plan(FIRST): True}
    assert after(held, LEAVE_ALONE, single_in_plan="refuse").held == held.held
    assert after(state({course(ONE): DONE}), LEAVE_ALONE, single_in_plan="refuse").held == {}


@pytest.mark.parametrize(
    ("seat", "step", "choices", "becomes"),
    [
        (Seat(), {"status": 2, "date": MARCH}, {}, Seat("completed", OPEN, "2025-03-01")),
        (Seat(), {"status": 2, "score": 7}, {}, Seat("completed", 7.0, OPEN)),
        (Seat(), {"status": 2, "date": MARCH}, {"date_complete": "ignored"}, Seat("completed", OPEN, OPEN)),
        (DONE, {"status": 1}, {}, Seat("in_progress", OPEN, None)),
        (DONE, {"status": 1}, {"earlier_status": "kept"}, DONE),
        (DONE, {"status": 0}, {"earlier_status": "refused"}, DONE),
        (Seat("in_progress"), {"status": 0}, {"earlier_status": "kept"}, Seat()),
        (DONE, {"date": MARCH}, {}, Seat("completed", 80.0, "2025-03-01")),
        (Seat("in_progress"), {"date": MARCH}, {}, Seat("in_progress")),
        (DONE, {"score": 7}, {}, Seat("completed", 7.0, "2025-01-15")),
        (DONE, {"score": 7}, {"score_given": "ignored"}, DONE),
        (DONE, {"score": 7}, {"update_without_status": "refuse"}, DONE),
        (DONE, {"score": 7}, {"update_without_status": "begin"}, Seat("subscribed", 7.0, None)),
    ],
)  # fmt: skip
def test_an_update(seat: Seat, step: dict[str, object], choices: dict[str, str], becomes: Seat) -> None:
    update = Step(Kind.UPDATE, (ANA, BEN), (ONE,), **step)  # type: ignore[arg-type]
    assert after(state({course(ONE): seat}), update, **choices).held == {course(ONE): becomes}


# --- what a step shows


def seen(before: State, step: Step, **choices: str) -> Held:
    return outcome(before, step, FIRST_OF_EACH | choices).held


LEFT = state({}, {course(ONE): DONE})


@pytest.mark.parametrize("value", CHOICES["reenrollment"])
def test_a_choice_is_known_when_a_step_shows_it(value: str) -> None:
    fit = fitted(LEFT, BACK, {}, seen(LEFT, BACK, reenrollment=value))
    assert fit.differences == []
    assert fit.shown == {"reenrollment": value}


def test_a_step_that_would_be_the_same_either_way_shows_nothing() -> None:
    never = state({})
    assert fitted(never, BACK, {}, seen(never, BACK)).shown == {}
    unknown = state({}, {course(ONE): UNKNOWN})
    assert fitted(unknown, BACK, {}, {course(ONE): Seat()}).shown == {}


def test_another_choice_than_before_breaks_the_requirement_that_there_is_one() -> None:
    fit = fitted(LEFT, BACK, {"reenrollment": "restore"}, seen(LEFT, BACK, reenrollment="discard"))
    assert [difference.requirement for difference in fit.differences] == ["SEQUENCE-CHOICE-1"]


@pytest.mark.parametrize(
    ("before", "step", "shown", "requirement"),
    [
        (LEFT, BACK, {}, "ENROLL-BACK-1"),
        (state({}, {course(ONE): Seat()}), BACK, {}, "ENROLL-BACK-1"),
        (LEFT, BACK, {course(ONE): Seat("completed", 80.0, "2026-11-30")}, "COMPLETION-KEEP-1"),
        (state({}, {course(ONE): None}), BACK, {course(ONE): Seat("subscribed", 80.0)}, "COMPLETION-RESET-1"),
        (state({}), BACK, {course(ONE): DONE}, "ENROLL-EFFECT-1"),
        (state({}), BACK, {course(ONE): Seat(), course(ONE, BEN): Seat()}, "ENROLL-EFFECT-1"),
        (state({course(ONE): DONE}), BACK, {course(ONE): Seat()}, "SEQUENCE-STATE-1"),
        (state({course(ONE): DONE}), LEAVE, {course(ONE): DONE}, "UNENROLL-EFFECT-1"),
        (state({course(ONE): DONE}), LEAVE, {course(ONE, BEN): DONE}, "UNENROLL-EFFECT-6"),
        (state({course(ONE): DONE, course(TWO): DONE}), LEAVE, {course(TWO): Seat()}, "COMPLETION-KEEP-2"),
        (state({course(ONE): DONE}), LEAVE_ALONE, {course(ONE): DONE}, "SINGLE-LEAVE-1"),
        (state({}), Step(Kind.UPDATE, (ANA,), (ONE,), status=2), {course(ONE): DONE}, "UPDATE-EFFECT-1"),
        (state({course(ONE): DONE}), Step(Kind.UPDATE, (ANA,), (ONE,), status=1),
         {course(ONE): Seat("in_progress", 80.0, "2025-01-15")}, "UPDATE-DATE-1"),
        (state({}, {course(ONE): None}), JOIN, {plan(FIRST): True, course(ONE): DONE, course(TWO): Seat()},
         "COMPLETION-RESET-1"),
    ],
)  # fmt: skip
def test_each_difference_breaks_the_clause_that_decides_on_it(
    before: State, step: Step, shown: Held, requirement: str
) -> None:
    found = {difference.requirement for difference in fitted(before, step, {}, shown).differences}
    assert requirement in found
    assert found <= by_id().keys()


def test_after_a_difference_the_state_is_what_was_seen_and_nobody_knows_what_was_there_before() -> None:
    fit = fitted(state({course(ONE): DONE}), BACK, {}, {})
    then = fit.state(LEFT, {})
    assert then.held == {}
    assert then.left == {course(ONE): UNKNOWN}


# --- steps

situations = st.builds(
    lambda seats, members, left, plans: Situation(seats, seats[:2], seats[1:], left, members, 6, 5, plans),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), unique=True),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), unique=True),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), unique=True),
    st.just(WORLD.plans),
)


@given(situations, st.integers())
def test_every_step_is_a_call_that_the_contract_allows_and_names_nobody_twice(now: Situation, seed: int) -> None:
    step = chosen(random.Random(seed), now, [*Kind])
    real = step.mapped({n: n + 7 for n in range(6)}, {n: n + 70 for n in range(5)}, {0: 700, 1: 701})
    method, path, body = real.request()
    assert request_problems(method, path, None, body) == []
    for ids in (real.users, real.courses, real.plans):
        assert len(ids) == len({*ids})
    assert str(real.users[0]) in str(real)
    assert step == chosen(random.Random(seed), now, [*Kind])


@given(situations, st.integers(), st.sampled_from([*CHOICES]), st.data())
def test_whatever_a_target_chooses_a_step_that_does_it_differs_in_nothing(
    now: Situation, seed: int, name: str, data: st.DataObject
) -> None:
    step = chosen(random.Random(seed), now, [*Kind])
    held: dict[Fact, Seat | bool] = {Fact(Layer.COURSE, at, user): DONE for user, at in now.seats}
    held |= {Fact(Layer.PLAN, at, user): True for user, at in now.members}
    left = {Fact(Layer.COURSE, at, user): DONE for user, at in now.left}
    before = State(held, {fact: was for fact, was in left.items() if fact not in held}, dict(enumerate(now.plans)))
    choices = FIRST_OF_EACH | {name: data.draw(st.sampled_from(CHOICES[name]))}
    own = Seat("subscribed", 55.0, "2024-12-31")  # what a server has where nothing is said of it
    held = outcome(before, step, choices).held
    shown = {fact: value.filled(own) if isinstance(value, Seat) else value for fact, value in held.items()}
    fit = fitted(before, step, {}, shown)
    assert fit.differences == []
    assert fitted(before, step, choices, shown).differences == []
    assert fit.shown.items() <= choices.items()
    assert fit.state(before, shown).held == shown


def test_the_opening_has_every_kind_that_every_server_has_and_fits_its_world() -> None:
    assert {step.kind for step in OPENING} == {*Kind} - {Kind.ENROLL_ONE}
    for step in OPENING:
        assert {*step.users} <= {*range(WORLD.users)}
        assert {*step.courses} <= {*range(WORLD.courses)}
    assert CONCERNED.keys() == {*Kind}


def test_what_a_bulk_unenrollment_must_answer_is_said_by_the_model_of_one() -> None:
    meaning = meaning_of(state({course(ONE): DONE}), LEAVE, FIRST_OF_EACH, frozenset({ANA, BEN}))
    assert meaning.un_enrolled == {ANA}


# --- shortening


def needing(*needed: Callable[[Step], bool]) -> Callable[[Steps], Steps | None]:
    """Shows the same where such steps come in this order."""

    def again(steps: Steps) -> Steps | None:
        again.tries += 1  # type: ignore[attr-defined]
        wanted = list(needed)
        for index, step in enumerate(steps):
            if wanted and wanted[0](step):
                wanted.pop(0)
            if not wanted:
                return steps[: index + 1]
        return None

    again.tries = 0  # type: ignore[attr-defined]
    return again


def test_a_sequence_becomes_as_short_and_its_steps_as_small_as_the_finding_allows() -> None:
    noise = [Step(Kind.UPDATE, (user, 3), (4,), status=1) for user in (0, 1, 2)] * 3
    steps = [*noise, Step(Kind.UNENROLL, (1, 2), (0, 3), reset=True), *noise, Step(Kind.ENROLL, (2, 1, 5), (0,))]
    again = needing(
        lambda step: step.kind is Kind.UNENROLL and {1} <= {*step.users} and step.reset,
        lambda step: step.kind is Kind.ENROLL and {1} <= {*step.users},
    )
    shortest = shortened(steps, again)
    assert [step.kind for step in shortest] == [Kind.UNENROLL, Kind.ENROLL]
    assert {step.users for step in shortest} == {(1,)}
    assert shortest[0].reset
    assert len(shortest[0].courses) == 1
    assert again.tries <= ATTEMPTS  # type: ignore[attr-defined]


def test_a_sequence_that_never_shows_it_again_stays_and_is_tried_so_often_only() -> None:
    steps = tuple(Step(Kind.ENROLL, (user,), (course_,)) for user in range(6) for course_ in range(5)) * 3
    again = needing(lambda _: False)
    assert shortened(steps, again) == steps
    assert again.tries == ATTEMPTS  # type: ignore[attr-defined]


def test_an_outcome_enters_nobody_twice() -> None:
    then = Outcome({}, {course(ONE): DONE}, "SEQUENCE-STATE-1")
    then.enter(course(ONE), "ENROLL-EFFECT-1", "restore")
    assert then.held == {course(ONE): DONE}
    assert then.left == {}
