"""Enrolling, unenrolling and updating in courses: one function an operation, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence, Set

from mock_lms.domain import enroll as enrolling
from mock_lms.domain import unenroll as unenrolling
from mock_lms.domain import update as updating
from mock_lms.domain import webhook_events
from mock_lms.domain.enrollments import UsersById
from mock_lms.domain.errors import CourseNotFound, HeldByLearningPlan, NotEnrolled, UserNotFound
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, enrollments, outbox
from mock_lms.storage.database import Transaction
from mock_lms.storage.tables import courses, learning_plans, users


def bulk_unenroll(tenant: Tenant, request: unenrolling.Request, actor_id: int) -> unenrolling.Decision:
    """Takes every user of the request from every course and learning plan of it, as far as the decision says.

    The answer is what was done. Source: 000_9274beae67eb45f9.txt; docebo-api.md 2.3.
    """
    with tenant.database.begin() as transaction:
        decision = unenrolling.plan(request, unenroll_facts(transaction, request), tenant.policy)
        _carry_out(transaction, request, decision, at=tenant.now(), actor_id=actor_id, batch=True)
    return decision


def unenroll(tenant: Tenant, course_id: int, user_id: int, actor_id: int) -> int:
    """Takes one user from one course; the id that the enrollment had, or 0 where the policy makes nothing of nothing.

    Raises `CourseNotFound`, `UserNotFound`, `NotEnrolled`, `HeldByLearningPlan`. Source: docebo-api.md 2.7.
    """
    request = unenrolling.Request((user_id,), (course_id,))
    with tenant.database.begin() as transaction:
        facts = unenroll_facts(transaction, request)
        _require(facts.courses, course_id, facts.users, user_id)
        decision = unenrolling.plan(request, facts, tenant.policy)
        for failure in decision.failures:
            if failure.reason is unenrolling.Reason.HELD_BY_PLAN:
                raise HeldByLearningPlan(user_id, course_id)
            if tenant.policy.unenroll_missing == "not_found":
                raise NotEnrolled(user_id, course_id)
        enrollment_id = enrollments.enrollment_id(transaction, course_id, user_id)
        _carry_out(transaction, request, decision, at=tenant.now(), actor_id=actor_id, batch=False)
    return enrollment_id


def unenroll_facts(transaction: Transaction, request: unenrolling.Request) -> unenrolling.Facts:
    """All that `domain.unenroll.plan` has to know, in seven reads."""
    plan_courses = catalog.courses_of(transaction, request.learning_plan_ids)
    concerned = set(request.course_ids).union(*plan_courses.values())
    others = catalog.plans_with(transaction, concerned) - plan_courses.keys()
    return unenrolling.Facts(
        users=catalog.known(transaction, users, request.user_ids),
        courses=catalog.known(transaction, courses, request.course_ids),
        learning_plans=catalog.known(transaction, learning_plans, request.learning_plan_ids),
        enrolled=enrollments.enrolled(transaction, concerned, request.user_ids),
        members=enrollments.members(transaction, others.union(request.learning_plan_ids), request.user_ids),
        plan_courses=plan_courses | catalog.courses_of(transaction, others),
    )


def _carry_out(
    transaction: Transaction,
    request: unenrolling.Request,
    decision: unenrolling.Decision,
    *,
    at: str,
    actor_id: int,
    batch: bool,
) -> None:
    enrollments.unenroll(transaction, decision.courses)
    enrollments.leave(transaction, decision.learning_plans)
    if request.reset_tracks:
        enrollments.wipe_tracks(transaction, decision.courses)
    if request.delete_certificates:
        enrollments.revoke_certificates(transaction, "course_id", decision.courses)
        enrollments.revoke_certificates(transaction, "learning_plan_id", decision.learning_plans)
    outbox.record(transaction, webhook_events.unenrolled(decision), at=at, actor_id=actor_id, batch=batch)


def bulk_enroll(
    tenant: Tenant,
    user_ids: Sequence[int],
    course_ids: Sequence[int],
    terms: enrolling.Terms,
    actor_id: int,
    *,
    atomic: bool = False,
) -> enrolling.Decision:
    """Enrolls every user in every course, as far as the decision says. Source: docebo-api.md 2.2."""
    with tenant.database.begin() as transaction:
        facts = enrolling.Facts(
            users=catalog.known(transaction, users, user_ids),
            courses=catalog.known(transaction, courses, course_ids),
            enrolled=enrollments.enrolled(transaction, set(course_ids), set(user_ids)),
        )
        decision = enrolling.plan(user_ids, course_ids, facts, atomic=atomic)
        enroll_in_courses(tenant, transaction, decision.courses, terms, actor_id)
        outbox.record(transaction, webhook_events.enrolled(decision), at=tenant.now(), actor_id=actor_id, batch=True)
    return decision


def enroll(tenant: Tenant, course_id: int, user_id: int, terms: enrolling.Terms, actor_id: int) -> enrolling.Decision:
    """Enrolls one user in one course. Raises `CourseNotFound`, `UserNotFound`. Source: docebo-api.md 2.5."""
    with tenant.database.begin() as transaction:
        facts = enrolling.Facts(
            users=catalog.known(transaction, users, (user_id,)),
            courses=catalog.known(transaction, courses, (course_id,)),
            enrolled=enrollments.enrolled(transaction, (course_id,), (user_id,)),
        )
        _require(facts.courses, course_id, facts.users, user_id)
        decision = enrolling.plan((user_id,), (course_id,), facts)
        enroll_in_courses(tenant, transaction, decision.courses, terms, actor_id)
        outbox.record(transaction, webhook_events.enrolled(decision), at=tenant.now(), actor_id=actor_id, batch=False)
    return decision


def enroll_in_courses(
    tenant: Tenant, transaction: Transaction, enrolling_users: UsersById, terms: enrolling.Terms, actor_id: int
) -> None:
    """Writes new enrollments, over what tracking there is or, if the policy says so, without it."""
    if tenant.policy.reenrollment == "discard":
        enrollments.wipe_tracks(transaction, enrolling_users)
    enrollments.enroll(transaction, enrolling_users, terms, at=tenant.now(), actor_id=actor_id)


def bulk_update_enrollments(
    tenant: Tenant, user_ids: Sequence[int], course_ids: Sequence[int], change: updating.Change, actor_id: int
) -> updating.Decision:
    """Gives every user's enrollment in every course the same values. Source: docebo-api.md 2.4."""
    with tenant.database.begin() as transaction:
        decision = _decide_update(tenant, transaction, user_ids, course_ids, change)
        _write_update(tenant, transaction, decision, actor_id, batch=True)
    return decision


