"""One sequence in its own world: makes each call, reads every view, and compares that with the model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from mock_lms_contracts import judge, views
from mock_lms_contracts.adapters import World as Prepared
from mock_lms_contracts.judge import Broken
from mock_lms_contracts.model import Fact, Layer
from mock_lms_contracts.oracle import COURSES, id_in
from mock_lms_contracts.requirements import by_id
from mock_lms_contracts.sequences.fitting import CHOICES, CONCERNED, Difference, fitted
from mock_lms_contracts.sequences.model import NEW, OPEN, UNKNOWN, Held, Seat, State, meaning_of
from mock_lms_contracts.sequences.steps import Kind, Situation, Step
from mock_lms_contracts.target import Answer
from mock_lms_contracts.views import Neighborhood, Reading

RECORDS = 2
"""How many single records are read after a step."""

NOT_SERVED = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
JUDGED = ("SEQUENCE-STATE-1", "SEQUENCE-CHOICE-1", "UPDATE-DATE-1")
"""The requirements that a walk reports. The first stands for any other broken MUST, the second for any other clause."""


@dataclass(frozen=True, slots=True)
class Found:
    """A broken clause, with the steps that led to it, by number and in words, and their calls."""

    broken: Broken
    steps: tuple[Step, ...]
    words: Sequence[str]
    curl: Sequence[str]
    of_answer: bool = False
    """Whether only an answer is wrong. A wrong state says more."""

    @property
    def requirement(self) -> str:
        """The requirement of `JUDGED` as which it is reported."""
        clause = self.broken.requirement
        if clause in JUDGED:
            return clause
        return "SEQUENCE-STATE-1" if by_id()[clause].level == "MUST" else "SEQUENCE-CHOICE-1"

    @property
    def message(self) -> str:
        clause = self.broken.requirement
        why = "" if clause in JUDGED else f" {clause} says: {by_id()[clause].sentence}"
        steps = "; ".join(f"{number}. {words}" for number, words in enumerate(self.words, 1))
        return f"{self.broken.message}{why} The steps: {steps}."


@dataclass(slots=True)
class Walk:
    """One sequence in its own world. `choices` holds what is known of the target; the walk adds to it."""

    prepared: Prepared
    capabilities: Collection[str]
    plans: Mapping[int, tuple[int, ...]]
    choices: dict[str, str]
    state: State = field(init=False)
    taken: list[Step] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    curl: list[str] = field(default_factory=list)
    former: set[Fact] = field(default_factory=set)
    """Enrollments that ended at some time."""

    effects: int = 0
    works: set[Kind] = field(default_factory=set)
    """The kinds of calls that were answered with success."""

    missing: set[Kind] = field(default_factory=set)
    """The kinds of calls that the target seems not to serve."""

    def __post_init__(self) -> None:
        self.state = State({}, {}, self.plans)
        held, _ = self._seen(())
        self.state = State(held, {}, self.plans)

    def take(self, step: Step) -> list[Found]:
        """Takes a step, given by numbers, and returns what it breaks."""
        ids, calls = self.prepared.ids, self.prepared.target.calls
        real = step.mapped(*(dict(enumerate(of)) for of in (ids.users, ids.courses, ids.plans)))
        del calls[:]
        answer = self.prepared.target.call(*real.request())
        self.taken.append(step)
        self.words.append(f"{real} ({answer.status})")
        self.curl.append(calls[0])
        before = self.state
        seen, broken = self._seen(tuple(Fact(Layer.COURSE, at, user) for user in real.users for at in real.courses))
        if self._is_missing(step.kind, answer) and seen.keys() == before.held.keys():
            self.missing.add(step.kind)
            return []
        fit = fitted(before, real, self.choices, seen)
        known = dict(self.choices)
        self.choices |= fit.shown
        self.state = fit.state(before, seen)
        self.former |= self.state.left.keys()
        self.effects += len(before.held.keys() ^ seen.keys())
        if answer.status < HTTPStatus.BAD_REQUEST:
            self.works.add(step.kind)
        broken += _told(fit.differences, answer, {name: known[name] for name in CONCERNED[step.kind] if name in known})
        shown = tuple(self.taken), tuple(self.words), tuple(self.curl)
        answers = [Found(one, *shown, of_answer=True) for one in self._of_answer(before, real, answer)]
        return [*(Found(one, *shown) for one in broken), *answers]

    def _is_missing(self, kind: Kind, answer: Answer) -> bool:
        return kind is not Kind.UNENROLL and kind not in self.works and answer.status in NOT_SERVED

    def _of_answer(self, before: State, step: Step, answer: Answer) -> Iterator[Broken]:
        """What is wrong with an answer, whatever came before."""
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            yield Broken("CALL-STATUS-1", f"A right call is answered with {answer.status}.", 200, answer.status)
        elif step.kind is Kind.UNENROLL:
            meaning = meaning_of(before, step, self._known(), frozenset(self.prepared.ids.users))
            yield from (one for one in judge.of_answer(meaning, answer) if by_id()[one.requirement].level == "MUST")

    def _known(self) -> dict[str, str]:
        return {name: values[0] for name, values in CHOICES.items()} | self.choices

    # --- looking

    def _seen(self, touched: tuple[Fact, ...]) -> tuple[Held, list[Broken]]:
        """What is held, as most views show it, and the views that differ."""
        ids = self.prepared.ids
        records = touched[:RECORDS]
        around = Neighborhood(ids.users, ids.courses, ids.plans, records, self.plans)
        readings = views.read(self.prepared.target, around, self.capabilities)
        held: dict[Fact, object] = {}
        own = {*ids.courses, *ids.plans}
        for fact in {fact for reading in readings for fact in reading.shown}:
            if fact.user not in ids.users or fact.target not in own:
                continue  # other requirements check whether a list heeds its filters
            value = _by_most(fact, readings)
            if value is not None:
                held[fact] = value
        details = self._details() if "course_list" in self.capabilities else {}
        broken = [
            Broken(
                "UNENROLL-READ-1",
                f"After the call, {view} differs from the other views.",
                [judge.said(fact, held.get(fact)) for fact in facts],
                [judge.said(fact, value) for fact, value in facts.items()],
            )
            for view, facts in judge.compare(readings, held).by_view.items()
        ]
        return {
            fact: replace(details.get(fact, UNKNOWN), status=OPEN if value is views.UNTOLD else str(value))
            if fact.layer is Layer.COURSE
            else True
            for fact, value in held.items()
        }, broken

    def _details(self) -> dict[Fact, Seat]:
        """Score and completion date of every seat, which the readings do not have."""
        users = self.prepared.ids.users
        rows = views.rows(self.prepared.target, COURSES, "user_id[]", users)
        return {
            Fact(Layer.COURSE, id_in(row, "course_id"), id_in(row, "user_id")): Seat(
                OPEN,
                _score(row["enrollment_score"]) if "enrollment_score" in row else OPEN,
                _date(row["enrollment_completion_date"]) if "enrollment_completion_date" in row else OPEN,
            )
            for row in rows
        }

    def situation(self) -> Situation:
        """The situation now, by number."""
        ids = self.prepared.ids
        courses, plans = list(ids.courses), list(ids.plans)

        def pairs(facts: Collection[Fact], layer: Layer, targets: list[int]) -> list[tuple[int, int]]:
            return sorted(
                (ids.users.index(fact.user), targets.index(fact.target)) for fact in facts if fact.layer is layer
            )

        begun = [fact for fact, value in self.state.held.items() if isinstance(value, Seat) and value != NEW]
        eventful = [fact for fact, was in self.state.left.items() if was != NEW]
        return Situation(
            pairs(self.state.held.keys(), Layer.COURSE, courses),
            pairs(begun, Layer.COURSE, courses),
            pairs(self.former & self.state.held.keys(), Layer.COURSE, courses),
            pairs(eventful or self.state.left.keys(), Layer.COURSE, courses),
            pairs(self.state.held.keys(), Layer.PLAN, plans),
            len(ids.users),
            len(courses),
            [tuple(courses.index(course) for course in self.plans[plan]) for plan in plans],
        )


def _by_most(fact: Fact, readings: Sequence[Reading]) -> object:
    """What most of the views that must show a fact show of it. None means that it is missing."""
    told = [reading.shown.get(fact) for reading in readings if reading.covers(fact) or fact in reading.shown]
    told = [value for value in told if value is not views.UNTOLD] or told
    return max(told, key=told.count)


def _told(found: Sequence[Difference], answer: Answer, known: Mapping[str, str]) -> Iterator[Broken]:
    """Joins the differences by requirement. `known` holds the choices that the target made before."""
    before = ", ".join(f"{name}={value}" for name, value in known.items())
    by_requirement: dict[str, list[Difference]] = {}
    for one in found:
        by_requirement.setdefault(one.requirement, []).append(one)
    for requirement, those in by_requirement.items():
        expected = [_said(one.fact, one.expected) for one in those]
        seen = [_said(one.fact, one.seen) for one in those]
        chose = (
            f" Before, the target did otherwise ({before})." if requirement == "SEQUENCE-CHOICE-1" and before else ""
        )
        said = f"After the last step, answered with {answer.status}, {seen[0]}, and not as it must be: {expected[0]}."
        yield Broken(
            requirement,
            said + chose,
            expected[: judge.MOST],
            seen[: judge.MOST],
        )


def _said(fact: Fact, value: Seat | bool | None) -> str:
    """A fact in words."""
    if not isinstance(value, Seat):
        return judge.said(fact, value)
    parts = ((value.status, "{}"), (value.score, "score {}"), (value.completed, "completed {}"))
    told = [words.format(part) for part, words in parts if part is not None and part is not OPEN]
    return judge.said(fact, ", ".join(told))


def _score(told: object) -> object:
    """A score as a number. 0 counts as None, since some lists show 0 for no score."""
    try:
        return float(str(told)) or None
    except ValueError:
        return None if told in {None, ""} else told


def _date(told: object) -> object:
    """The day of a date, as lists may differ in their time zones. Zeros stand for no date."""
    day = str(told or "")[:10]
    return None if not day or day.startswith("0000") else day
