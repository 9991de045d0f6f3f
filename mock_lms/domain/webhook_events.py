"""What happened, as data. A `WebhookEvent` stands for one event of its kind for each of its users.

The names are the vendor's webhook events (docebo-api.md 10). A completion *replaces* the update it is part of.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from mock_lms.domain import enroll, unenroll
from mock_lms.domain.enrollments import UsersById

COURSE_ENROLLED = "course.enrollment.created"
COURSE_UPDATED = "course.enrollment.updated"
COURSE_COMPLETED = "course.enrollment.completed"
COURSE_UNENROLLED = "course.enrollment.deleted"
PLAN_ENROLLED = "learningplan.enrollment.created"
PLAN_COMPLETED = "learningplan.enrollment.completed"
PLAN_UNENROLLED = "learningplan.enrollment.deleted"


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """`name` happened to each of `users`, in one course or one learning plan."""

    name: str
    users: Set[int]
    course_id: int | None = None
    learning_plan_id: int | None = None


def unenrolled(decision: unenroll.Decision) -> list[WebhookEvent]:
    """One for each plan that was left, and one for each course, cascaded or named (001_fdc44a763af984bb.txt)."""
    plans = [
        WebhookEvent(PLAN_UNENROLLED, users, learning_plan_id=plan) for plan, users in decision.learning_plans.items()
    ]
    return plans + [
        WebhookEvent(COURSE_UNENROLLED, users, course_id=course) for course, users in decision.courses.items()
    ]


def enrolled(courses: UsersById) -> list[WebhookEvent]:
    """One for each course that somebody is new in. The plan's own event is `joined`."""
    return [WebhookEvent(COURSE_ENROLLED, users, course_id=course) for course, users in courses.items()]


def joined(learning_plan_id: int, decision: enroll.PlanDecision) -> list[WebhookEvent]:
    """The plan's event, where anybody joined, and those of its courses."""
    plan = (
        [WebhookEvent(PLAN_ENROLLED, decision.joining, learning_plan_id=learning_plan_id)] if decision.joining else []
    )
    return plan + enrolled(decision.courses)


def updated(courses: UsersById, completing: UsersById) -> list[WebhookEvent]:
    """Completed for those who complete now, updated for the others."""
    events = []
    for course, users in courses.items():
        done = completing.get(course, frozenset())
        if done:
            events.append(WebhookEvent(COURSE_COMPLETED, done, course_id=course))
        if users - done:
            events.append(WebhookEvent(COURSE_UPDATED, users - done, course_id=course))
    return events


def plans_completed(completed: UsersById) -> list[WebhookEvent]:
    """One for each learning plan that somebody completed."""
    return [WebhookEvent(PLAN_COMPLETED, users, learning_plan_id=plan) for plan, users in completed.items()]


def users_deleted(courses: UsersById, plans: UsersById) -> list[WebhookEvent]:
    """What they were in, they leave. An assumption: no source says what a deleted user sends."""
    left = [WebhookEvent(PLAN_UNENROLLED, users, learning_plan_id=plan) for plan, users in plans.items()]
    return left + [WebhookEvent(COURSE_UNENROLLED, users, course_id=course) for course, users in courses.items()]


def course_deleted(course_id: int, enrolled: Set[int]) -> list[WebhookEvent]:
    """Everybody who was in it is unenrolled. An assumption: no source says what a deleted course sends."""
    return [WebhookEvent(COURSE_UNENROLLED, enrolled, course_id=course_id)] if enrolled else []