def update_enrollment(
    tenant: Tenant, course_id: int, user_id: int, change: updating.Change, actor_id: int
) -> updating.Decision:
    """Gives one enrollment new values. Raises `CourseNotFound`, `UserNotFound`. Source: docebo-api.md 2.5."""
    with tenant.database.begin() as transaction:
        _require(
            catalog.known(transaction, courses, (course_id,)),
            course_id,
            catalog.known(transaction, users, (user_id,)),
            user_id,
        )
        decision = _decide_update(tenant, transaction, (user_id,), (course_id,), change)
        _write_update(tenant, transaction, decision, actor_id, batch=False)
    return decision


def _decide_update(
    tenant: Tenant,
    transaction: Transaction,
    user_ids: Sequence[int],
    course_ids: Sequence[int],
    change: updating.Change,
) -> updating.Decision:
    wanted = set(course_ids), set(user_ids)
    facts = updating.Facts(
        enrolled=enrollments.enrolled(transaction, *wanted),
        completed=enrollments.completed(transaction, *wanted),
        certified=enrollments.certified(transaction, "course_id", *wanted),
        certifying=catalog.certificate_titles(transaction, courses, course_ids).keys(),
    )
    return updating.plan(user_ids, course_ids, change, facts, tenant.now())


def _write_update(
    tenant: Tenant, transaction: Transaction, decision: updating.Decision, actor_id: int, *, batch: bool
) -> None:
    at = tenant.now()
    enrollments.update_enrollments(transaction, decision.updated, decision.enrollment)
    enrollments.update_tracks(
        transaction,
        decision.updated,
        decision.tracking,
        if_empty=decision.tracking_if_empty,
        if_completed=decision.tracking_if_completed,
    )
    titles = catalog.certificate_titles(transaction, courses, decision.certificates.keys())
    enrollments.issue_certificates(transaction, "course_id", decision.certificates, titles, at=at)
    completed = _complete_learning_plans(transaction, decision.completing, at=at)
    happened = webhook_events.updated(decision) + webhook_events.plans_completed(completed)
    outbox.record(transaction, happened, at=at, actor_id=actor_id, batch=batch)


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


def _require(known_courses: Set[int], course_id: int, known_users: Set[int], user_id: int) -> None:
    if course_id not in known_courses:
        raise CourseNotFound(course_id)
    if user_id not in known_users:
        raise UserNotFound(user_id)
