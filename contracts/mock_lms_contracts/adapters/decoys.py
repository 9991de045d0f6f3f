"""A world that a run prepares at its beginning, never changes, and reads at its end. Changes there are problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_lms_contracts import oracle
from mock_lms_contracts.adapters import Adapter, World
from mock_lms_contracts.oracle import State
from mock_lms_contracts.scenario import Scenario, everybody
from mock_lms_contracts.target import Target

USERS = COURSES = 3
Held = frozenset[tuple[int, str, int | None, str]]
"""User, `tracking` or `certificates`, course, and status."""


@dataclass(frozen=True, slots=True)
class Decoys:
    """The world of decoys, and what it held before."""

    adapter: Adapter
    world: World
    capabilities: frozenset[str]
    before: State
    held: Held

    def problems(self) -> list[str]:
        """A sentence for each change. Raises `HarnessError` if the world cannot be read."""
        after = oracle.observe(self.world.target, self.world.ids, self.capabilities)
        effect = oracle.between(self.before, after)
        problems = [
            f"{enrollment} {what}, though the run changes nothing there"
            for enrollments, what in (
                (effect.lost, "is gone"),
                (effect.gained, "appeared"),
                (effect.changed, "changed"),
            )
            for enrollment in oracle.shown(enrollments)
        ]
        now = _held(self.adapter, self.world, inspects="inspect" in self.capabilities)
        for held, what in ((self.held - now, "is gone"), (now - self.held, "appeared")):
            problems += [
                f"user {user}'s {kind} in course {course} ({status or 'no status'}) {what}"
                for user, kind, course, status in sorted(held, key=str)
            ]
        return problems

    def end(self) -> None:
        """Ends the world. Call `problems` before."""
        self.adapter.clean(self.world)


def plant_decoys(adapter: Adapter, target: Target, run: str) -> Decoys:
    """Prepares the decoys. Raises `HarnessError`."""
    claims = adapter.claims()
    users = min(USERS, claims.limits.get("users", USERS))
    scenario = Scenario(
        users,
        COURSES,
        plans=((0, 1), (1, 2)),
        enrollments=everybody(users, COURSES),
        memberships=frozenset({(0, 0), (1, 1)} & {(user, plan) for user in range(users) for plan in range(2)}),
        certificates=frozenset({(0, 2)}),
    )
    world = adapter.prepare(target, claims.fitted(scenario), f"{run}-decoys")
    before = oracle.observe(world.target, world.ids, claims.capabilities)
    held = _held(adapter, world, inspects="inspect" in claims.capabilities)
    target.calls.clear()
    return Decoys(adapter, world, claims.capabilities, before, held)


def _held(adapter: Adapter, world: World, *, inspects: bool) -> Held:
    if not inspects:
        return frozenset()
    learners: Mapping[int, Mapping[str, Any]] = adapter.inspect(world, world.ids.users)
    return frozenset(
        (user, kind, row.get("course_id"), str(row.get("status", "")))
        for user, held in learners.items()
        for kind in ("tracking", "certificates")
        for row in held.get(kind, ())
    )
