"""What can be listed and read. Each function is one operation and one reading transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mock_lms.domain.errors import NotEnrolled
from mock_lms.services.learning_plans import require_learning_plan
from mock_lms.services.tenant import Tenant
from mock_lms.storage.catalog import COURSES, COURSES_OF_PLAN, LEARNING_PLANS, USERS
from mock_lms.storage.enrollment_lists import COURSE_ENROLLMENTS, LEARNING_PLAN_ENROLLMENTS
from mock_lms.storage.listing import Listing
from mock_lms.storage.listing import Page as Page
from mock_lms.storage.listing import Query as Query


def list_users(tenant: Tenant, query: Query) -> Page:
    return _page(tenant, USERS, query)


def list_courses(tenant: Tenant, query: Query) -> Page:
    return _page(tenant, COURSES, query)


list_learn_courses = list_courses


def list_learning_plans(tenant: Tenant, query: Query) -> Page:
    return _page(tenant, LEARNING_PLANS, query)


list_lp = list_learning_plans


def list_learning_plan_courses(tenant: Tenant, learning_plan_id: int, query: Query) -> Page:
    """The courses of the plan, in its order. Raises `LearningPlanNotFound`."""
    return _page_of_learning_plan(tenant, COURSES_OF_PLAN, learning_plan_id, query)


def list_course_enrollments(tenant: Tenant, query: Query) -> Page:
    return _page(tenant, COURSE_ENROLLMENTS, query)


def list_learning_plan_enrollments(tenant: Tenant, query: Query) -> Page:
    return _page(tenant, LEARNING_PLAN_ENROLLMENTS, query)


def list_learning_plan_course_enrollments(tenant: Tenant, learning_plan_id: int, query: Query) -> Page:
    """The plan's members' enrollments in the plan's courses. Raises `LearningPlanNotFound`."""
    return _page_of_learning_plan(tenant, COURSE_ENROLLMENTS, learning_plan_id, query)


def list_enrollments(tenant: Tenant, of_courses: Query | None, of_plans: Query | None) -> tuple[Page, Page]:
    """A page of one list of two: course enrollments first, then learning plan enrollments. None leaves a half out.

    Both queries ask for the same page; what the first half does not fill comes from the second.
    """
    nothing = Page((), [], 0)
    with tenant.database.read() as transaction:
        first = COURSE_ENROLLMENTS.page(transaction, of_courses) if of_courses else nothing
        if not of_plans:
            return first, nothing
        rest = replace(of_plans, limit=of_plans.limit - len(first.rows), offset=max(0, of_plans.offset - first.total))
        return first, LEARNING_PLAN_ENROLLMENTS.page(transaction, rest)


def get_enrollment(tenant: Tenant, course_id: int, user_id: int) -> dict[str, Any]:
    """One course enrollment, the columns of the list. Raises `NotEnrolled`."""
    with tenant.database.look() as transaction:
        page = COURSE_ENROLLMENTS.page(transaction, Query({"courses": [course_id], "users": [user_id]}))
    if not page.rows:
        raise NotEnrolled(user_id, course_id)
    return dict(zip(page.names, page.rows[0], strict=False))


def _page(tenant: Tenant, listing: Listing, query: Query) -> Page:
    with tenant.database.look() as transaction:
        return listing.page(transaction, query)


def _page_of_learning_plan(tenant: Tenant, listing: Listing, learning_plan_id: int, query: Query) -> Page:
    with tenant.database.read() as transaction:
        require_learning_plan(transaction, learning_plan_id)
        return listing.page(transaction, replace(query, filters={**query.filters, "plan": learning_plan_id}))
