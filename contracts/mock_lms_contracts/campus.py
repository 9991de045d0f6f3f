"""The prepared world in which all cases are tried, and the facts that are known to be held there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mock_lms_contracts import views
from mock_lms_contracts.adapters import Adapter
from mock_lms_contracts.adapters import World as Prepared
from mock_lms_contracts.model import Fact, Layer, World
from mock_lms_contracts.oracle import COURSES, PLANS
from mock_lms_contracts.scenario import Ids, Scenario
from mock_lms_contracts.target import Target
from mock_lms_contracts.views import Neighborhood, Reading

MOST_USERS = 12
"""If a case has more people, only some are read by user."""

INSPECTED = 200
"""Users in one call of `inspect`."""


@dataclass(slots=True)
class Campus:
    """A prepared scenario. `held` is what was seen, not what was asked for."""

    prepared: Prepared
    scenario: Scenario
    adapter: Adapter
    capabilities: Collection[str]
    held: dict[Fact, object] = field(default_factory=dict)
    totals_hold: bool = False
    """Whether the totals of the lists were right at the beginning, so that they can show changes elsewhere."""

    turn: int | None = None
    """Which views are read next, if each case is read through only some of them."""

    plans: dict[int, tuple[int, ...]] = field(init=False)
    """The courses of each plan, by id."""

    def __post_init__(self) -> None:
        ids = self.ids
        self.plans = {
            plan: tuple(ids.courses[course] for course in courses)
            for plan, courses in zip(ids.plans, self.scenario.plans, strict=True)
        }

    @property
    def ids(self) -> Ids:
        return self.prepared.ids

    @property
    def target(self) -> Target:
        return self.prepared.target

    def world(self) -> World:
        """The world for the model, as it is now."""
        return World(frozenset(self.ids.users), frozenset(self.ids.courses), self.plans, dict(self.held))

    # --- looking

    def read_all(self) -> list[Reading]:
        """Reads every enrollment by course and by plan, and inspects everybody."""
        everywhere = Neighborhood((), self.ids.courses, self.ids.plans)
        readings = [
            reading
            for needs, view in (views.VIEWS[0], views.VIEWS[2])
            if needs in self.capabilities
            for reading in view(self.target, everywhere)
        ]
        return readings + self.inspect(self.ids.users)

    def look(self, around: Neighborhood, turn: int | None = None) -> list[Reading]:
        """Reads a neighborhood through the views whose turn it is, and by `inspect`."""
        turn = self.turn if turn is None else turn
        return views.read(self.target, around, self.capabilities, turn) + self.inspect(around.users)

    def settle(self, readings: Sequence[Reading], around: Neighborhood | None = None) -> None:
        """Makes `held` agree with the readings, as far as they cover it. `around` limits what they can cover."""
        for fact in list(self.held if around is None else self.near(around)):
            if any(reading.covers(fact) for reading in readings):
                del self.held[fact]
        for reading in readings:
            self.held.update((fact, value) for fact, value in reading.shown.items() if reading.covers(fact))

    def inspect(self, users: Collection[int]) -> list[Reading]:
        """Tracking and certificates of these users, if the adapter shows them."""
        if "inspect" not in self.capabilities or not users:
            return []
        shown: dict[Fact, object] = {}
        ordered = tuple(users)
        learners: dict[int, Mapping[str, Any]] = {}
        for start in range(0, len(ordered), INSPECTED):
            learners |= self.adapter.inspect(self.prepared, ordered[start : start + INSPECTED])
        for user in users:
            learner = learners.get(user, {})
            for row in learner.get("tracking", ()):
                shown[Fact(Layer.TRACKING, row["course_id"], user)] = (row.get("status"), row.get("score"))
            for row in learner.get("certificates", ()):
                if row.get("course_id") is not None:
                    shown[Fact(Layer.COURSE_CERTIFICATE, row["course_id"], user)] = True
                elif row.get("learning_plan_id") is not None:
                    shown[Fact(Layer.PLAN_CERTIFICATE, row["learning_plan_id"], user)] = True
        layers = {Layer.TRACKING, Layer.COURSE_CERTIFICATE, Layer.PLAN_CERTIFICATE}
        return [Reading("the adapter's inspect", shown, views.covering(layers, user_id=users))]

    def totals(self) -> dict[str, int | None]:
        """By list, the total of enrollments in the campus that it states."""
        told: dict[str, int | None] = {}
        if "course_list" in self.capabilities:
            told[COURSES] = views.total(self.target, COURSES, "course_id[]", self.ids.courses)
        if "plan_list" in self.capabilities and self.ids.plans:
            told[PLANS] = views.total(self.target, PLANS, "learning_plan_id[]", self.ids.plans)
        return told

    def counted(self) -> dict[str, int]:
        """By list, the total that it must state, according to `held`."""
        layers = [fact.layer for fact in self.held]
        counts: dict[str, int] = {}
        if "course_list" in self.capabilities:
            counts[COURSES] = layers.count(Layer.COURSE)
        if "plan_list" in self.capabilities and self.ids.plans:
            counts[PLANS] = layers.count(Layer.PLAN)
        return counts

    def near(self, around: Neighborhood) -> dict[Fact, object]:
        """The facts in a neighborhood that are held."""
        users, targets = {*around.users}, {*around.courses, *around.plans}
        return {fact: value for fact, value in self.held.items() if fact.user in users or fact.target in targets}
