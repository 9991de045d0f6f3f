"""Updating enrollments, and what follows from a completion: one function an operation, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence

from mock_lms.domain import webhook_events
from mock_lms.domain.enrollments import UsersById
from mock_lms.domain.update import Change, Decision, Facts, decide
from mock_lms.services.catalog import require_course_and_user
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, enrollments, outbox
from mock_lms.storage.database import Transaction
from mock_lms.storage.tables import courses, learning_plans, users


def bulk_update_enrollments(
    tenant: Tenant, user_ids: Sequence[int], course_ids: Sequence[int], change: Change, actor_id: int
) -> Decision:
    """Gives every user's enrollment in every course the same values. Source: docebo-api.md 2.4."""
    with tenant.database.begin() as transaction:
        decision = _decide_update(tenant, transaction, user_ids, course_ids, change)
        _write_update(tenant, transaction, decision, actor_id, batch=True)
    return decision


def update_enrollment(tenant: Tenant, course_id: int, user_id: int, change: Change, actor_id: int) -> Decision:
    """Gives one enrollment new values. Raises `CourseNotFound`, `UserNotFound`. Source: docebo-api.md 2.5."""
    with tenant.database.begin() as transaction:
        require_course_and_user(
            catalog.known(transaction, courses, (course_id,)),
            course_id,
            catalog.known(transaction, users, (user_id,)),
            user_id,
        )
        decision = _decide_update(tenant, transaction, (user_id,), (course_id,), change)
        _write_update(tenant, transaction, decision, actor_id, batch=False)
    return decision


def update_facts(transaction: Transaction, course_ids: Sequence[int], user_ids: Sequence[int]) -> Facts:
    """All that `domain.update.decide` has to know, in four reads."""
    wanted = set(course_ids), set(user_ids)
    return Facts(
        enrolled=enrollments.enrolled(transaction, *wanted),
        completed=enrollments.completed(transaction, *wanted),
        certified=enrollments.certified(transaction, "course_id", *wanted),
        certifying=catalog.certificate_titles(transaction, courses, course_ids).keys(),
    )


def _decide_update(
    tenant: Tenant,
    transaction: Transaction,
    user_ids: Sequence[int],
    course_ids: Sequence[int],
    change: Change,
) -> Decision:
    return decide(user_ids, course_ids, change, update_facts(transaction, course_ids, user_ids), tenant.now())


def _write_update(tenant: Tenant, transaction: Transaction, decision: Decision, actor_id: int, *, batch: bool) -> None:
    enrollments.update_enrollments(transaction, decision.updated, decision.enrollment)
    enrollments.update_tracks(
        transaction,
        decision.updated,
        decision.tracking,
        if_empty=decision.tracking_if_empty,
        if_completed=decision.tracking_if_completed,
    )
    completed = complete(transaction, decision.completing, decision.certificates, at=tenant.now())
    events = webhook_events.updated(decision.updated, decision.completing) + webhook_events.plans_completed(completed)
    outbox.record(transaction, events, at=tenant.now(), actor_id=actor_id, batch=batch)


def complete(transaction: Transaction, completing: UsersById, certificates: UsersById, *, at: str) -> UsersById:
    """What follows from completing these courses: their certificates, and the learning plans that are complete now.

    Who gets the courses' `certificates` is decided. Returns who completed each plan.
    """
    titles = catalog.certificate_titles(transaction, courses, certificates.keys())
    enrollments.issue_certificates(transaction, "course_id", certificates, titles, at=at)
    return _complete_learning_plans(transaction, completing, at=at)


def _complete_learning_plans(transaction: Transaction, completing: UsersById, *, at: str) -> UsersById:
    """Who completed a learning plan by completing these courses. Issues the plans' certificates."""
    plan_courses = catalog.courses_of(transaction, catalog.plans_with(transaction, completing.keys()))
    everybody = frozenset().union(*completing.values())
    completed = {}
    for plan, finishers in enrollments.finished(transaction, plan_courses.keys(), everybody).items():
        now = frozenset().union(*(completing.get(course, ()) for course in plan_courses[plan]))
        if finishers & now:
            completed[plan] = finishers & now
    titles = catalog.certificate_titles(transaction, learning_plans, completed.keys())
    held = enrollments.certified(transaction, "learning_plan_id", titles.keys(), everybody)
    new = {plan: completed[plan] - held.get(plan, frozenset()) for plan in titles}
    new = {plan: users_ for plan, users_ in new.items() if users_}
    enrollments.issue_certificates(transaction, "learning_plan_id", new, titles, at=at)
    return completed
