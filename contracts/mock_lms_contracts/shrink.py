"""Makes the case that shows a finding as small as it can be: fewer people, courses, plans and flags, and still the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mock_lms_contracts.model import CAP
from mock_lms_contracts.scenario import Pair, Scenario
from mock_lms_contracts.worlds import STRANGER, UNKNOWN, Case, known

ATTEMPTS, SECONDS = 40, 10
"""How often, and how long, a smaller world is tried for one finding."""

MOST_PEOPLE = 50
"""A case of more people is left as it is: their number is the point."""

Try = Callable[[Scenario, Case], bool]
"""Whether the requirement is still broken there."""


def shrunk(scenario: Scenario, case: Case, still_broken: Try) -> tuple[Scenario, Case]:
    """The smallest world and call that were seen to show the same. The ones given if even alone they do not."""
    if len(case.people) > MOST_PEOPLE:
        return scenario, case
    alone = _alone(scenario, case)
    until = time.monotonic() + SECONDS
    if not still_broken(*alone):
        return scenario, case
    attempts = 1
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(*alone):
            if attempts >= ATTEMPTS or time.monotonic() > until:
                return alone
            attempts += 1
            if still_broken(*candidate):
                alone, smaller = candidate, True
                break
    return alone


def _candidates(scenario: Scenario, case: Case) -> Iterator[tuple[Scenario, Case]]:
    """Smaller ones: the largest steps first."""
    numbers = {"plans": len(scenario.plans), "courses": scenario.courses, "users": scenario.users}
    for parts in (2, 4, 1_000):
        for kind, number in numbers.items():
            size = max(1, number // parts)
            if number > 1:
                for start in range(0, number, size):
                    yield from _without(scenario, case, kind, frozenset(range(start, min(start + size, number))))
    for name in case.flags:
        yield scenario, replace(case, flags={other: value for other, value in case.flags.items() if other != name})
    if case.texts:
        yield scenario, replace(case, texts=False)
    for name, numbers_listed in (("courses", case.courses), ("plans", case.plans)):
        if numbers_listed is not None and not known(numbers_listed):
            yield scenario, replace(case, **{name: None})
    for name, listed in (("courses", case.courses), ("plans", case.plans)):
        if UNKNOWN in (listed or ()):
            yield scenario, replace(case, **{name: tuple(number for number in listed if number != UNKNOWN)})
    if STRANGER in case.users and len({*case.users}) > 1:
        yield scenario, replace(case, users=tuple(user for user in case.users if user != STRANGER))


@dataclass(frozen=True, slots=True)
class _Renumbered:
    """What is left of numbers when some go."""

    new: dict[int, int]

    def all_of(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(
            STRANGER if number == STRANGER else self.new[number]
            for number in numbers
            if number == STRANGER or number in self.new
        )

    def pairs(self, pairs: frozenset[Pair], others: _Renumbered) -> frozenset[Pair]:
        return frozenset(
            (self.new[user], others.new[target]) for user, target in pairs if user in self.new and target in others.new
        )


def _renumbered(number: int, gone: frozenset[int]) -> _Renumbered:
    return _Renumbered({old: new for new, old in enumerate(old for old in range(number) if old not in gone)})


def _alone(scenario: Scenario, case: Case) -> tuple[Scenario, Case]:
    """The case with its own people and with what they hold."""
    people = frozenset(case.people)
    held = {course for user, course in scenario.enrollments if user in people}
    listed_plans = set(known(case.plans))
    plans = {plan for user, plan in scenario.memberships if user in people} | listed_plans
    courses = held | set(known(case.courses))
    courses |= {course for plan in plans for course in scenario.plans[plan]}
    return _reduced(
        scenario,
        case,
        users=frozenset(range(scenario.users)) - people,
        courses=frozenset(range(scenario.courses)) - courses,
        plans=frozenset(range(len(scenario.plans))) - plans,
    )


def _without(scenario: Scenario, case: Case, kind: str, gone: frozenset[int]) -> Iterator[tuple[Scenario, Case]]:
    """The smaller one, if its call still names somebody and something."""
    smaller = _reduced(scenario, case, **{kind: gone})
    named = [*known(smaller[1].courses), *known(smaller[1].plans)]
    if smaller[1].users and named:
        yield smaller


def _reduced(
    scenario: Scenario,
    case: Case,
    users: frozenset[int] = frozenset(),
    courses: frozenset[int] = frozenset(),
    plans: frozenset[int] = frozenset(),
) -> tuple[Scenario, Case]:
    """Without these."""
    people = _renumbered(scenario.users, users)
    taught = _renumbered(scenario.courses, courses)
    planned = _renumbered(len(scenario.plans), plans)
    smaller = Scenario(
        len(people.new),
        len(taught.new),
        tuple(taught.all_of(contents) for plan, contents in enumerate(scenario.plans) if plan in planned.new),
        {
            (people.new[user], taught.new[course]): status
            for (user, course), status in scenario.enrollments.items()
            if user in people.new and course in taught.new
        },
        people.pairs(scenario.memberships, planned),
        people.pairs(scenario.certificates, taught),
        people.pairs(scenario.plan_certificates, planned),
    )
    return smaller, replace(
        case,
        people=people.all_of(case.people),
        users=people.all_of(case.users),
        courses=None if case.courses is None else taught.all_of(case.courses),
        plans=None if case.plans is None else planned.all_of(case.plans),
    )


def told(scenario: Scenario, case: Case) -> str:
    """How large a case is, in words."""
    if len(case.people) > MOST_PEOPLE:
        return (
            f"{len({*case.users}):,} users are listed"
            if len(case.users) >= CAP - 1
            else f"{len(case.users)} users are listed"
        )
    counts = ((scenario.users, "people"), (scenario.courses, "courses"), (len(scenario.plans), "plans"))
    return ", ".join(f"{number} {name}" for number, name in counts if number)
