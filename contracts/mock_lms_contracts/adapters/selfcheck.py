"""Is what an adapter prepares what was asked for? If not, nothing that a run finds means anything: it comes first."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from http import HTTPStatus

from mock_lms_contracts import oracle
from mock_lms_contracts.adapters import Adapter, Claims, World
from mock_lms_contracts.exchange import Unreachable
from mock_lms_contracts.oracle import State
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Pair, Scenario
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import HarnessError

USERS, COURSES = 3, 2
ENROLLMENTS = {(0, 0): COMPLETED, (2, 0): SUBSCRIBED, (1, 1): IN_PROGRESS}
MEMBERS = frozenset({(1, 0)})
"""Who is in the plan, which has the first course. Two are not in the second course, and nothing puts them there."""

TRACKED = (COMPLETED, IN_PROGRESS)
SAME = {"enrolled": SUBSCRIBED, "not_started": SUBSCRIBED}
GONE = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def check(adapter: Adapter, target: Target, run: str = "") -> None:
    """Prepares a small world, looks, ends it, looks again. Raises `HarnessError` that says all that is wrong."""
    claims = adapter.claims()
    most = claims.limits.get("users", USERS)
    if most < USERS:
        raise HarnessError(f"the adapter's self-check: limits.users is {most}, and {USERS} are needed at least")
    plans = "learning_plans" in claims.capabilities
    scenario = Scenario(
        USERS,
        COURSES,
        plans=((0,),) if plans else (),
        enrollments=ENROLLMENTS,
        memberships=MEMBERS if plans else frozenset(),
        certificates=frozenset({(0, 0)} if "certificates" in claims.capabilities else ()),
    )
    world = adapter.prepare(target, scenario, f"{run or f'ct{secrets.token_hex(3)}'}-check")
    try:
        problems = [*_prepared(world, scenario), *_other(adapter, world, scenario, claims)]
    finally:
        adapter.clean(world)
    problems += _cleaned(world, scenario, claims)
    target.calls.clear()
    if problems:
        raise HarnessError(f"the adapter's self-check: {'; '.join(problems)}")


def _prepared(world: World, scenario: Scenario) -> Iterator[str]:
    """Who is where is exactly as asked; but some enroll the members of a plan in its courses."""
    state, ids = oracle.observe(world.target, world.ids), world.ids
    wanted = {
        ("course", ids.courses[course], ids.users[user]): status for (user, course), status in ENROLLMENTS.items()
    }
    members = {("plan", ids.plans[plan], ids.users[user]) for user, plan in scenario.memberships}
    by_plan = {
        ("course", ids.courses[course], ids.users[user])
        for user, plan in scenario.memberships
        for course in scenario.plans[plan]
    }
    missing = (wanted.keys() | members) - state.held.keys()
    more = state.held.keys() - wanted.keys() - members - by_plan
    if missing:
        yield f"it was asked to put {_said(missing)}, and the API does not show it"
    if more:
        yield f"the API shows {_said(more)}, and nobody asked for it"
    for enrollment in sorted(wanted.keys() & state.held.keys()):
        shown = str(state.held[enrollment].get("status"))
        if SAME.get(shown, shown) != wanted[enrollment]:
            yield f"{_said({enrollment})} should be {wanted[enrollment]}, and the API shows {shown}"


def _other(adapter: Adapter, world: World, scenario: Scenario, claims: Claims) -> Iterator[str]:
    """What it claims to be able to do besides, it can."""
    if "inspect" in claims.capabilities:
        held = adapter.inspect(world, world.ids.users)
        tracked = {
            (number, row.get("course_id")): row.get("status")
            for number, user in enumerate(world.ids.users)
            for row in held.get(user, {}).get("tracking", ())
        }
        for (user, course), status in ENROLLMENTS.items():
            seen = tracked.get((user, world.ids.courses[course]))
            if status in TRACKED and seen != status:
                yield f"inspect shows {seen} as the tracking of user {user} in course {course}, not {status}"
        certified: set[Pair] = {
            (number, world.ids.courses.index(row["course_id"]))
            for number, user in enumerate(world.ids.users)
            for row in held.get(user, {}).get("certificates", ())
            if row.get("course_id") in world.ids.courses
        }
        if certified != scenario.certificates:
            yield f"inspect shows certificates of {sorted(certified)}, not of {sorted(scenario.certificates)}"
    if "other_tenant" in claims.capabilities and adapter.other_token(world) in {"", world.target.token}:
        yield "other_token gives no other token than that of the world itself"


def _cleaned(world: World, scenario: Scenario, claims: Claims) -> Iterator[str]:
    """Nothing is left, or as little as the adapter says."""
    try:
        answer = world.target.call("GET", oracle.COURSES, query=[("course_id[]", world.ids.courses[0])])
    except Unreachable:
        return  # it had a server of its own
    if answer.status in GONE:
        return
    state = oracle.observe(world.target, world.ids)
    left = {enrollment for enrollment in state.held if enrollment not in (_excused(state, world, scenario, claims))}
    if left:
        yield f"after it was cleaned up the API still shows {_said(left)}"


def _excused(state: State, world: World, scenario: Scenario, claims: Claims) -> set[oracle.Enrollment]:
    if not claims.leaves_plans:
        return set()
    excused: set[oracle.Enrollment] = set()
    for user, plan in state.pairs("plan"):
        excused.add(("plan", plan, user))
        if plan in world.ids.plans:
            contents = scenario.plans[world.ids.plans.index(plan)]
            excused |= {("course", world.ids.courses[course], user) for course in contents}
    return excused


def _said(enrollments: set[oracle.Enrollment]) -> str:
    return ", ".join(oracle.shown(enrollments, most=5))
