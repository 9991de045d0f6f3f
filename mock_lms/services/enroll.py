"""Enrolling in courses: one function an operation, one transaction each."""

from __future__ import annotations

from collections.abc import Sequence

from mock_lms.domain import webhook_events
from mock_lms.domain.enroll import MOST_PAIRS, Decision, Facts, Terms, Whom, decide
from mock_lms.domain.enrollments import UsersById
from mock_lms.domain.errors import InvalidRequest
from mock_lms.services.catalog import require_course_and_user
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, enrollment_rows, enrollments, outbox, people_writes
from mock_lms.storage.database import Transaction
from mock_lms.storage.tables import branch_members, branches, courses, group_members, user_groups, users


def bulk_enroll(
    tenant: Tenant,
    whom: Whom,
    course_ids: Sequence[int],
    terms: Terms,
    actor_id: int,
    *,
    atomic: bool = False,
) -> Decision:
    """Enrolls everybody who is named in every course, as far as the decision says. Source: docebo-api.md 2.2.

    Raises `InvalidRequest` for a group or a branch that does not exist, and for too many people in those.
    """
    with tenant.database.begin() as transaction:
        user_ids = _users_of(transaction, whom)
        if len(user_ids) * len(course_ids) > MOST_PAIRS:
            most = MOST_PAIRS // len(course_ids)
            raise InvalidRequest(
                "group_ids, branch_ids", f"{len(user_ids):,} users are more than the {most:,} of a call."
            )
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


def _users_of(transaction: Transaction, whom: Whom) -> Sequence[int]:
    """The users by themselves, then those of the groups and branches."""
    of_groups: set[int] = set()
    for kind, ids, table, links in (
        ("group", whom.group_ids, user_groups, group_members),
        ("branch", whom.branch_ids, branches, branch_members),
    ):
        known = catalog.known(transaction, table, ids)
        if unknown := [number for number in ids if number not in known]:
            raise InvalidRequest(f"{kind}_ids", f"{kind} {unknown[0]} does not exist.")
        of_groups |= people_writes.members_of(transaction, links, ids)
    return [*whom.user_ids, *sorted(of_groups)]


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
