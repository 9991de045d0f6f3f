"""How any server is prepared: an adapter makes a world of a scenario, and says what the target claims.

api                    through the API itself: create users, courses and plans, enroll them (the default)
http://... , https://  Pact's wire form: one URL that is told which state to prepare
module:object          a Python object
mock                   a mock-lms, over its control API
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from mock_lms_contracts.adapters.capabilities import OPERATIONS, PLAN_LISTS
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Ids, Scenario
from mock_lms_contracts.target import Target


@dataclass(frozen=True, slots=True)
class Claims:
    """What a target and its adapter claim."""

    capabilities: frozenset[str] = frozenset({"learning_plans"})
    """What the target has, and what the adapter can do with it: names of `capabilities.CAPABILITIES`.

    If none of them is an operation, the target is taken to have all operations; those are `assumed`.
    """

    variants: Mapping[str, str] = field(default_factory=dict)
    """Which of several legitimate behaviors the target claims. The run must find the same."""

    limits: Mapping[str, int] = field(default_factory=dict)
    """`users` is the number of users that a scenario may have."""

    build: str = ""
    """The tested build, for the report."""

    leaves_plans: bool = False
    """True if `Adapter.clean` may leave people in plans, and so in the courses of these plans."""

    through_api: bool = False
    """True if the adapter only calls the API under test: then the target is at fault if a world is not as asked."""

    assumed: frozenset[str] = frozenset()
    """Operations that nobody claimed: the run tries them, and one that the target does not serve is no finding."""

    absent: Mapping[str, str] = field(default_factory=dict)
    """Why a capability is not claimed, if there is a reason to report."""

    def __post_init__(self) -> None:
        if not self.capabilities & OPERATIONS.keys():
            object.__setattr__(self, "assumed", frozenset(OPERATIONS))
            object.__setattr__(self, "capabilities", self.capabilities | OPERATIONS.keys())
        object.__setattr__(self, "assumed", self.assumed & self.capabilities)
        if "learning_plans" in self.capabilities and not self.capabilities & set(PLAN_LISTS):
            object.__setattr__(self, "capabilities", self.capabilities - {"learning_plans"})
            object.__setattr__(self, "absent", {"learning_plans": "no list shows them", **self.absent})

    def without(self, absent: Mapping[str, str]) -> Claims:
        """Returns these claims without some capabilities; `absent` maps each to the reason."""
        return replace(
            self,
            capabilities=self.capabilities - absent.keys(),
            assumed=self.assumed - absent.keys(),
            absent={**self.absent, **absent},
        )

    def missing(self, needs: Iterable[str]) -> str:
        """Says in one sentence which of these capabilities the target does not claim; empty if it claims them all."""
        names = [
            f"{name} ({self.absent[name]})" if name in self.absent else name
            for name in sorted(set(needs) - self.capabilities)
        ]
        return f"the target does not claim {', '.join(names)}" if names else ""

    def fitted(self, scenario: Scenario) -> Scenario:
        """The scenario without plans, certificates, tutors and statuses that the target cannot have."""
        if "learning_plans" not in self.capabilities:
            scenario = replace(scenario, plans=(), memberships=frozenset(), plan_certificates=frozenset())
        if "certificates" not in self.capabilities:
            scenario = replace(scenario, certificates=frozenset())
        if "plan_certificates" not in self.capabilities:
            scenario = replace(scenario, plan_certificates=frozenset())
        if "levels" not in self.capabilities:
            scenario = replace(scenario, tutors=frozenset())
        statuses = {SUBSCRIBED, *((IN_PROGRESS, COMPLETED) if "progress" in self.capabilities else ())}
        if "statuses" not in self.capabilities:
            enrollments = {pair: how if how in statuses else SUBSCRIBED for pair, how in scenario.enrollments.items()}
            scenario = replace(scenario, enrollments=enrollments)
        return scenario


@dataclass(frozen=True, slots=True)
class World:
    """A prepared scenario: its address and ids."""

    target: Target
    ids: Ids
    handle: Any = None
    """What the adapter needs to inspect the world and to end it."""


class Adapter(Protocol):
    """What the suite needs of an adapter. Methods raise `HarnessError` if they fail, `NotClaimed` if not supported.

    Optional methods: `limit(world, calls, seconds)` with the claim `quota`, `expired_token(world)` and
    `learner_token(world)` with the claims of these names.
    `mock-lms-contracts explain adapters` shows how to write one.
    """

    def claims(self) -> Claims:
        """Called once, before anything else."""

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        """Prepares the scenario. The names of all that is created begin with `name`."""

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        """By user, what is held of `tracking` and `certificates`: lists of objects with course_id, status, score."""

    def other_token(self, world: World) -> str:
        """A token that is good for another tenant."""

    def clean(self, world: World) -> None:
        """Ends the world, without the operation under test, and touches nothing that `prepare` did not make."""
