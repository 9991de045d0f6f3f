"""Makes the case of a finding smaller: fewer people, courses, plans and flags."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mock_lms_contracts.scenario import Pair, Scenario
from mock_lms_contracts.worlds import FLAGS, STRANGER, UNKNOWN, Case, known

ATTEMPTS, SECONDS = 60, 20
"""Attempts and seconds that are spent on a smaller world for one finding."""

MOST_PEOPLE = 50
"""A case of more people is left as it is, since their number matters."""

Try = Callable[[Scenario, Case], bool]
"""Whether the requirement is still broken there."""


@dataclass(slots=True)
class _Search:
    """The smallest world so far, and how much may still be tried."""

    scenario: Scenario
    case: Case
    still_broken: Try
    attempts: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    def take(self, scenario: Scenario, case: Case) -> bool:
        """Whether this case still shows the finding. If so, it becomes the smallest one."""
        if (scenario, case) == (self.scenario, self.case) or not _names_something(case):
            return False
        if self.attempts >= ATTEMPTS or time.monotonic() > self.until:
            return False
        self.attempts += 1
        smaller = self.still_broken(scenario, case)
        if smaller:
            self.scenario, self.case = scenario, case
        return smaller

    def number(self, kind: str) -> int:
        counts = {"users": self.scenario.users, "courses": self.scenario.courses, "plans": len(self.scenario.plans)}
        return counts[kind]

    def without(self, kind: str) -> None:
        """Leaves out users, courses or plans: halves first, then quarters, at last each alone."""
        size = self.number(kind)
        while size > 1:
            size //= 2
            start = 0
            while start < self.number(kind):
                gone = frozenset(range(start, min(start + size, self.number(kind))))
                if not self.take(*_reduced(self.scenario, self.case, **{kind: gone})):
                    start += size


def shrunk(scenario: Scenario, case: Case, still_broken: Try) -> tuple[Scenario, Case]:
    """The smallest world and call that were seen to show the same, or the given ones if these alone do not show it."""
    if len(case.people) > MOST_PEOPLE:
        return scenario, case
    alone = _alone(scenario, case)
    if not still_broken(*alone):
        return scenario, case
    search = _Search(*alone, still_broken)
    for kind in ("users", "plans", "courses"):
        search.without(kind)
    for plainer in _PLAINER:
        search.take(search.scenario, plainer(search.case))
    return search.scenario, search.case


def _names_something(case: Case) -> bool:
    return bool(known(case.users) and (known(case.courses) or known(case.plans)))


def _without_flag(name: str) -> Callable[[Case], Case]:
    return lambda case: replace(case, flags={flag: value for flag, value in case.flags.items() if flag != name})


_PLAINER: tuple[Callable[[Case], Case], ...] = (
    lambda case: replace(case, users=tuple(user for user in case.users if user != STRANGER)),
    lambda case: replace(case, users=tuple(dict.fromkeys(case.users))),
    lambda case: replace(case, courses=_once(case.courses), plans=_once(case.plans)),
    lambda case: replace(case, courses=_certain(case.courses), plans=_certain(case.plans)),
    lambda case: replace(case, courses=case.courses if known(case.courses) else None),
    lambda case: replace(case, plans=case.plans if known(case.plans) else None),
    *map(_without_flag, FLAGS),
    lambda case: replace(case, texts=False),
)
"""Simpler calls for the same people."""


def _once(numbers: tuple[int, ...] | None) -> tuple[int, ...] | None:
    return None if numbers is None else tuple(dict.fromkeys(numbers))


def _certain(numbers: tuple[int, ...] | None) -> tuple[int, ...] | None:
    return None if numbers is None else tuple(number for number in numbers if number != UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Renumbered:
    """The new numbers of what is left when some numbers go."""

    new: dict[int, int]

    def all_of(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """The new numbers of those that are left. Numbers that stand for something unknown stay."""
        return tuple(self.new.get(number, number) for number in numbers if number < 0 or number in self.new)

    def pairs(self, pairs: frozenset[Pair], others: _Renumbered) -> frozenset[Pair]:
        return frozenset(
            (self.new[user], others.new[target]) for user, target in pairs if user in self.new and target in others.new
        )


def _renumbered(number: int, gone: frozenset[int]) -> _Renumbered:
    return _Renumbered({old: new for new, old in enumerate(old for old in range(number) if old not in gone)})


def _alone(scenario: Scenario, case: Case) -> tuple[Scenario, Case]:
    """The case in a world with only its own people and what they hold."""
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


def _reduced(
    scenario: Scenario,
    case: Case,
    users: frozenset[int] = frozenset(),
    courses: frozenset[int] = frozenset(),
    plans: frozenset[int] = frozenset(),
) -> tuple[Scenario, Case]:
    """The scenario and the case without these users, courses and plans."""
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
        people.pairs(scenario.tutors, taught),
    )
    return smaller, replace(
        case,
        people=people.all_of(case.people),
        users=people.all_of(case.users),
        courses=None if case.courses is None else taught.all_of(case.courses),
        plans=None if case.plans is None else planned.all_of(case.plans),
    )


def told(scenario: Scenario, case: Case) -> str:
    """How large a case is, as a sentence."""
    if len(case.people) > MOST_PEOPLE:
        return f"The call lists {len({*case.users}):,} users."
    counts = ((scenario.users, "user"), (scenario.courses, "course"), (len(scenario.plans), "plan"))
    there = [f"{number} {name}{'' if number == 1 else 's'}" for number, name in counts if number]
    return f"The smallest world that was seen to show it has {', '.join(there)}."
