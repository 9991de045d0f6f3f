"""Random sequences of calls, each step beside the model, and a sequence that breaks it made shorter.

Hypothesis has state machines, but it decides by itself how often it runs them and how many calls that takes; a target
elsewhere, which counts calls and cannot be reset, needs one walk of a given length. So the walk is written out here.
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
"""How many there are, unless the budget of writing calls ends before."""

ENOUGH = 10
"""Steps that are worth something where the budget ends."""

LISTS = frozenset({"course_list", "plan_list"})
"""Where a target has both, they are all that is read while a sequence is made shorter."""

WORLD = Scenario(
    users=6,
    courses=5,
    plans=((0, 1, 2), (2, 3)),
    enrollments={(0, 0): COMPLETED, (0, 2): IN_PROGRESS, (1, 2): COMPLETED, (2, 0): SUBSCRIBED, (2, 4): COMPLETED},
    memberships=frozenset({(0, 0), (0, 1), (1, 1)}),
)
"""Where a sequence begins. The plans share a course, and one course, the last, is in no plan."""

OPENING = (
    Step(Kind.ENROLL, (2, 3), (4,)),  # one of them is there already
    Step(Kind.UPDATE_ONE, (3,), (4,), status=2, date="2025-02-03 12:00:00", score=61),
    Step(Kind.UNENROLL, (2, 3), (4,), reset=True),
    Step(Kind.ENROLL, (3, 2), (4,)),
    Step(Kind.UPDATE, (2, 3), (4,), status=2, date="2025-03-05 12:00:00", score=72),
    Step(Kind.UNENROLL_ONE, (3,), (4,)),
    Step(Kind.UNENROLL, (2,), (4,)),
    Step(Kind.ENROLL, (4, 2, 3), (4,)),  # the first was never there
    Step(Kind.UPDATE_ONE, (2,), (4,), status=1),
    Step(Kind.UPDATE_ONE, (3,), (4,), score=83),
    Step(Kind.UNENROLL, (2,), (4,)),
    Step(Kind.UPDATE, (2, 3), (4,), status=2, date="2025-04-07 12:00:00"),  # one of them is not there
    Step(Kind.UNENROLL, (2,), (4,), reset=True),  # who has left before
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
"""The first steps of each sequence: what goes wrong most often when people come back. The others are random."""


@dataclass(slots=True)
class Explorer:
    """One walk, and the shorter ones that its findings take."""

    adapter: Adapter
    capabilities: frozenset[str]
    name: str
    found: dict[str, Found] = field(default_factory=dict)
    """The first of each requirement; one that only an answer shows gives way to one of the state."""

    clauses: Counter[str] = field(default_factory=Counter)
    """How often each clause was broken."""

    taken: Counter[Kind] = field(default_factory=Counter)
    choices: dict[str, str] = field(default_factory=dict)
    effects: int = 0

    def run(self, target: Target, seed: str, steps: int = STEPS) -> Iterator[Prepared]:
        """Walks. Yields each world that it had prepared, so that it can be cleaned up.

        Raises `NotClaimed` where no list shows who is enrolled in a course. What no list shows of plans is left out.
        """
        if not self.capabilities & {"course_list", "mixed_list"}:
            raise NotClaimed("the target claims no list of enrollments in courses, and a sequence reads one")
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
        except (HarnessError, Inconclusive) as error:  # what was found before stands, and so does a long walk
            if not self.found and not (isinstance(error, BudgetSpent) and len(walk.taken) >= ENOUGH):
                raise
        self.taken.update(step.kind for step in walk.taken if step.kind not in walk.missing)
        self.choices, self.effects = walk.choices, walk.effects
        for number, requirement in enumerate([*self.found]):
            yield from self._shortened(target, requirement, f"{self.name}-{number}")

    def message(self, requirement: str) -> str:
        """Of its finding, and which other clauses were broken on the way."""
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
        """Has the finding show what it needs and no more. Yields the worlds that this takes."""
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

        with suppress(HarnessError, Inconclusive, NotClaimed):  # the finding stands as it is
            shortened(self.found[requirement].steps, again)
        yield from worlds
