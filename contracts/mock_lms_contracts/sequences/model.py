"""What a sequence of calls means: the enrollments and their values after each step, and the requirements that say so.

A state is what the API shows, and what it may show later: the values of ended enrollments, for when users come back.
`model.Meaning` says what a bulk unenrollment does. What the sources leave open is passed in as choices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

from mock_lms_contracts.model import Call, Fact, Layer, Meaning, World
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED
from mock_lms_contracts.sequences.steps import Kind, Step

STATUSES = {0: SUBSCRIBED, 1: IN_PROGRESS, 2: COMPLETED}
EARLIER = {0, 1}


class Open(StrEnum):
    """An unknown value, for which whatever is seen is right."""

    OPEN = "open"


OPEN = Open.OPEN


@dataclass(frozen=True, slots=True)
class Seat:
    """The values of one enrollment in a course: status, score as a number, completion as a day."""

    status: str = SUBSCRIBED
    score: object = None
    completed: object = None

    def differs(self, other: Seat) -> int:
        """The number of values that differ."""
        values = ((self.status, other.status), (self.score, other.score), (self.completed, other.completed))
        return sum(OPEN not in pair and pair[0] != pair[1] for pair in values)

    def filled(self, seen: Seat) -> Seat:
        """The seat with the seen values in place of unknown ones."""
        return Seat(
            seen.status if self.status is OPEN else self.status,
            seen.score if self.score is OPEN else self.score,
            seen.completed if self.completed is OPEN else self.completed,
        )


NEW, UNKNOWN = Seat(), Seat(OPEN, OPEN, OPEN)

Held = Mapping[Fact, Seat | bool]
"""What the API shows: a seat for an enrollment in a course, True for a place in a plan."""


@dataclass(frozen=True, slots=True)
class State:
    """What the API shows, and the seats of ended enrollments: None if their tracking was reset."""

    held: Held
    left: Mapping[Fact, Seat | None]
    plans: Mapping[int, tuple[int, ...]]
    """The courses of each plan, by id."""

    def in_plan(self, fact: Fact) -> bool:
        """Whether a plan of the user contains the course."""
        return any(
            Fact(Layer.PLAN, plan, fact.user) in self.held
            for plan, courses in self.plans.items()
            if fact.target in courses
        )


@dataclass(slots=True)
class Outcome:
    """What must be held after a step, and by fact the requirement that says so; `otherwise` is for all others."""

    held: dict[Fact, Seat | bool]
    left: dict[Fact, Seat | None]
    otherwise: str
    reasons: dict[Fact, str] = field(default_factory=dict)

    def enter(self, fact: Fact, requirement: str, reenrollment: str) -> None:
        """Enrolls a user: anew, or with the values of their former enrollment."""
        was: Seat | None = NEW
        if fact in self.left:
            was = self.left.pop(fact)
            requirement = "COMPLETION-KEEP-1" if was else "COMPLETION-RESET-1"
        self.held[fact] = was if was is not None and reenrollment == "restore" else NEW
        self.reasons[fact] = requirement


# --- what a step does


def outcome(state: State, step: Step, choices: Mapping[str, str]) -> Outcome:
    """The outcome of a step with ids, for a target that makes these choices."""
    if step.kind is Kind.UNENROLL:
        return _unenrolled(state, step, choices)
    after = Outcome(dict(state.held), dict(state.left), "SEQUENCE-STATE-1")
    if step.kind is Kind.JOIN:
        _join(after, state, step, choices)
    elif step.kind in {Kind.UPDATE, Kind.UPDATE_ONE}:
        after.otherwise = "UPDATE-EFFECT-1"
        _update(after, state, step, choices)
    elif step.kind is Kind.UNENROLL_ONE:
        after.otherwise = "SINGLE-LEAVE-1"
        _leave_one(after, state, step, choices)
    else:
        after.otherwise = "ENROLL-EFFECT-1"
        facts = list(_facts(step))
        new = [fact for fact in facts if fact not in state.held]
        for fact in facts:
            if fact in new:
                requirement = "ENROLL-EFFECT-1" if len(new) == len(facts) else "ENROLL-ERRORS-1"
                after.enter(fact, requirement, choices["reenrollment"])
            else:
                after.reasons[fact] = "SEQUENCE-STATE-1"
    return after


def meaning_of(state: State, step: Step, choices: Mapping[str, str], users: frozenset[int]) -> Meaning:
    """The meaning of a bulk unenrollment, by `model`."""
    held: dict[Fact, object] = {
        fact: value.status if isinstance(value, Seat) else value for fact, value in state.held.items()
    }
    courses = frozenset(fact.target for fact in (*state.held, *state.left) if fact.layer is Layer.COURSE)
    courses |= {course for contents in state.plans.values() for course in contents} | {*step.courses}
    seats = [fact for fact in held if fact.layer is Layer.COURSE]
    held |= {Fact(Layer.TRACKING, fact.target, fact.user): True for fact in seats}
    call = Call(step.users, step.courses, step.plans, step.cascade, step.reset)
    return Meaning(World(users | {*step.users}, courses, state.plans, held), call, choices)


def _facts(step: Step) -> Iterator[Fact]:
    """The pairs of every user and every course."""
    return (Fact(Layer.COURSE, course, user) for user, course in product(step.users, step.courses))


def _unenrolled(state: State, step: Step, choices: Mapping[str, str]) -> Outcome:
    meaning = meaning_of(state, step, choices, frozenset())
    after = Outcome(dict(state.held), dict(state.left), "UNENROLL-EFFECT-6")
    for fact, value in state.held.items():
        after.reasons[fact] = meaning.fate(fact).requirement
        if fact in meaning.parted:
            del after.held[fact]
            if isinstance(value, Seat):
                reset = meaning.fate(Fact(Layer.TRACKING, fact.target, fact.user)).goes
                after.left[fact] = None if reset else value
    return after


def _join(after: Outcome, state: State, step: Step, choices: Mapping[str, str]) -> None:
    for user, plan in product(step.users, step.plans):
        fact = Fact(Layer.PLAN, plan, user)
        again = fact in state.held
        gets = choices["plan_enrolls_courses"] == "yes" and not (again and choices["member_again"] == "nothing")
        after.held[fact] = True
        for course in state.plans[plan]:
            seat = Fact(Layer.COURSE, course, user)
            if seat not in after.held and gets:
                after.enter(seat, "ENROLL-PLAN-1", choices["reenrollment"])


def _update(after: Outcome, state: State, step: Step, choices: Mapping[str, str]) -> None:
    """Updates the users who are enrolled, or nobody if the call is refused."""
    number = step.status
    if number is None and choices["update_without_status"] == "refuse":
        return
    if number is None and choices["update_without_status"] == "begin":
        number = 0
    seats = {fact: seat for fact in _facts(step) if isinstance(seat := state.held.get(fact), Seat)}
    back = {fact for fact, seat in seats.items() if seat.status == COMPLETED and number in EARLIER}
    if back and choices["earlier_status"] == "refused":
        return
    for fact, seat in seats.items():
        if fact not in back or choices["earlier_status"] == "taken":
            status = seat.status if number is None else STATUSES[number]
            after.held[fact] = _updated(seat, status, step, choices)


def _updated(seat: Seat, status: str, step: Step, choices: Mapping[str, str]) -> Seat:
    score, completed = seat.score, seat.completed
    if step.score is not None and choices["score_given"] == "taken":
        score = float(step.score)
    elif (seat.status == COMPLETED) != (status == COMPLETED):
        score = OPEN  # no source says whether a completion sets a score, or taking it back removes one
    day = step.date[:10] if choices["date_complete"] == "taken" else ""
    if status != COMPLETED:
        completed = None
    elif day:
        completed = day
    elif step.status is not None:
        completed = OPEN  # now, or as it was
    return Seat(status, score, completed)


def _leave_one(after: Outcome, state: State, step: Step, choices: Mapping[str, str]) -> None:
    for fact in _facts(step):
        seat = state.held.get(fact)
        if not isinstance(seat, Seat):
            after.reasons[fact] = "SEQUENCE-STATE-1"
        elif state.in_plan(fact) and choices["single_in_plan"] == "refuse":
            after.reasons[fact] = "PLAN-DIRECT-1"
        else:
            del after.held[fact]
            after.left[fact] = seat
