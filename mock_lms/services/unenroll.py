"""Unenrolling from courses and learning plans: one function an operation, one transaction each."""

from __future__ import annotations

from mock_lms.domain import webhook_events
from mock_lms.domain.errors import HeldByLearningPlan, NotEnrolled, SingularPath
from mock_lms.domain.unenroll import Decision, Facts, Reason, Request, decide, prepare
from mock_lms.services.catalog import require_course_and_user
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, enrollments, outbox
from mock_lms.storage.database import Transaction
from mock_lms.storage.tables import courses, learning_plans, users


def bulk_unenroll(tenant: Tenant, request: Request, actor_id: int) -> Decision:
    """Takes every user of the request from every course and learning plan of it, as far as the decision says.

    The request is as it was made: cap, placeholders and policy are applied here. Returns what was done. Raises
    `TooManyUsers`, `NoTarget`. Source: 000_9274beae67eb45f9.txt; docebo-api.md 2.3.
    """
    request = prepare(request, tenant.policy)
    with tenant.database.begin() as transaction:
        decision = decide(request, unenroll_facts(transaction, request), tenant.policy)
        carry_out(transaction, request, decision, at=tenant.now(), actor_id=actor_id, batch=True)
    return decision


def unenroll(tenant: Tenant, course_id: int, user_id: int, actor_id: int) -> int:
    """Takes one user from one course; the id that the enrollment had, or 0 where the policy makes nothing of nothing.

    Raises `CourseNotFound`, `UserNotFound`, `NotEnrolled`, `HeldByLearningPlan`. Source: docebo-api.md 2.7.
    """
    request = Request((user_id,), (course_id,))
    with tenant.database.begin() as transaction:
        facts = unenroll_facts(transaction, request)
        require_course_and_user(facts.courses, course_id, facts.users, user_id)
        decision = decide(request, facts, tenant.policy)
        for failure in decision.failures:
            if failure.reason is Reason.HELD_BY_PLAN:
                raise HeldByLearningPlan(user_id, course_id)
            if tenant.policy.unenroll_missing == "not_found":
                raise NotEnrolled(user_id, course_id)
        enrollment_id = enrollments.enrollment_id(transaction, course_id, user_id)
        carry_out(transaction, request, decision, at=tenant.now(), actor_id=actor_id, batch=False)
    return enrollment_id


def unenroll_singular(tenant: Tenant, course_id: int, user_id: int, actor_id: int) -> int:
    """The same by the path in the singular, if the policy serves that. Raises what `unenroll` raises, `SingularPath`.

    Source: 001_fdc44a763af984bb.txt.
    """
    if tenant.policy.singular_path == "not_found":
        raise SingularPath(course_id, user_id)
    return unenroll(tenant, course_id, user_id, actor_id)


def unenroll_facts(transaction: Transaction, request: Request) -> Facts:
    """All that `domain.unenroll.decide` has to know, in at most eight reads."""
    plan_courses = catalog.courses_of(transaction, request.learning_plan_ids)
    concerned = set(request.course_ids).union(*plan_courses.values())
    others = catalog.plans_with(transaction, concerned) - plan_courses.keys()
    return Facts(
        users=catalog.known(transaction, users, request.user_ids),
        courses=catalog.known(transaction, courses, request.course_ids),
        learning_plans=catalog.known(transaction, learning_plans, request.learning_plan_ids),
        enrolled=enrollments.enrolled(transaction, concerned, request.user_ids),
        members=enrollments.members(transaction, others.union(request.learning_plan_ids), request.user_ids),
        plan_courses=plan_courses | catalog.courses_of(transaction, others),
    )


def carry_out(
    transaction: Transaction,
    request: Request,
    decision: Decision,
    *,
    at: str,
    actor_id: int,
    batch: bool,
) -> None:
    """Writes what was decided, and what follows from it."""
    enrollments.unenroll(transaction, decision.courses)
    enrollments.leave(transaction, decision.learning_plans)
    if request.reset_tracks:
        enrollments.wipe_tracks(transaction, decision.courses)
    if request.delete_certificates:
        enrollments.revoke_certificates(transaction, "course_id", decision.courses)
        enrollments.revoke_certificates(transaction, "learning_plan_id", decision.learning_plans)
    outbox.record(transaction, webhook_events.unenrolled(decision), at=at, actor_id=actor_id, batch=batch)
