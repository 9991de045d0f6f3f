"""Enrolling in courses: one function an operation, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence

from mock_lms.domain import webhook_events
from mock_lms.domain.enroll import Decision, Facts, Terms, decide
from mock_lms.domain.enrollments import UsersById
from mock_lms.services.catalog import require_course_and_user
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, enrollment_rows, enrollments, outbox
from mock_lms.storage.database import Transaction
from mock_lms.storage.tables import courses, users


def bulk_enroll(
    tenant: Tenant,
    user_ids: Sequence[int],
    course_ids: Sequence[int],
    terms: Terms,
    actor_id: int,
    *,
    atomic: bool = False,
) -> Decision:
    """Enrolls every user in every course, as far as the decision says. Source: docebo-api.md 2.2."""
    with tenant.database.begin() as transaction:
        facts = Facts(
            users=catalog.known(transaction, users, user_ids),
            courses=catalog.known(transaction, courses, course_ids),
            enrolled=enrollments.enrolled(transaction, set(course_ids), set(user_ids)),
        )
        decision = decide(user_ids, course_ids, facts, atomic=atomic)
        enroll_in_courses(tenant, transaction, decision.courses, terms, actor_id)
        outbox.record(
            transaction, webhook_events.enrolled(decision.courses), at=tenant.now(), actor_id=actor_id, batch=True
        )
    return decision


def enroll(tenant: Tenant, course_id: int, user_id: int, terms: Terms, actor_id: int) -> Decision:
    """Enrolls one user in one course. Raises `CourseNotFound`, `UserNotFound`. Source: docebo-api.md 2.5."""
    with tenant.database.begin() as transaction:
        facts = Facts(
            users=catalog.known(transaction, users, (user_id,)),
            courses=catalog.known(transaction, courses, (course_id,)),
            enrolled=enrollments.enrolled(transaction, (course_id,), (user_id,)),
        )
        require_course_and_user(facts.courses, course_id, facts.users, user_id)
        decision = decide((user_id,), (course_id,), facts)
        enroll_in_courses(tenant, transaction, decision.courses, terms, actor_id)
        outbox.record(
            transaction, webhook_events.enrolled(decision.courses), at=tenant.now(), actor_id=actor_id, batch=False
        )
    return decision


def enroll_in_courses(
    tenant: Tenant, transaction: Transaction, new_users: UsersById, terms: Terms, actor_id: int
) -> None:
    """Writes new enrollments, over what tracking there is or, if the policy says so, without it."""
    _apply_reenrollment(tenant, transaction, new_users)
    enrollments.enroll(transaction, new_users, terms, at=tenant.now(), actor_id=actor_id)


def enroll_each(
    tenant: Tenant, transaction: Transaction, new: Sequence[tuple[int, int, Terms]], actor_id: int
) -> UsersById:
    """The same for pairs of course and user, each on its own terms. Returns who is new in each course."""
    new_users: dict[int, set[int]] = {}
    for course, user, _ in new:
        new_users.setdefault(course, set()).add(user)
    _apply_reenrollment(tenant, transaction, new_users)
    enrollment_rows.enroll(transaction, new, at=tenant.now(), actor_id=actor_id)
    return new_users


def _apply_reenrollment(tenant: Tenant, transaction: Transaction, new_users: UsersById) -> None:
    if tenant.policy.reenrollment == "discard":
        enrollments.wipe_tracks(transaction, new_users)
