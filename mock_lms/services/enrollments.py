"""Enrolling, unenrolling and updating in courses: one function an operation, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence, Set

from mock_lms.domain import enroll as enrolling
from mock_lms.domain import events
from mock_lms.domain import unenroll as unenrolling
from mock_lms.domain import update as updating
from mock_lms.domain.enrollments import UsersById
from mock_lms.domain.errors import CourseNotFound, HeldByLearningPlan, NotEnrolled, UserNotFound
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, enrollments, outbox
from mock_lms.storage.database import Session
from mock_lms.storage.tables import courses, learning_plans, users


def bulk_unenroll(tenant: Tenant, request: unenrolling.Request, actor_id: int) -> unenrolling.Decision:
    """Takes every user of the request from every course and learning plan of it, as far as the decision says.

    The answer is what was done. Source: 000_9274beae67eb45f9.txt; docebo-api.md 2.3.
    """
    with tenant.database.begin() as session:
        decision = unenrolling.plan(request, unenroll_facts(session, request), tenant.policy)
        _carry_out(session, request, decision, at=tenant.now(), actor_id=actor_id, batch=True)
    return decision


def unenroll(tenant: Tenant, course_id: int, user_id: int, actor_id: int) -> int:
    """Takes one user from one course; the id that the enrollment had, or 0 where the policy makes nothing of nothing.

    Raises `CourseNotFound`, `UserNotFound`, `NotEnrolled`, `HeldByLearningPlan`. Source: docebo-api.md 2.7.
    """
    request = unenrolling.Request((user_id,), (course_id,))
    with tenant.database.begin() as session:
        facts = unenroll_facts(session, request)
        _require(facts.courses, course_id, facts.users, user_id)
        decision = unenrolling.plan(request, facts, tenant.policy)
        for failure in decision.failures:
            if failure.reason is unenrolling.Reason.HELD_BY_PLAN:
                raise HeldByLearningPlan(user_id, course_id)
            if tenant.policy.unenroll_missing == "not_found":
                raise NotEnrolled(user_id, course_id)
        enrollment_id = enrollments.enrollment_id(session, course_id, user_id)
        _carry_out(session, request, decision, at=tenant.now(), actor_id=actor_id, batch=False)
    return enrollment_id


def unenroll_facts(session: Session, request: unenrolling.Request) -> unenrolling.Facts:
    """All that `domain.unenroll.plan` has to know, in seven reads."""
    plan_courses = catalog.courses_of(session, request.learning_plan_ids)
    concerned = set(request.course_ids).union(*plan_courses.values())
    others = catalog.plans_with(session, concerned) - plan_courses.keys()
    return unenrolling.Facts(
        users=catalog.known(session, users, request.user_ids),
        courses=catalog.known(session, courses, request.course_ids),
        learning_plans=catalog.known(session, learning_plans, request.learning_plan_ids),
        enrolled=enrollments.enrolled(session, concerned, request.user_ids),
        members=enrollments.members(session, others.union(request.learning_plan_ids), request.user_ids),
        plan_courses=plan_courses | catalog.courses_of(session, others),
    )


def _carry_out(
    session: Session,
    request: unenrolling.Request,
    decision: unenrolling.Decision,
    *,
    at: str,
    actor_id: int,
    batch: bool,
) -> None:
    enrollments.unenroll(session, decision.courses)
    enrollments.leave(session, decision.learning_plans)
    if request.reset_tracks:
        enrollments.wipe_tracks(session, decision.courses)
    if request.delete_certificates:
        enrollments.revoke_certificates(session, "course_id", decision.courses)
        enrollments.revoke_certificates(session, "learning_plan_id", decision.learning_plans)
    outbox.record(session, events.unenrolled(decision), at=at, actor_id=actor_id, batch=batch)


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
    with tenant.database.begin() as session:
        facts = enrolling.Facts(
            users=catalog.known(session, users, user_ids),
            courses=catalog.known(session, courses, course_ids),
            enrolled=enrollments.enrolled(session, set(course_ids), set(user_ids)),
        )
        decision = enrolling.plan(user_ids, course_ids, facts, atomic=atomic)
        enroll_in_courses(tenant, session, decision.courses, terms, actor_id)
        outbox.record(session, events.enrolled(decision), at=tenant.now(), actor_id=actor_id, batch=True)
    return decision


def enroll(tenant: Tenant, course_id: int, user_id: int, terms: enrolling.Terms, actor_id: int) -> enrolling.Decision:
    """Enrolls one user in one course. Raises `CourseNotFound`, `UserNotFound`. Source: docebo-api.md 2.5."""
    with tenant.database.begin() as session:
        facts = enrolling.Facts(
            users=catalog.known(session, users, (user_id,)),
            courses=catalog.known(session, courses, (course_id,)),
            enrolled=enrollments.enrolled(session, (course_id,), (user_id,)),
        )
        _require(facts.courses, course_id, facts.users, user_id)
        decision = enrolling.plan((user_id,), (course_id,), facts)
        enroll_in_courses(tenant, session, decision.courses, terms, actor_id)
        outbox.record(session, events.enrolled(decision), at=tenant.now(), actor_id=actor_id, batch=False)
    return decision


def enroll_in_courses(
    tenant: Tenant, session: Session, enrolling_users: UsersById, terms: enrolling.Terms, actor_id: int
) -> None:
    """Writes new enrollments, over what tracking there is or, if the policy says so, without it."""
    if tenant.policy.reenrollment == "discard":
        enrollments.wipe_tracks(session, enrolling_users)
    enrollments.enroll(session, enrolling_users, terms, at=tenant.now(), actor_id=actor_id)


def bulk_update_enrollments(
    tenant: Tenant, user_ids: Sequence[int], course_ids: Sequence[int], change: updating.Change, actor_id: int
) -> updating.Decision:
    """Gives every user's enrollment in every course the same values. Source: docebo-api.md 2.4."""
    with tenant.database.begin() as session:
        decision = _decide_update(tenant, session, user_ids, course_ids, change)
        _write_update(tenant, session, decision, actor_id, batch=True)
    return decision


