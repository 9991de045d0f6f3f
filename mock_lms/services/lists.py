"""What can be listed and read. Each function is one operation and one reading transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mock_lms.domain.errors import NotEnrolled
from mock_lms.services.learning_plans import require_learning_plan
from mock_lms.services.oauth2 import Actor
from mock_lms.services.tenant import Tenant
from mock_lms.storage.catalog import COURSES, COURSES_OF_PLAN, LEARNING_PLANS, courses_of
from mock_lms.storage.course_lists import LEARN_COURSES
from mock_lms.storage.enrollment_lists import COURSE_ENROLLMENTS, LEARNING_PLAN_ENROLLMENTS
from mock_lms.storage.listing import Listing
from mock_lms.storage.listing import Page as Page
from mock_lms.storage.listing import Query as Query


def list_courses(tenant: Tenant, query: Query) -> Page:
    return _page(tenant, COURSES, query)


def list_learn_courses(tenant: Tenant, query: Query) -> Page:
    """The same courses, with what only the service *learn* tells of them."""
    return _page(tenant, LEARN_COURSES, query)


def list_learning_plans(tenant: Tenant, query: Query) -> Page:
    return _page(tenant, LEARNING_PLANS, query)


def list_lp(tenant: Tenant, query: Query, *, with_courses: bool = False) -> Page:
    """The same list and, if wanted, a column `plan_courses`: those of each plan, in its order."""
    if not with_courses:
        return list_learning_plans(tenant, query)
    with tenant.database.read() as transaction:
        page = LEARNING_PLANS.page(transaction, query)
        width, id_at = len(page.names), page.names.index("id")
        courses = courses_of(transaction, [row[id_at] for row in page.rows])
    rows = [(*row[:width], [{"id_course": course} for course in courses.get(row[id_at], ())]) for row in page.rows]
    return Page((*page.names, "plan_courses"), rows, page.total)


def list_learning_plan_courses(tenant: Tenant, learning_plan_id: int, query: Query) -> Page:
    """The courses of the plan, in its order. Raises `LearningPlanNotFound`."""
    return _page_of_learning_plan(tenant, COURSES_OF_PLAN, learning_plan_id, query)


def list_survey_answers(_: Tenant, survey_id: int) -> list[Any]:  # noqa: ARG001 -- there is no survey to look up
    """None: nobody is ever asked."""
    return []


def list_course_enrollments(tenant: Tenant, query: Query) -> Page:
    return _page(tenant, COURSE_ENROLLMENTS, query)


def list_learning_plan_enrollments(tenant: Tenant, query: Query) -> Page:
    return _page(tenant, LEARNING_PLAN_ENROLLMENTS, query)


def list_learning_plan_course_enrollments(tenant: Tenant, learning_plan_id: int, query: Query) -> Page:
    """The plan's members' enrollments in the plan's courses. Raises `LearningPlanNotFound`."""
    return _page_of_learning_plan(tenant, COURSE_ENROLLMENTS, learning_plan_id, query)


def list_enrollments(tenant: Tenant, query: Query, actor: Actor) -> tuple[Page, Page]:
    """A page of one list of two halves: course enrollments first, then learning plan enrollments.

    The filters `users`, `statuses`, `search`, `updated_from` and `updated_to` concern both halves; `courses`,
    `course_codes`, `level` and `outside_plans` concern the first, `plans` and `plan_codes` the second. `types` names
    types of courses, or `learning_plan` for the second half. An actor who is no superadmin sees only their own
    enrollments.
    """
    if not actor.is_superadmin:
        query = replace(query, filters={**query.filters, "users": [actor.user_id]})
    of_courses, of_plans = _halves(query)
    nothing = Page((), [], 0)
    with tenant.database.read() as transaction:
        first = COURSE_ENROLLMENTS.page(transaction, of_courses) if of_courses else nothing
        if not of_plans:
            return first, nothing
        # what course enrollments do not fill of the page comes from the second half
        rest = replace(of_plans, limit=of_plans.limit - len(first.rows), offset=max(0, of_plans.offset - first.total))
        return first, LEARNING_PLAN_ENROLLMENTS.page(transaction, rest)


def _halves(query: Query) -> tuple[Query | None, Query | None]:
    """The queries of course enrollments and of learning plan enrollments; None for a half that a filter leaves out."""
    filters = query.filters
    both = {name: filters.get(name) for name in ("users", "statuses", "search", "updated_from", "updated_to")}
    courses = {"courses": filters.get("courses"), "codes": filters.get("course_codes")}
    plans = {"plans": filters.get("plans"), "codes": filters.get("plan_codes")}
    names_courses, names_plans = any(courses.values()), any(plans.values())
    types, level = filters.get("types") or [], filters.get("level")
    course_types = [kind for kind in types if kind != "learning_plan"]
    of_courses = of_plans = None
    if (names_courses or not names_plans) and (course_types or not types):
        levels = [level] if level else None
        outside_plans = filters.get("outside_plans") or None  # any value switches it on
        own = {**courses, "types": course_types, "levels": levels, "outside_plans": outside_plans}
        of_courses = replace(query, filters=both | own)
    if (names_plans or not names_courses) and ("learning_plan" in types or not types) and not level:
        of_plans = replace(query, filters=both | plans)
    return of_courses, of_plans


def get_enrollment(tenant: Tenant, course_id: int, user_id: int, actor: Actor) -> dict[str, Any]:
    """One course enrollment, the columns of the list. Raises `NotEnrolled`.

    To an actor who is no superadmin nobody else is enrolled.
    """
    if not actor.is_superadmin and actor.user_id != user_id:
        raise NotEnrolled(user_id, course_id)
    with tenant.database.look() as transaction:
        names, rows = COURSE_ENROLLMENTS.rows(transaction, [(course_id, user_id)])
    if not rows:
        raise NotEnrolled(user_id, course_id)
    return dict(zip(names, rows[0], strict=False))


def _page(tenant: Tenant, listing: Listing, query: Query) -> Page:
    with tenant.database.read() as transaction:
        return listing.page(transaction, query)


def _page_of_learning_plan(tenant: Tenant, listing: Listing, learning_plan_id: int, query: Query) -> Page:
    with tenant.database.read() as transaction:
        require_learning_plan(transaction, learning_plan_id)
        return listing.page(transaction, replace(query, filters={**query.filters, "plan": learning_plan_id}))
