"""Learning plans: creating them, putting courses into them, enrolling in them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from mock_lms.domain import enroll, webhook_events
from mock_lms.domain.enrollments import distinct
from mock_lms.domain.errors import LearningPlanNotFound, UserNotFound
from mock_lms.services.enroll import enroll_in_courses
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, enrollments, outbox
from mock_lms.storage.database import Transaction
from mock_lms.storage.listing import Query
from mock_lms.storage.tables import courses, learning_plans, users


def get_learning_plan(tenant: Tenant, learning_plan_id: int) -> dict[str, Any]:
    """The columns that the list has. Raises `LearningPlanNotFound`."""
    with tenant.database.look() as transaction:
        return _learning_plan(transaction, learning_plan_id)


def get_lp(tenant: Tenant, learning_plan_id: int) -> dict[str, Any]:
    """The same columns, and `plan_courses`: the ids of its courses, in its order. Raises `LearningPlanNotFound`."""
    with tenant.database.read() as transaction:
        row = _learning_plan(transaction, learning_plan_id)
        plan_courses = catalog.courses_of(transaction, (learning_plan_id,)).get(learning_plan_id, [])
    return row | {"plan_courses": plan_courses}


def _learning_plan(transaction: Transaction, learning_plan_id: int) -> dict[str, Any]:
    page = catalog.LEARNING_PLANS.page(transaction, Query({"plan": learning_plan_id}, limit=1))
    if not page.rows:
        raise LearningPlanNotFound(learning_plan_id)
    return dict(zip(page.names, page.rows[0], strict=False))


def create_learning_plan(tenant: Tenant, values: Mapping[str, Any]) -> int:
    """A new learning plan of these columns, without courses; the id."""
    now = tenant.now()
    columns = {"uuid": str(uuid.uuid4()), **values, "created_at": now, "updated_at": now}
    with tenant.database.begin() as transaction:
        return catalog.create(transaction, learning_plans, columns)


def add_learning_plan_courses(
    tenant: Tenant, learning_plan_id: int, course_ids: Sequence[int]
) -> tuple[list[int], list[str]]:
    """Appends the courses that exist and that the plan does not have; these, and a sentence for each other one.

    Raises `LearningPlanNotFound`.
    """
    added, errors = [], []
    with tenant.database.begin() as transaction:
        require_learning_plan(transaction, learning_plan_id)
        plan_courses = catalog.courses_of(transaction, (learning_plan_id,)).get(learning_plan_id, [])
        known = catalog.known(transaction, courses, course_ids)
        for course in distinct(course_ids):
            if course not in known:
                errors.append(f"Course {course} does not exist.")
            elif course in plan_courses:
                errors.append(f"Learning plan {learning_plan_id} contains course {course} already.")
            else:
                added.append(course)
        catalog.append_courses(transaction, learning_plan_id, added)
    return added, errors


def bulk_enroll_in_learning_plan(
    tenant: Tenant, learning_plan_id: int, user_ids: Sequence[int], terms: enroll.Terms, actor_id: int
) -> enroll.PlanDecision:
    """Enrolls the users in the learning plan, and in its courses if the policy says so.

    Raises `LearningPlanNotFound`. Source: docebo-api.md 2.13.
    """
    with tenant.database.begin() as transaction:
        require_learning_plan(transaction, learning_plan_id)
        return _join(tenant, transaction, learning_plan_id, user_ids, terms, actor_id, batch=True)


def enroll_in_learning_plan(tenant: Tenant, learning_plan_id: int, user_id: int, actor_id: int) -> enroll.PlanDecision:
    """Enrolls one user. Raises `LearningPlanNotFound`, `UserNotFound`."""
    with tenant.database.begin() as transaction:
        require_learning_plan(transaction, learning_plan_id)
        if not catalog.known(transaction, users, (user_id,)):
            raise UserNotFound(user_id)
        return _join(tenant, transaction, learning_plan_id, (user_id,), enroll.Terms(), actor_id, batch=False)


enroll_in_lp = enroll_in_learning_plan
"""The older call does the same."""


def _join(
    tenant: Tenant,
    transaction: Transaction,
    learning_plan_id: int,
    user_ids: Sequence[int],
    terms: enroll.Terms,
    actor_id: int,
    *,
    batch: bool,
) -> enroll.PlanDecision:
    plan_courses = catalog.courses_of(transaction, (learning_plan_id,)).get(learning_plan_id, [])
    wanted = set(user_ids)
    facts = enroll.PlanFacts(
        users=catalog.known(transaction, users, wanted),
        members=enrollments.members(transaction, (learning_plan_id,), wanted).get(learning_plan_id, frozenset()),
        plan_courses=plan_courses,
        enrolled=enrollments.enrolled(transaction, plan_courses, wanted),
    )
    decision = enroll.decide_in_learning_plan(user_ids, facts, tenant.policy)
    at = tenant.now()
    if decision.joining:
        enrollments.join(transaction, learning_plan_id, decision.joining, terms, at=at, actor_id=actor_id)
        enroll_in_courses(tenant, transaction, decision.courses, terms, actor_id)
        events = webhook_events.joined(learning_plan_id, decision)
        outbox.record(transaction, events, at=at, actor_id=actor_id, batch=batch)
    return decision


def require_learning_plan(transaction: Transaction, learning_plan_id: int) -> None:
    """Raises `LearningPlanNotFound` where there is none."""
    if not catalog.known(transaction, learning_plans, (learning_plan_id,)):
        raise LearningPlanNotFound(learning_plan_id)
