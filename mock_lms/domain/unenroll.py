"""Unenrolling: which enrollments go, which stay, and what cannot be done. Facts in, decision out.

Sources: 000_9274beae67eb45f9.txt; docebo-api.md 2.3 and 11; lms-products.md 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum

from mock_lms.domain.enrollments import UsersById, distinct, in_order
from mock_lms.domain.errors import NoTarget, TooManyUsers
from mock_lms.policy import Policy

USER_CAP = 1_000
PLACEHOLDER = 0
NOBODY: Set[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """Who is to leave what. `decide` needs it prepared, that is with every id once, in the order of the call."""

    user_ids: Sequence[int]
    course_ids: Sequence[int] = ()
    learning_plan_ids: Sequence[int] = ()
    cascade: bool = False
    reset_tracks: bool = False
    delete_certificates: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is the case, as far as the request is concerned.

    `enrolled` holds, of the request's users, those in each listed course and in each course of a listed plan;
    `members` those in each listed plan and in each plan that contains one of these courses; `plan_courses` the courses
    of these plans, in their order.
    """

    users: Set[int]
    courses: Set[int]
    learning_plans: Set[int]
    enrolled: UsersById
    members: UsersById
    plan_courses: Mapping[int, Sequence[int]]


class Target(StrEnum):
    COURSE = "course"
    LEARNING_PLAN = "learning plan"


class Reason(StrEnum):
    UNKNOWN_USER = "unknown user"
    UNKNOWN_TARGET = "unknown target"
    NOT_ENROLLED = "not enrolled"
    HELD_BY_PLAN = "held by plan"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one user was not taken from one target."""

    user_id: int
    target: Target
    target_id: int
    reason: Reason

    def __str__(self) -> str:
        match self.reason:
            case Reason.UNKNOWN_USER:
                return f"User {self.user_id} does not exist (asked to leave {self.target} {self.target_id})."
            case Reason.UNKNOWN_TARGET:
                verb = f"User {self.user_id} cannot leave {self.target} {self.target_id}"
                return f"{verb}: the {self.target} does not exist."
            case Reason.NOT_ENROLLED:
                return f"User {self.user_id} is not enrolled in {self.target} {self.target_id}."
            case Reason.HELD_BY_PLAN:
                return (
                    f"User {self.user_id} cannot leave course {self.target_id}: a learning plan of theirs contains it."
                )


@dataclass(frozen=True, slots=True)
class Decision:
    """What goes: `courses` and `learning_plans` name the users who leave each, never an empty set.

    `kept` are the enrollments that the cascade spared because another plan contains the course.
    """

    courses: UsersById
    learning_plans: UsersById
    kept: UsersById
    un_enrolled: tuple[int, ...]
    failures: tuple[Failure, ...]


def prepare(request: Request, policy: Policy) -> Request:
    """The request with every id once, without placeholders, and within the cap. Raises `TooManyUsers`, `NoTarget`."""
    users = distinct(request.user_ids)
    courses, plans = distinct(request.course_ids), distinct(request.learning_plan_ids)
    if not any((*courses, *plans)):
        raise NoTarget
    if len(users) > USER_CAP:
        if policy.over_cap == "reject":
            raise TooManyUsers(len(users), USER_CAP)
        users = users[:USER_CAP]
    if policy.placeholder_zero == "ignore":
        courses = tuple(course for course in courses if course != PLACEHOLDER)
        plans = tuple(plan for plan in plans if plan != PLACEHOLDER)
    return replace(request, user_ids=users, course_ids=courses, learning_plan_ids=plans)


def decide(request: Request, facts: Facts, policy: Policy) -> Decision:
    """What a prepared request does to the enrollments of `facts`. Changes nothing: this is the preview too."""
    failures: list[Failure] = []
    courses: dict[int, Set[int]] = {}
    for course in request.course_ids:
        held = NOBODY if policy.course_in_plan == "allow" else _held(course, request, facts)
        leaving = _leaving(facts.enrolled.get(course, NOBODY), request, facts) - held
        failures += _failures(Target.COURSE, course, leaving, held, request, facts)
        if leaving:
            courses[course] = leaving

    plans: dict[int, Set[int]] = {}
    for plan_id in request.learning_plan_ids:
        leaving = _leaving(facts.members.get(plan_id, NOBODY), request, facts)
        failures += _failures(Target.LEARNING_PLAN, plan_id, leaving, NOBODY, request, facts)
        if leaving:
            plans[plan_id] = leaving

    kept: dict[int, Set[int]] = {}
    for course, leaving in _cascade(plans, facts) if request.cascade else ():
        shared = NOBODY if policy.shared_courses == "remove" else _held(course, request, facts)
        left = courses.get(course, NOBODY)
        if go := leaving - shared:
            courses[course] = left | go
        if stay := (leaving & shared) - left:
            kept[course] = kept.get(course, NOBODY) | stay

    lost = frozenset().union(*courses.values(), *plans.values())
    if request.cascade:  # whom it takes from a course that was listed, too, no plan holds there any more
        failures = [
            failure
            for failure in failures
            if failure.target is not Target.COURSE or failure.user_id not in courses.get(failure.target_id, NOBODY)
        ]
    return Decision(courses, plans, kept, in_order(lost, request.user_ids), tuple(failures))


def _leaving(holders: Set[int], request: Request, facts: Facts) -> Set[int]:
    """Those of the request's users who are there to leave."""
    return holders & facts.users & frozenset(request.user_ids)


def _cascade(plans: UsersById, facts: Facts) -> Iterator[tuple[int, Set[int]]]:
    """Each course of each plan that is left, with those who leave the plan and hold the course."""
    for plan_id, leaving in plans.items():
        for course in facts.plan_courses.get(plan_id, ()):
            if holding := leaving & facts.enrolled.get(course, NOBODY):
                yield course, holding


def _held(course: int, request: Request, facts: Facts) -> Set[int]:
    """Those of whom a learning plan that they do not leave now contains the course."""
    staying = facts.plan_courses.keys() - set(request.learning_plan_ids)
    return frozenset().union(
        *(facts.members.get(plan_id, NOBODY) for plan_id in staying if course in facts.plan_courses[plan_id])
    )


def _failures(
    target: Target, target_id: int, leaving: Set[int], held: Set[int], request: Request, facts: Facts
) -> Iterator[Failure]:
    """One for each user of the request who does not leave the target, in the order of the request."""
    if len(leaving) == len(request.user_ids):
        return
    known = facts.courses if target is Target.COURSE else facts.learning_plans
    holders = (facts.enrolled if target is Target.COURSE else facts.members).get(target_id, NOBODY)
    for user in request.user_ids:
        if user not in facts.users:
            yield Failure(user, target, target_id, Reason.UNKNOWN_USER)
        elif target_id not in known:
            yield Failure(user, target, target_id, Reason.UNKNOWN_TARGET)
        elif user not in holders:
            yield Failure(user, target, target_id, Reason.NOT_ENROLLED)
        elif user in held:
            yield Failure(user, target, target_id, Reason.HELD_BY_PLAN)
