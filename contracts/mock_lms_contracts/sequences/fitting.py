"""Compares a step with what was seen after it: what it breaks, and what it shows of the target's choices.

The first step that shows a choice which the sources leave open decides it. Later steps must agree with that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

from mock_lms_contracts.model import Fact, Layer
from mock_lms_contracts.scenario import COMPLETED
from mock_lms_contracts.sequences.model import OPEN, UNKNOWN, Held, Outcome, Seat, State, outcome
from mock_lms_contracts.sequences.steps import Kind, Step

CHOICES: Mapping[str, tuple[str, ...]] = {
    "reenrollment": ("restore", "discard"),
    "plan_enrolls_courses": ("yes", "no"),
    "shared_courses": ("keep", "remove"),
    "course_in_plan": ("allow", "refuse"),
    "single_in_plan": ("allow", "refuse"),
    "member_again": ("nothing", "courses"),
    "update_without_status": ("keep", "refuse", "begin"),
    "earlier_status": ("taken", "kept", "refused"),
    "score_given": ("taken", "ignored"),
    "date_complete": ("taken", "ignored"),
}
"""What sources leave open, and what a target may do there. The first four are variants; the others are:

single_in_plan         whether the single unenrollment takes a user from a course that one of their plans contains
member_again           what a member of a plan gets who is enrolled in it again and holds only some of its courses
update_without_status  whether such an update keeps the status, is refused, or counts as status 0
earlier_status         what an update does that takes a completion back; a refusal applies to the whole call
score_given, date_complete  whether an update heeds them
"""

UPDATING = ("update_without_status", "earlier_status", "score_given", "date_complete")
CONCERNED: Mapping[Kind, tuple[str, ...]] = {
    Kind.ENROLL: ("reenrollment",),
    Kind.ENROLL_ONE: ("reenrollment",),
    Kind.JOIN: ("reenrollment", "plan_enrolls_courses", "member_again"),
    Kind.UPDATE: UPDATING,
    Kind.UPDATE_ONE: UPDATING,
    Kind.UNENROLL_ONE: ("single_in_plan",),
    Kind.UNENROLL: ("shared_courses", "course_in_plan"),
}
"""The choices that a step of each kind may show."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that is not as it must be. None means that it is not held."""

    requirement: str
    fact: Fact
    expected: Seat | bool | None
    seen: Seat | bool | None

    @property
    def size(self) -> int:
        if isinstance(self.expected, Seat) and isinstance(self.seen, Seat):
            return self.expected.differs(self.seen)
        return 3


def differences(after: Outcome, seen: Held) -> list[Difference]:
    """Facts that are held and must not be, that are missing, or that have the wrong value."""
    found = []
    for fact in sorted({*after.held, *seen}):
        expected, shown = after.held.get(fact), seen.get(fact)
        if _same(expected, shown):
            continue
        requirement = after.reasons.get(fact, after.otherwise)
        both = isinstance(expected, Seat) and isinstance(shown, Seat)
        if requirement.startswith("COMPLETION-") and shown is None:
            requirement = "ENROLL-BACK-1"
        elif both and after.otherwise == "UNENROLL-EFFECT-6":
            requirement = "COMPLETION-KEEP-2"
        elif both and requirement in {"ENROLL-PLAN-1", "ENROLL-ERRORS-1"}:
            requirement = "SEQUENCE-STATE-1"  # these say who is enrolled, not with which status
        elif requirement == "UPDATE-EFFECT-1" and _has_a_date_only(expected, shown):
            requirement = "UPDATE-DATE-1"
        found.append(Difference(requirement, fact, expected, shown))
    return found


def _has_a_date_only(expected: Seat | bool | None, shown: Seat | bool | None) -> bool:
    """Whether the only mistake is the completion date of an enrollment that is not completed."""
    if not isinstance(expected, Seat) or not isinstance(shown, Seat):
        return False
    return shown.status != COMPLETED and not replace(expected, completed=OPEN).differs(shown)


def _same(expected: Seat | bool | None, shown: Seat | bool | None) -> bool:
    if isinstance(expected, Seat) and isinstance(shown, Seat):
        return not expected.differs(shown)
    return expected == shown


@dataclass(frozen=True, slots=True)
class Fitted:
    """A step, compared with what was seen after it: the nearest outcome, and the choices that it shows."""

    outcome: Outcome
    differences: list[Difference]
    shown: Mapping[str, str]

    def state(self, before: State, seen: Held) -> State:
        """The state after the step. Where it differs, what was seen counts, and what was left is unknown."""
        left = self.outcome.left | {difference.fact: UNKNOWN for difference in self.differences}
        held: dict[Fact, Seat | bool] = {}
        for fact, value in seen.items():
            expected = self.outcome.held.get(fact)
            exact = isinstance(expected, Seat) and isinstance(value, Seat) and not expected.differs(value)
            held[fact] = expected.filled(value) if exact else value  # type: ignore[union-attr, arg-type]
        gone = {fact: was for fact, was in left.items() if fact not in held and fact.layer is Layer.COURSE}
        return State(held, gone, before.plans)


@dataclass(frozen=True, slots=True)
class Way:
    """The outcome of a step for a target with these choices, and its differences from what was seen."""

    choices: Mapping[str, str]
    outcome: Outcome
    differences: list[Difference]

    @property
    def rank(self) -> tuple[int, int]:
        """Sorts the nearest way first; among equally near ways of an update, the one that says more about dates.

        A server cannot have a step's date by chance: it is of a year in which nothing happened.
        """
        vague = 0
        if self.outcome.otherwise == "UPDATE-EFFECT-1":
            seats = [seat for seat in self.outcome.held.values() if isinstance(seat, Seat)]
            vague = sum(seat.completed is OPEN for seat in seats)
        return sum(difference.size for difference in self.differences), vague


def fitted(state: State, step: Step, known: Mapping[str, str], seen: Held) -> Fitted:
    """Fits the step to what was seen. A choice becomes known if only one value of it explains what was seen.

    A difference that another value of a known choice explains breaks SEQUENCE-CHOICE-1: it chose otherwise before.
    """
    names = CONCERNED[step.kind]
    ways = []
    for values in product(*(CHOICES[name] for name in names)):
        choices = dict(zip(names, values, strict=True))
        after = outcome(state, step, choices)
        ways.append(Way(choices, after, differences(after, seen)))
    possible = [way for way in ways if all(known.get(name, value) == value for name, value in way.choices.items())]
    best = min(possible, key=lambda way: way.rank)
    exact = [way.choices for way in possible if way.rank == best.rank and not way.differences]
    shown = {name: exact[0][name] for name in names if len({choices[name] for choices in exact}) == 1}
    told = [
        replace(difference, requirement="SEQUENCE-CHOICE-1")
        if any(_same(way.outcome.held.get(difference.fact), difference.seen) for way in ways)
        else difference
        for difference in best.differences
    ]
    return Fitted(best.outcome, told, shown)
