"""Enrolling: who is enrolled anew in what, and what cannot be done. Facts in, decision out.

Sources: docebo-api.md 2.2, 2.5 and 2.13.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from mock_lms.domain.enrollments import Level, UsersById, distinct, in_order
from mock_lms.policy import Policy

NOBODY: Set[int] = frozenset()

MOST_PAIRS = 1_000_000
"""Of users and courses in one call: as many as two full lists of ids make."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How an enrollment is made: what is written into each row. Date-times as text, UTC."""

    level: Level = Level.STUDENT
    assignment_type: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    enrolled_at: str | None = None
    """None is now."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Users, and those of groups and of branches; not of the branches below (imports-webhooks-rules.md 1)."""

    user_ids: Sequence[int]
    group_ids: Sequence[int] = ()
    branch_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Which of the requested users and courses exist, and who of these users is in each of these courses already."""

    users: Set[int]
    courses: Set[int]
    enrolled: UsersById


@dataclass(frozen=True, slots=True)
class Decision:
    """`courses` are the new enrollments; `existing` those that were there before. Never an empty set."""

    courses: UsersById
    existing: UsersById
    unknown_users: tuple[int, ...]
    unknown_courses: tuple[int, ...]


def decide(user_ids: Sequence[int], course_ids: Sequence[int], facts: Facts, *, atomic: bool = False) -> Decision:
    """Every known user into every known course. With `atomic` nobody is enrolled when anything fails."""
    users, courses = distinct(user_ids), distinct(course_ids)
    known = frozenset(users) & facts.users
    unknown_users = in_order(frozenset(users) - facts.users, users)
    unknown_courses = in_order(frozenset(courses) - facts.courses, courses)
    enrolled: dict[int, Set[int]] = {}
    existing: dict[int, Set[int]] = {}
    for course in courses:
        if course in facts.courses:
            present = known & facts.enrolled.get(course, NOBODY)
            if present:
                existing[course] = present
            if new := known - present:
                enrolled[course] = new
    if atomic and (existing or unknown_users or unknown_courses):
        enrolled = {}
    return Decision(enrolled, existing, unknown_users, unknown_courses)


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """Which of the requested users exist, who is in the learning plan, and who is in each of its courses."""

    users: Set[int]
    members: Set[int]
    plan_courses: Sequence[int]
    enrolled: UsersById


@dataclass(frozen=True, slots=True)
class PlanDecision:
    """Who joins the learning plan, and the new enrollments in its courses that follow from it."""

    joining: Set[int]
    courses: UsersById
    existing: tuple[int, ...]
    unknown_users: tuple[int, ...]


def decide_in_learning_plan(user_ids: Sequence[int], facts: PlanFacts, policy: Policy) -> PlanDecision:
    """Every known user who is not in the learning plan joins it, and its courses if the policy says so."""
    users = distinct(user_ids)
    known = frozenset(users) & facts.users
    joining = known - facts.members
    courses: UsersById = {}
    if policy.plan_enrolls_courses == "yes":
        new_users = {course: joining - facts.enrolled.get(course, NOBODY) for course in facts.plan_courses}
        courses = {course: new for course, new in new_users.items() if new}
    return PlanDecision(
        joining, courses, in_order(known & facts.members, users), in_order(frozenset(users) - facts.users, users)
    )
