"""Makes a random sequence of calls, compares each step with the model, and shortens a sequence that breaks it.

Hypothesis has state machines, but it decides itself how often it runs them and how many calls that takes. A remote
target, which limits calls and cannot be reset, needs one walk of a given length. So the walk is written out here.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from mock_lms_contracts.adapters import Adapter
from mock_lms_contracts.adapters import World as Prepared
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Scenario
from mock_lms_contracts.sequences.shorten import Steps, shortened
from mock_lms_contracts.sequences.steps import NEEDS, Kind, Step, chosen
from mock_lms_contracts.sequences.walk import Found, Walk
from mock_lms_contracts.target import BudgetSpent, Target
from mock_lms_contracts.verdicts import HarnessError, Inconclusive, NotClaimed

STEPS = 60
"""The number of steps, unless the budget of writing calls is spent before."""

ENOUGH = 10
"""The steps that a walk needs to count if the budget is spent."""

LISTS = frozenset({"course_list", "plan_list"})
"""If a target has both, only these are read while a sequence is being shortened."""

WORLD = Scenario(
    users=6,
    courses=5,
    plans=((0, 1, 2), (2, 3)),
    enrollments={(0, 0): COMPLETED, (0, 2): IN_PROGRESS, (1, 2): COMPLETED, (2, 0): SUBSCRIBED, (2, 4): COMPLETED},
    memberships=frozenset({(0, 0), (0, 1), (1, 1)}),
)
"""The world in which a sequence begins. The plans share a course, and the last course is in no plan."""

OPENING = (
    Step(Kind.ENROLL, (2, 3), (4,)),  # one of them is enrolled already
    Step(Kind.UPDATE_ONE, (3,), (4,), status=2, date="2025-02-03 12:00:00", score=61),
    Step(Kind.UNENROLL, (2, 3), (4,), reset=True),
    Step(Kind.ENROLL, (3, 2), (4,)),
    Step(Kind.UPDATE, (2, 3), (4,), status=2, date="2025-03-05 12:00:00", score=72),
    Step(Kind.UNENROLL_ONE, (3,), (4,)),
    Step(Kind.UNENROLL, (2,), (4,)),
    Step(Kind.ENROLL, (4, 2, 3), (4,)),  # the first was never enrolled
    Step(Kind.UPDATE_ONE, (2,), (4,), status=1),
    Step(Kind.UPDATE_ONE, (3,), (4,), score=83),
    Step(Kind.UNENROLL, (2,), (4,)),
    Step(Kind.UPDATE, (2, 3), (4,), status=2, date="2025-04-07 12:00:00"),  # one of them is not enrolled
    Step(Kind.UNENROLL, (2,), (4,), reset=True),  # the user has left before
    Step(Kind.ENROLL, (2,), (4,)),
    Step(Kind.UPDATE_ONE, (2,), (4,), date="2025-05-09 12:00:00"),
    Step(Kind.UNENROLL, (1,), plans=(1,), reset=True),
    Step(Kind.UNENROLL, (2, 0), plans=(0,), cascade=True),  # one is not in it, the other stays in the other plan
    Step(Kind.JOIN, (0, 1), plans=(0,)),
    Step(Kind.UNENROLL_ONE, (1,), (1,)),
    Step(Kind.JOIN, (1,), plans=(0,)),  # a member already
    Step(Kind.UNENROLL, (0, 1), plans=(0, 1), cascade=True, reset=True),
    Step(Kind.JOIN, (0, 1), plans=(0,)),
    Step(Kind.ENROLL, (0, 1), (0,)),
    Step(Kind.UNENROLL, (1,), plans=(0,)),
    Step(Kind.UNENROLL, (1, 0), plans=(0,), cascade=True),
)
"""The first steps of each sequence, which show the most frequent mistakes when people come back. The rest is random."""


@dataclass(slots=True)
class Explorer:
    """One walk, and the shorter walks that its findings need."""

    adapter: Adapter
    capabilities: frozenset[str]
    name: str
    found: dict[str, Found] = field(default_factory=dict)
    """By requirement, its first finding about a state, or else its first one about an answer."""

    clauses: Counter[str] = field(default_factory=Counter)
    """How often each clause was broken."""

    taken: Counter[Kind] = field(default_factory=Counter)
    choices: dict[str, str] = field(default_factory=dict)
    effects: int = 0

    def run(self, target: Target, seed: str, steps: int = STEPS) -> Iterator[Prepared]:
        """Walks. Yields each world that it prepares, so that the caller can clean up.

        Raises `NotClaimed` if no list shows enrollments in courses. Without a list of plans, no step has plans.
        """
        if not self.capabilities & {"course_list", "mixed_list"}:
            raise NotClaimed("the target claims no list of enrollments in courses, which a sequence has to read")
        if not self.capabilities & {"plan_list", "mixed_list"}:
            self.capabilities -= {"learning_plans"}
        walk = self._begun(target, self.name, self.capabilities)
        yield walk.prepared
        chance = random.Random(seed)  # noqa: S311 -- no secret
        try:
            opening = [step for step in OPENING if walk.plans or not step.plans]
            for number in range(steps):
                kinds = [kind for kind in Kind if NEEDS[kind] <= self.capabilities and kind not in walk.missing]
                step = opening[number] if number < len(opening) else chosen(chance, walk.situation(), kinds)
                if step.kind not in kinds:
                    continue
                for one in walk.take(step):
                    self.clauses[one.broken.requirement] += 1
                    if one.requirement not in self.found or self.found[one.requirement].of_answer > one.of_answer:
                        self.found[one.requirement] = one
        except (HarnessError, Inconclusive) as error:  # earlier findings and a long walk still count
            if not self.found and not (isinstance(error, BudgetSpent) and len(walk.taken) >= ENOUGH):
                raise
        self.taken.update(step.kind for step in walk.taken if step.kind not in walk.missing)
        self.choices, self.effects = walk.choices, walk.effects
        for number, requirement in enumerate([*self.found]):
            yield from self._shortened(target, requirement, f"{self.name}-{number}")

    def message(self, requirement: str) -> str:
        """The message of the requirement's finding, with the other clauses that were broken."""
        found = self.found[requirement]
        others = sorted(self.clauses.keys() - {found.broken.requirement, *self.found})
        return found.message + (f" The whole sequence also broke {', '.join(others)}." if others else "")

    def _begun(self, target: Target, name: str, capabilities: Collection[str]) -> Walk:
        scenario = WORLD
        if "learning_plans" not in self.capabilities:
            scenario = replace(WORLD, plans=(), memberships=frozenset())
        prepared = self.adapter.prepare(target, scenario, name)
        plans = {
            plan: tuple(prepared.ids.courses[course] for course in contents)
            for plan, contents in zip(prepared.ids.plans, scenario.plans, strict=True)
        }
        return Walk(prepared, capabilities, plans, {})

    def _shortened(self, target: Target, requirement: str, name: str) -> Iterator[Prepared]:
        """Shortens the steps of the finding. Yields the worlds that it prepares for that."""
        worlds: list[Prepared] = []
        clause = self.found[requirement].broken.requirement
        lists = LISTS if self.capabilities >= LISTS and clause != "UNENROLL-READ-1" else self.capabilities

        def again(steps: Steps) -> Steps | None:
            walk = self._begun(target, f"{name}-{len(worlds)}", lists)
            worlds.append(walk.prepared)
            walk.choices |= self.choices
            for step in steps:
                for one in walk.take(step):
                    if one.broken.requirement == clause:
                        self.found[requirement] = one
                        return one.steps
            return None

        with suppress(HarnessError, Inconclusive, NotClaimed):  # the finding stays as it is
            shortened(self.found[requirement].steps, again)
        yield from worlds
