"""Tries one case: reads the world, makes the call, reads again, and compares all that with the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mock_lms_contracts import judge
from mock_lms_contracts.campus import MOST_USERS, Campus
from mock_lms_contracts.judge import Broken
from mock_lms_contracts.lab import BULK
from mock_lms_contracts.model import PLACEHOLDER, PLACEHOLDERS, Call, Fact, Layer, Meaning, World, is_unused
from mock_lms_contracts.oracle import COURSES
from mock_lms_contracts.target import Answer
from mock_lms_contracts.views import Neighborhood, Reading
from mock_lms_contracts.worlds import STRANGER, Case, known

SHOWN = 12
"""Calls that a finding shows."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was observed in a case. It can be judged under several variants."""

    world: World
    call: Call
    answer: Answer
    readings: Sequence[Reading]
    totals: Mapping[str, int | None]
    users: frozenset[int]
    """The users who were read by user."""

    targets: frozenset[int]
    """The courses and plans that were read."""

    curl: Sequence[str]


def neighborhood(campus: Campus, case: Case) -> Neighborhood:
    """What to read around a case: its people, or some of many, and up to three of its courses and two of its plans."""
    ids = campus.ids
    people = case.people
    if len(people) > MOST_USERS:  # the first and last who are listed, and the first and last who are not
        others = [user for user in people if user not in set(case.users)]
        people = (*case.users[:3], *case.users[-3:], *others[:2], *others[-2:])
    users = tuple(ids.users[number] for number in dict.fromkeys(people))
    courses, plans = known(case.courses), known(case.plans)
    contents = {plan: campus.scenario.plans[plan] for plan in plans[:2]}
    cascaded = [course for courses_of in contents.values() for course in courses_of]
    near = dict.fromkeys([*courses[:1], *cascaded[:1], *courses[-1:]])
    listed = [number for number in case.users if number != STRANGER]
    pairs = [(course, user) for course in near for user in (*listed[:1], *listed[-1:], case.people[-1])]
    return Neighborhood(
        users,
        tuple(ids.courses[course] for course in near),
        tuple(ids.plans[plan] for plan in plans[:2]),
        tuple(Fact(Layer.COURSE, ids.courses[course], ids.users[user]) for course, user in pairs),
        {ids.plans[plan]: tuple(ids.courses[course] for course in courses_of) for plan, courses_of in contents.items()},
    )


def observe(campus: Campus, case: Case, turn: int | None = None, *, just_read: bool = False) -> Observed:
    """Reads, calls, and reads again. If the first reading differs from what is held, it replaces that.

    With a `turn`, only some views are read before the call. Reading them shows views that go on to give old answers.
    """
    around = neighborhood(campus, case)
    if not just_read:
        before = campus.look(around, turn)
        held_before = judge.compare(before, campus.near(around))
        if held_before.agreed or held_before.by_view:
            campus.settle(before, around)
    call, world = case.call(campus.ids), campus.world()
    campus.target.calls.clear()
    answer = campus.target.call("DELETE", BULK, case.body(campus.ids))
    readings = campus.look(around)
    return Observed(
        world,
        call,
        answer,
        readings,
        campus.totals() if campus.totals_hold else {},
        frozenset(around.users),
        frozenset((*around.courses, *around.plans)),
        tuple(campus.target.calls[:SHOWN]),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """An observed case, compared with the model."""

    broken: Sequence[Broken]
    meaning: Meaning
    after: Mapping[Fact, object]
    """The facts that must be held after the call."""

    as_it_must_be: bool
    """Whether the readings and totals agree with `after`."""

    exercised: Counter[str]
    """How often the case put each requirement to the test."""


def judged(observed: Observed, variants: Mapping[str, str], more: Sequence[Reading] = ()) -> Judged:
    """Compares what was observed with the model, and with `more` readings if the totals gave reason for them."""
    meaning = Meaning(observed.world, observed.call, variants)
    held, answer = observed.world.held, observed.answer
    gone = {fact for fact in held if fact.user in meaning.taken and meaning.fate(fact).goes}
    after = {fact: value for fact, value in held.items() if fact not in gone}
    near = after if more else _near(after, observed)
    readings = [*observed.readings, *more]
    seen = judge.compare(readings, near)
    broken = list(judge.of_answer(meaning, answer))
    refused = answer.status >= HTTPStatus.BAD_REQUEST
    if refused:
        changed = judge.compare(readings, held if more else _near(held, observed)).agreed
        if changed:
            broken.append(
                Broken(
                    "UNENROLL-ATOMIC-1",
                    f"The call is answered with {answer.status}, but has changed something.",
                    [judge.said(fact, held.get(fact)) for fact in [*changed][: judge.MOST]],
                    [judge.said(fact, value) for fact, value in [*changed.items()][: judge.MOST]],
                )
            )
    if not refused or meaning.refused:
        broken += judge.of_state(meaning, seen, near, _named(answer))
    as_it_must_be = not (seen.agreed or seen.by_view)
    if as_it_must_be:
        for path, told in observed.totals.items():
            wanted = _total(after, path)
            if told is not None and told != wanted:
                as_it_must_be = False
                if more:
                    sentence = f"After the call, total_count of {path} is {told}, but the list has {wanted} items."
                    broken.append(Broken("UNENROLL-READ-1", sentence, wanted, told))
    return Judged(broken, meaning, after, as_it_must_be, _exercised(meaning, observed, refused=refused))


def _near(facts: Mapping[Fact, object], observed: Observed) -> dict[Fact, object]:
    users, targets = observed.users, observed.targets
    return {fact: value for fact, value in facts.items() if fact.user in users or fact.target in targets}


def _total(facts: Mapping[Fact, object], path: str) -> int:
    layer = Layer.COURSE if path == COURSES else Layer.PLAN
    return sum(fact.layer is layer for fact in facts)


def _named(answer: Answer) -> list[Any]:
    data = answer.data
    named = data.get("un_enrolled") if isinstance(data, Mapping) else None
    return [user for user in named if isinstance(user, int)] if isinstance(named, list) else []


def _exercised(meaning: Meaning, observed: Observed, *, refused: bool) -> Counter[str]:
    """How often the case put each requirement to the test."""
    counts: Counter[str] = Counter()
    if refused:
        counts["UNENROLL-ATOMIC-1"] += 1
        if not meaning.refused:
            return counts
    held = meaning.world.held
    counts.update(meaning.fate(fact).requirement for fact in held if fact.user in observed.users)
    counts.update(meaning.failed.values())
    if meaning.listed_and_cascaded:
        counts["UNENROLL-ERRORS-5"] += 1
    lost, call = meaning.un_enrolled, meaning.call
    if lost:
        counts.update(("UNENROLL-ANSWER-1", "UNENROLL-ANSWER-2", "UNENROLL-EFFECT-4", "UNENROLL-EFFECT-6"))
        counts.update(("UNENROLL-STATUS-1", "UNENROLL-READ-1", "UNENROLL-ERRORS-4", "CALL-STATUS-1"))
        counts.update(["UNENROLL-PARTIAL-1"] if meaning.failed else [])
        others = (fact for fact in held if fact.user in observed.users - lost)
        counts.update(["COMPLETION-KEEP-2"] if any(held[fact] == "completed" for fact in others) else [])
    elif not meaning.refused:
        counts["UNENROLL-STATUS-2"] += 1
    for targets in (call.courses, call.plans):
        if PLACEHOLDER in targets and not meaning.refused:
            counts[PLACEHOLDERS[is_unused(targets)][1]] += 1
    if call.repeats:
        counts["ROBUST-TWICE-1"] += 1
    return counts