def update_enrollment(
    tenant: Tenant, course_id: int, user_id: int, change: updating.Change, actor_id: int
) -> updating.Decision:
    """Gives one enrollment new values. Raises `CourseNotFound`, `UserNotFound`. Source: docebo-api.md 2.5."""
    with tenant.database.begin() as session:
        _require(
            catalog.known(session, courses, (course_id,)), course_id, catalog.known(session, users, (user_id,)), user_id
        )
        decision = _decide_update(tenant, session, (user_id,), (course_id,), change)
        _write_update(tenant, session, decision, actor_id, batch=False)
    return decision


def _decide_update(
    tenant: Tenant, session: Session, user_ids: Sequence[int], course_ids: Sequence[int], change: updating.Change
) -> updating.Decision:
    wanted = set(course_ids), set(user_ids)
    facts = updating.Facts(
        enrolled=enrollments.enrolled(session, *wanted),
        completed=enrollments.completed(session, *wanted),
        certified=enrollments.certified(session, "course_id", *wanted),
        certifying=catalog.certificate_titles(session, courses, course_ids).keys(),
    )
    return updating.plan(user_ids, course_ids, change, facts, tenant.now())


def _write_update(tenant: Tenant, session: Session, decision: updating.Decision, actor_id: int, *, batch: bool) -> None:
    at = tenant.now()
    enrollments.update_enrollments(session, decision.updated, decision.enrollment)
    enrollments.update_tracks(
        session,
        decision.updated,
        decision.tracking,
        if_empty=decision.tracking_if_empty,
        if_completed=decision.tracking_if_completed,
    )
    titles = catalog.certificate_titles(session, courses, decision.certificates.keys())
    enrollments.issue_certificates(session, "course_id", decision.certificates, titles, at=at)
    completed = _complete_learning_plans(session, decision.completing, at=at)
    happened = events.updated(decision) + events.plans_completed(completed)
    outbox.record(session, happened, at=at, actor_id=actor_id, batch=batch)


def _complete_learning_plans(session: Session, completing: UsersById, *, at: str) -> UsersById:
    """Who completed a learning plan by completing these courses. Issues the plans' certificates."""
    plan_courses = catalog.courses_of(session, catalog.plans_with(session, completing.keys()))
    everybody = frozenset().union(*completing.values())
    completed = {}
    for plan, finishers in enrollments.finished(session, plan_courses.keys(), everybody).items():
        now = frozenset().union(*(completing.get(course, ()) for course in plan_courses[plan]))
        if finishers & now:
            completed[plan] = finishers & now
    titles = catalog.certificate_titles(session, learning_plans, completed.keys())
    held = enrollments.certified(session, "learning_plan_id", titles.keys(), everybody)
    new = {plan: completed[plan] - held.get(plan, frozenset()) for plan in titles}
    new = {plan: users_ for plan, users_ in new.items() if users_}
    enrollments.issue_certificates(session, "learning_plan_id", new, titles, at=at)
    return completed


def _require(known_courses: Set[int], course_id: int, known_users: Set[int], user_id: int) -> None:
    if course_id not in known_courses:
        raise CourseNotFound(course_id)
    if user_id not in known_users:
        raise UserNotFound(user_id)
