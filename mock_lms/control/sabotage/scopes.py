"""Conditions on which enrollments a sabotage acts: on the unenrollment, the target and the user. They can be combined.

`COMPLETED & ~LISTED` are the completed courses that are not listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Table, func, or_, select

from mock_lms.domain.enrollments import UsersById
from mock_lms.domain.unenroll import Decision, Facts, Request
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import among
from mock_lms.storage.tables import certificates, course_enrollments, learning_plan_enrollments, tracks

COURSE, PLAN = "course_id", "learning_plan_id"


@dataclass(frozen=True)
class Layer:
    """A table that stores something of users. `function` of `storage.enrollments` removes it."""

    table: Table
    key: str
    function: str


COURSES = Layer(course_enrollments, COURSE, "unenroll")
PLANS = Layer(learning_plan_enrollments, PLAN, "leave")
TRACKING = Layer(tracks, COURSE, "wipe_tracks")
COURSE_CERTIFICATES = Layer(certificates, COURSE, "revoke_certificates")
PLAN_CERTIFICATES = Layer(certificates, PLAN, "revoke_certificates")

_STATUS = Statement(
    select(
        course_enrollments.c.course_id,
        course_enrollments.c.user_id,
        func.coalesce(course_enrollments.c.hold, tracks.c.status, "subscribed"),
    )
    .outerjoin(
        tracks,
        (tracks.c.course_id == course_enrollments.c.course_id) & (tracks.c.user_id == course_enrollments.c.user_id),
    )
    .where(or_(among(course_enrollments.c.course_id, "ids"), among(course_enrollments.c.user_id, "users")))
)


@dataclass
class Case:
    """An unenrollment that is decided on, but not carried out yet, for one layer.

    `made` is the bulk request as it was sent, or None for a single unenrollment.
    """

    transaction: Transaction
    request: Request
    facts: Facts
    decision: Decision
    made: Request | None
    layer: Layer

    @cached_property
    def listed(self) -> Sequence[int]:
        """The layer's courses or plans that the request lists."""
        return self.request.course_ids if self.layer.key == COURSE else self.request.learning_plan_ids

    @cached_property
    def leaving(self) -> UsersById:
        """Who leaves each of the layer's courses or plans."""
        return self.decision.courses if self.layer.key == COURSE else self.decision.learning_plans

    @cached_property
    def near(self) -> set[tuple[int, int]]:
        """What the layer holds of the request's users, and of the courses and plans that it touches."""
        column, user = self.layer.table.c[self.layer.key], self.layer.table.c.user_id
        nearby = or_(among(column, "ids"), among(user, "users"))
        rows = Statement(select(column, user).where(column.is_not(None), nearby))
        return {(row[0], row[1]) for row in self.transaction.rows(rows, **self._values)}

    @cached_property
    def _values(self) -> Mapping[str, object]:
        courses = set(self.request.course_ids).union(*self.facts.plan_courses.values())
        plans = {*self.request.learning_plan_ids, *self.facts.plan_courses}
        ids = courses if self.layer.key == COURSE else plans
        return {"ids": self.transaction.ids(ids), "users": self.transaction.ids(set(self.request.user_ids))}

    @cached_property
    def statuses(self) -> Mapping[tuple[int, int], str]:
        """The statuses of enrollments, by course and user."""
        return {(row[0], row[1]): row[2] for row in self.transaction.rows(_STATUS, **self._values)}

    @cached_property
    def users(self) -> Mapping[int, int]:
        """The request's users, each with its position in the request."""
        return {user: place for place, user in enumerate(self.request.user_ids)}

    @cached_property
    def repeated(self) -> Set[int]:
        """The users who are named more than once."""
        made = self.made.user_ids if self.made else ()
        return {user for user in made if made.count(user) > 1} if len(made) > len(self.users) else set()

    def plans_left(self, course: int, user: int) -> list[int]:
        """The plans with this course that the user leaves."""
        left = self.decision.learning_plans
        return [plan for plan in left if user in left[plan] and course in self.facts.plan_courses.get(plan, ())]

    def plans_with(self, course: int) -> Set[int]:
        """The known plans with this course. For courses that are listed or cascade, all plans are known."""
        return {plan for plan, courses in self.facts.plan_courses.items() if course in courses}

    def is_member(self, plan: int, user: int) -> bool:
        """Whether the user is a member of the plan before the call."""
        return user in self.facts.members.get(plan, ())


