"""How somebody else's server is prepared: an adapter brings a scenario about and says what the target claims.

api                    through the API itself: create users, courses and plans, enroll them (the default)
http://... , https://  Pact's wire form: one URL that is told which state to bring about
module:object          a Python object
mock                   a mock-lms, over its control API
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mock_lms_contracts.scenario import Ids, Scenario
from mock_lms_contracts.target import Target


@dataclass(frozen=True, slots=True)
class Claims:
    """What a target says of itself."""

    capabilities: frozenset[str] = frozenset({"learning_plans"})
    """What it has, and what the adapter can do with it:

    learning_plans   there are plans, and they can be prepared
    certificates     certificates can be prepared
    inspect          `Adapter.inspect` works
    other_tenant     `Adapter.other_token` works
    quota            there is a limit of calls, and `limit(world, calls, seconds)` sets it
    own_worlds       a world shares nothing with anybody: what is done in it by guessing ids harms nobody
    """

    variants: Mapping[str, str] = field(default_factory=dict)
    """Which of several legitimate behaviors it means to have. What is claimed must be found."""

    limits: Mapping[str, int] = field(default_factory=dict)
    """`users`: how many a scenario may have."""

    build: str = ""
    """What is tested, for the report."""

    leaves_plans: bool = False
    """Whether `Adapter.clean` cannot take people out of plans. The courses of these may then keep them, too."""


@dataclass(frozen=True, slots=True)
class World:
    """A scenario that has come about: where, and with which ids."""

    target: Target
    ids: Ids
    handle: Any = None
    """What the adapter needs to look into it and to end it."""


class Adapter(Protocol):
    """All that the suite asks of one. Raises `HarnessError` where it cannot, `NotClaimed` where it need not.

    One that claims `quota` has `limit(world, calls, seconds)` besides. Two more are optional and need no claim:
    `expired_token(world)` and `learner_token(world)`. ADAPTERS.md says how to write one.
    """

    def claims(self) -> Claims:
        """Called once, before anything else."""

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        """Brings the scenario about. `name` is in the names of all that is created."""

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        """By user, what is held of `tracking` and `certificates`: lists of objects with course_id, status, score."""

    def other_token(self, world: World) -> str:
        """A token that is good for another tenant."""

    def clean(self, world: World) -> None:
        """Ends the world, without the operation under test, and touches nothing that `prepare` did not make."""
