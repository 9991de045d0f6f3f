"""Checks first that an adapter prepares what it is asked for. If it does not, no result of the run means anything."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from mock_lms_contracts import oracle
from mock_lms_contracts.adapters import Adapter, Claims, World
from mock_lms_contracts.adapters.guide import GUIDE
from mock_lms_contracts.adapters.other_views import OtherViews
from mock_lms_contracts.exchange import Unreachable
from mock_lms_contracts.oracle import Enrollment, State
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Pair, Scenario
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import HarnessError
from mock_lms_contracts.views import status as usual

USERS, COURSES = 3, 2
SCENARIO = Scenario(
    USERS,
    COURSES,
    plans=((0,),),
    enrollments={(0, 0): COMPLETED, (2, 0): SUBSCRIBED, (1, 1): IN_PROGRESS},
    memberships=frozenset({(1, 0)}),
    certificates=frozenset({(0, 0)}),
)
"""The plan contains the first course. Two users are not in the second course."""

WHERE = "the adapter's self-check"
TRACKED = (COMPLETED, IN_PROGRESS)
GONE = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class Kind(StrEnum):
    """The kind of a problem. All but the first are faults of the target."""

    ADAPTER = "adapter"
    HIDDEN = "hidden"
    """A list leaves out what another view shows."""

    UNFILTERED = "unfiltered"
    """A list shows what its filter leaves out."""

    DIFFERENT = "different"
    """Two views say different things of one enrollment."""

    NO_EFFECT = "no effect"
    """The API answered calls of the `api` adapter with success, but no view shows what they did."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the self-check found."""

    kind: Kind
    sentence: str


def check(adapter: Adapter, target: Target, run: str = "") -> list[Problem]:
    """Prepares a small world, reads it, ends it, and reads again. Returns the target's faults.

    Raises `HarnessError` if the adapter makes mistakes, with all of them.
    """
    claims = adapter.claims()
    most = claims.limits.get("users", USERS)
    if most < USERS:
        raise HarnessError(f"{WHERE}: limits.users is {most}, but at least {USERS} are needed; {GUIDE}")
    scenario = claims.fitted(SCENARIO)
    world = adapter.prepare(target, scenario, f"{run or f'ct{secrets.token_hex(3)}'}-check")
    try:
        problems = [*_prepared(world, scenario, claims), *_other(adapter, world, scenario, claims)]
    finally:
        adapter.clean(world)
    problems += _cleaned(world, scenario, claims)
    target.calls.clear()
    of_the_adapter = [problem.sentence for problem in problems if problem.kind is Kind.ADAPTER]
    if of_the_adapter:
        raise HarnessError(f"{WHERE}: {'; '.join(of_the_adapter)}; {GUIDE}")
    return problems


def _prepared(world: World, scenario: Scenario, claims: Claims) -> Iterator[Problem]:
    """The enrollments must be exactly as asked, but a server may enroll the members of a plan in its courses."""
    ids, views = world.ids, OtherViews(world.target, claims.capabilities)
    fault = Kind.NO_EFFECT if claims.through_api else Kind.ADAPTER
    state = oracle.observe(world.target, ids, claims.capabilities)
    wanted = {
        ("course", ids.courses[course], ids.users[user]): status
        for (user, course), status in scenario.enrollments.items()
    }
    members = {("plan", ids.plans[plan], ids.users[user]) for user, plan in scenario.memberships}
    by_plan = {
        ("course", ids.courses[course], ids.users[user])
        for user, plan in scenario.memberships
        for course in scenario.plans[plan]
    }
    named = {("course", course) for course in ids.courses} | {("plan", plan) for plan in ids.plans}
    strangers = {enrollment for enrollment in state.held if enrollment[:2] not in named}
    if strangers:
        what = "the courses and learning plans that the call names"
        yield Problem(Kind.UNFILTERED, f"a list filtered by {what} shows {_said(strangers)}")
    missing = (wanted.keys() | members) - state.held.keys()
    hidden = {enrollment: view for enrollment in missing if (view := views.showing(enrollment))}
    for view in sorted(set(hidden.values())):
        rows = {enrollment for enrollment, seen_in in hidden.items() if seen_in == view}
        yield Problem(Kind.HIDDEN, f"{_lists(rows, claims)} does not show {_said(rows)}, but {view} does")
    if missing - hidden.keys():
        yield Problem(fault, f"the API does not show {_said(missing - hidden.keys())}, which was asked for")
    more = state.held.keys() - wanted.keys() - members - by_plan - strangers
    if more:
        yield Problem(fault, f"the API shows {_said(more)}, which was not asked for")
    for enrollment in sorted(wanted.keys() & state.held.keys()) if "progress" in claims.capabilities else ():
        shown = str(state.held[enrollment].get("status"))
        if usual(shown) == wanted[enrollment]:
            continue
        if views.status(enrollment) == wanted[enrollment]:
            said = f"{_lists({enrollment}, claims)} shows {_said({enrollment})} as {shown}"
            yield Problem(Kind.DIFFERENT, f"{said}, but the record says {wanted[enrollment]}")
        else:
            yield Problem(fault, f"{_said({enrollment})} should be {wanted[enrollment]}, but the API shows {shown}")