@dataclass(frozen=True)
class Scope:
    """A condition. `&` and `~` combine conditions."""

    test: Callable[[Case, int, int], bool]
    """Takes the case, the course or plan, and the user."""

    def __and__(self, other: Scope) -> Scope:
        return Scope(lambda case, target, user: self.test(case, target, user) and other.test(case, target, user))

    def __invert__(self) -> Scope:
        return Scope(lambda case, target, user: not self.test(case, target, user))


def _similar(one: int, ids: Sequence[int]) -> bool:
    """Whether the id is none of these, but its digits occur in the text of the list."""
    return one not in ids and str(one) in ",".join(map(str, ids))


# --- of the call
BULK = Scope(lambda case, _, __: case.made is not None)
IF_RESET = Scope(lambda case, _, __: case.request.reset_tracks)
IF_CERTIFICATES = Scope(lambda case, _, __: case.request.delete_certificates)
IF_CASCADE = Scope(lambda case, _, __: case.request.cascade)
TOGETHER = Scope(lambda case, _, __: bool(case.request.course_ids) and bool(case.request.learning_plan_ids))
"""Courses and plans are listed in one call."""
PLACEHOLDER = Scope(lambda case, _, __: case.made is not None and 0 in case.made.course_ids)

# --- of the target
LISTED = Scope(lambda case, target, _: target in case.listed)
FIRST = Scope(lambda case, target, _: target in case.listed[:1])
BEYOND_TEN = Scope(lambda case, target, _: target in case.listed[10:])
OF_A_LISTED_PLAN = Scope(lambda case, target, _: bool(case.plans_with(target) & {*case.request.learning_plan_ids}))
BESIDE_A_LISTED_COURSE = Scope(
    lambda case, target, _: any(target in courses and {*courses} & {*case.request.course_ids}
                                for courses in case.facts.plan_courses.values())
)  # fmt: skip
"""A course of a plan that contains a listed course."""
NUMBERED_AS_A_PLAN = Scope(lambda case, target, _: target in case.request.learning_plan_ids)
OF_ANY_OTHER_PLAN = Scope(lambda case, target, _: bool(case.plans_with(target) - {*case.request.learning_plan_ids}))
HOLDS_A_COURSE_THAT_GOES = Scope(
    lambda case, plan, user: any(user in case.decision.courses.get(course, ())
                                 for course in case.facts.plan_courses.get(plan, ()))
)  # fmt: skip
"""A plan one of whose courses the user leaves."""

# --- of the user
NAMED = Scope(lambda case, _, user: user in case.users)
LAST_NAMED = Scope(lambda case, _, user: case.users.get(user) == len(case.users) - 1)
NAMED_TWICE = Scope(lambda case, _, user: user in case.repeated)
SIMILAR_USER = Scope(lambda case, _, user: _similar(user, case.request.user_ids))
MEMBER_OF_TWO_PLANS = Scope(lambda case, _, user: sum(user in members for members in case.facts.members.values()) > 1)

# --- of both
LEAVING = Scope(lambda case, target, user: user in case.leaving.get(target, ()))
CASCADED = LEAVING & ~LISTED
THROUGH_THE_FIRST_PLAN = Scope(
    lambda case, course, user: case.request.learning_plan_ids[:1] == tuple(case.plans_left(course, user)[:1])
)
BEYOND_TEN_OF_ITS_PLAN = Scope(
    lambda case, course, user: all(
        course in case.facts.plan_courses[plan][10:] for plan in case.plans_left(course, user)
    )
)
OF_TWO_PLANS_LEFT = Scope(lambda case, course, user: len(case.plans_left(course, user)) > 1)
OF_A_PLAN_OF_THE_USER = Scope(
    lambda case, course, user: any(case.is_member(plan, user) for plan in case.plans_with(course))
)


def status(name: str) -> Scope:
    """The enrollment's status before the call."""
    return Scope(lambda case, course, user: case.statuses.get((course, user)) == name)


SUBSCRIBED, COMPLETED = status("subscribed"), status("completed")
SUSPENDED, WAITING = status("suspended"), status("waiting")
EVERYTHING = Scope(lambda _, __, ___: True)
