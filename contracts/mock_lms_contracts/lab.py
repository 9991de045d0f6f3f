"""What a check works with: it prepares a world, acts in it, and reads what happened."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from mock_lms_contracts import oracle
from mock_lms_contracts.adapters import Adapter, Claims, World
from mock_lms_contracts.oracle import Effect, Enrollment, State
from mock_lms_contracts.requirements import Requirement
from mock_lms_contracts.scenario import Scenario
from mock_lms_contracts.target import Answer, Target
from mock_lms_contracts.verdicts import Finding, Inconclusive, NotClaimed

BULK = "/learn/v1/enrollments"
CASCADE = "cascade_unenroll_from_courses_in_selected_learning_plan"


@dataclass(frozen=True, slots=True)
class Done:
    """A call, and what it did."""

    answer: Answer
    before: State
    after: State
    effect: Effect

    @property
    def un_enrolled(self) -> list[Any]:
        """The answer's list of that name. Raises `Finding` if there is none."""
        return _list(self.answer, "un_enrolled")

    @property
    def named(self) -> list[int]:
        """The ids in un_enrolled as integers. Raises `Finding` if one is not an id."""
        try:
            return [int(user) for user in self.un_enrolled]
        except (TypeError, ValueError):
            raise Finding("un_enrolled holds something that is not an id.", "ids", self.un_enrolled) from None

    @property
    def errors(self) -> list[Any]:
        return _list(self.answer, "errors")


@dataclass(slots=True)
class Lab:
    """The lab of the check of one requirement."""

    requirement: Requirement
    target: Target
    adapter: Adapter
    claims: Claims
    run: str
    """The run's name, with which the names of all that is created begin."""

    chance: random.Random
    worlds: list[World] = field(default_factory=list)
    effects: int = 0
    variants: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    """Findings of a check that goes on after the first one. The first gives the message."""

    def world(self, scenario: Scenario) -> World:
        """Prepares the scenario. Raises `NotClaimed`, `HarnessError`."""
        most = self.claims.limits.get("users")
        if most is not None and scenario.users > most:
            raise NotClaimed(f"{scenario.users:,} users are needed, but the adapter makes at most {most:,}")
        scenario = self.claims.fitted(scenario)  # checks of what is left out here do not run at all
        name = f"{self.run}-{short(self.requirement.id)}-{len(self.worlds)}"
        world = self.adapter.prepare(self.target, scenario, name)
        self.worlds.append(world)
        del self.target.calls[:]  # a report need not show how the world was prepared
        return world

    def observe(self, world: World) -> State:
        return oracle.observe(world.target, world.ids, self.claims.capabilities)

    def bulk_unenroll(
        self, world: World, users: Iterable[Any], courses: Iterable[Any] = (), plans: Iterable[Any] = (), **flags: bool
    ) -> Done:
        """Reads, unenrolls these ids, reads again."""
        body = {
            "user_ids": list(users),
            "course_ids": list(courses),
            "learningplan_ids": list(plans),
            "reset_tracks": False,
            CASCADE: False,
            "delete_issued_certificates": False,
            **{CASCADE if name == "cascade" else name: value for name, value in flags.items()},
        }
        return self.act(world, "DELETE", BULK, body)

    def act(self, world: World, method: str, path: str, body: Any = None, **options: Any) -> Done:
        """Reads, makes the call, reads again."""
        before = self.observe(world)
        answer = world.target.call(method, path, body, **options)
        after = self.observe(world)
        effect = oracle.between(before, after)
        self.effects += effect.size
        return Done(answer, before, after, effect)

    def enroll(self, world: World, users: Iterable[int], courses: Iterable[int]) -> Done:
        """Reads, enrolls these users in these courses, reads again."""
        return self.act(world, "POST", BULK, {"user_ids": list(users), "course_ids": list(courses)})

    def limit(self, world: World, calls: int, seconds: int) -> None:
        """Limits the world to so many calls in so many seconds. Raises `NotClaimed` if the adapter cannot do that."""
        limit = getattr(self.adapter, "limit", None)
        if limit is None:
            raise NotClaimed("the adapter has no way to set a limit of calls")
        limit(world, calls, seconds)

    def require(self, condition: object, message: str, expected: Any = None, seen: Any = None) -> None:
        """Raises `Finding` unless the condition is true."""
        if not condition:
            raise Finding(message, expected, seen)

    def require_ok(self, done: Done) -> None:
        """Raises `Finding` unless the answer is 200."""
        status = done.answer.status
        self.require(status == HTTPStatus.OK, f"The answer is {status}, not 200.", 200, status)

    def require_lost(self, done: Done, lost: Iterable[Enrollment], sentence: str) -> None:
        """Raises `Finding` unless exactly these enrollments disappeared and nothing else changed."""
        oracle.require_effect(done.effect, lost, sentence)

    def given(self, things: Collection[Any] | bool, what: str) -> None:
        """Raises `Inconclusive` if what the check is about is not there, so that it would check nothing."""
        if not things:
            raise Inconclusive(f"there is nothing to check: {what}")

    def found(self, value: str) -> None:
        """Notes which legitimate behavior the target has. Raises `Finding` if it claims another one."""
        name = self.requirement.variant
        self.variants[name] = value
        claimed = self.claims.variants.get(name)
        if claimed is not None and claimed != value:
            meanings = self.requirement.accepts
            raise Finding(
                f"The target claims {name}={claimed} ({meanings.get(claimed, '')}), but does {value}.", claimed, value
            )


def short(requirement: str) -> str:
    """The requirement's id in short, for the names of what a check creates: `unen-effe-1`."""
    return "-".join(word[:4] for word in requirement.lower().split("-"))


def enrollments(kind: str, users: Sequence[int], targets: Sequence[int]) -> set[Enrollment]:
    """Every one of the users in every one of the courses or plans."""
    return {(kind, target, user) for user in users for target in targets}


def held(state: State, wanted: Iterable[Enrollment]) -> set[Enrollment]:
    """Those of the enrollments that are there."""
    return set(wanted) & state.held.keys()


def _list(answer: Answer, name: str) -> list[Any]:
    data = answer.data
    values = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(values, list):
        raise Finding(f"The answer has no list {name}.", f"data.{name}", answer.text[:300])
    return values