def _other(adapter: Adapter, world: World, scenario: Scenario, claims: Claims) -> Iterator[Problem]:
    """The adapter must have the abilities that it claims."""
    for sentence in _inspected(adapter, world, scenario, claims):
        yield Problem(Kind.ADAPTER, sentence)
    for name, method in (
        ("other_tenant", "other_token"),
        ("expired_token", "expired_token"),
        ("learner_token", "learner_token"),
    ):
        if name in claims.capabilities and getattr(adapter, method)(world) in {"", world.target.token}:
            yield Problem(Kind.ADAPTER, f"{method} gives no token, or that of the world itself")


def _inspected(adapter: Adapter, world: World, scenario: Scenario, claims: Claims) -> Iterator[str]:
    if "inspect" not in claims.capabilities:
        return
    held = adapter.inspect(world, world.ids.users)
    tracked = {
        (number, row.get("course_id")): row.get("status")
        for number, user in enumerate(world.ids.users)
        for row in held.get(user, {}).get("tracking", ())
    }
    for (user, course), status in scenario.enrollments.items():
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


def _cleaned(world: World, scenario: Scenario, claims: Claims) -> Iterator[Problem]:
    """Nothing must be left, except in plans if the adapter says so."""
    name = "course_id[]" if "course_list" in claims.capabilities else "id_course[]"
    path = oracle.COURSES if "course_list" in claims.capabilities else oracle.MIXED
    try:
        answer = world.target.call("GET", path, query=[(name, world.ids.courses[0])])
    except Unreachable:
        return  # the world had a server of its own, which is gone
    if answer.status in GONE:
        return
    state = oracle.observe(world.target, world.ids, claims.capabilities)
    ours = {("course", course) for course in world.ids.courses} | {("plan", plan) for plan in world.ids.plans}
    left = {enrollment for enrollment in state.held if enrollment[:2] in ours}
    left -= _excused(state, world, scenario, claims)
    if left:
        fault = Kind.NO_EFFECT if claims.through_api else Kind.ADAPTER
        yield Problem(fault, f"after the world was ended, the API still shows {_said(left)}")


def _excused(state: State, world: World, scenario: Scenario, claims: Claims) -> set[Enrollment]:
    if not claims.leaves_plans:
        return set()
    excused: set[Enrollment] = set()
    for user, plan in state.pairs("plan"):
        excused.add(("plan", plan, user))
        if plan in world.ids.plans:
            contents = scenario.plans[world.ids.plans.index(plan)]
            excused |= {("course", world.ids.courses[course], user) for course in contents}
    return excused


def _lists(enrollments: set[Enrollment], claims: Claims) -> str:
    """The lists that were read for these enrollments."""
    kinds = sorted({kind for kind, _, _ in enrollments})
    own = {"course": oracle.COURSES, "plan": oracle.PLANS}
    paths = [own[kind] if f"{kind}_list" in claims.capabilities else oracle.MIXED for kind in kinds]
    return " and ".join(f"GET {path}" for path in dict.fromkeys(paths))


def _said(enrollments: set[Enrollment]) -> str:
    return ", ".join(oracle.shown(enrollments, most=5))
