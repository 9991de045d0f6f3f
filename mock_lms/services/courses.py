"""One course: what it is, what is in it, who is in it; changing it, and taking it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_lms.domain.errors import CourseNotFound, HasNoSessions
from mock_lms.domain.webhook_events import course_deleted
from mock_lms.services.lists import Page, Query
from mock_lms.services.tenant import Tenant
from mock_lms.storage import course_lists, course_writes, outbox
from mock_lms.storage.catalog import COURSES
from mock_lms.storage.course_lists import COURSE_FIELDS, LEARN_COURSES, LEARNING_OBJECTS
from mock_lms.storage.database import Transaction
from mock_lms.storage.enrollment_lists import COURSE_ENROLLMENTS
from mock_lms.storage.listing import Listing

CLASSROOM = "classroom"


def get_course(tenant: Tenant, course_id: int) -> dict[str, Any]:
    """The columns that the list has. Raises `CourseNotFound`."""
    with tenant.database.look() as transaction:
        return _course(transaction, COURSES, course_id)


def get_learn_course(tenant: Tenant, course_id: int) -> dict[str, Any]:
    """The columns that the list of the service *learn* has, and what is kept around the course.

    Raises `CourseNotFound`.
    """
    with tenant.database.read() as transaction:
        return _course(transaction, LEARN_COURSES, course_id) | course_lists.around(transaction, course_id)


def list_enrollments_of_course(tenant: Tenant, course_id: int, query: Query) -> Page:
    """Raises `CourseNotFound`."""
    return _page_of_course(tenant, COURSE_ENROLLMENTS, course_id, query)


def list_learning_objects(tenant: Tenant, course_id: int, query: Query) -> Page:
    """The training material, in its order. Raises `CourseNotFound`."""
    return _page_of_course(tenant, LEARNING_OBJECTS, course_id, query)


def list_courses_by_category(tenant: Tenant, course_id: int, query: Query) -> Page:
    """The courses that are filed with this one, itself among them; none where it is filed nowhere.

    Raises `CourseNotFound`.
    """
    return _page_of_course(tenant, LEARN_COURSES, course_id, query, by="category_of")


def list_course_sessions(tenant: Tenant, course_id: int) -> Page:
    """None yet. Raises `CourseNotFound`, `HasNoSessions`. Source: docebo-api.md 3."""
    if get_course(tenant, course_id)["type"] != CLASSROOM:
        raise HasNoSessions(course_id)
    return Page((), [], 0)


def list_course_fields(tenant: Tenant, query: Query) -> Page:
    """The additional fields of courses, in their order."""
    with tenant.database.read() as transaction:
        return COURSE_FIELDS.page(transaction, replace(query, filters={"subject": "course"}))


def update_course(tenant: Tenant, course_id: int, values: Mapping[str, Any]) -> None:
    """Gives the course these columns. Raises `CourseNotFound`."""
    with tenant.database.begin() as transaction:
        _course(transaction, COURSES, course_id)
        course_writes.update_course(transaction, course_id, {**values, "updated_at": tenant.now()})


def delete_course(tenant: Tenant, course_id: int, actor_id: int) -> None:
    """Takes the course away with all that is of it: everybody in it is unenrolled. Raises `CourseNotFound`."""
    with tenant.database.begin() as transaction:
        _course(transaction, COURSES, course_id)
        enrolled = course_writes.enrolled_in(transaction, course_id)
        course_writes.delete_course(transaction, course_id)
        events = course_deleted(course_id, enrolled)
        outbox.record(transaction, events, at=tenant.now(), actor_id=actor_id, batch=True)


def _course(transaction: Transaction, listing: Listing, course_id: int) -> dict[str, Any]:
    page = listing.page(transaction, Query({"course": course_id}, limit=1))
    if not page.rows:
        raise CourseNotFound(course_id)
    return dict(zip(page.names, page.rows[0], strict=False))


def _page_of_course(tenant: Tenant, listing: Listing, course_id: int, query: Query, by: str = "course") -> Page:
    with tenant.database.read() as transaction:
        _course(transaction, COURSES, course_id)
        return listing.page(transaction, replace(query, filters={**query.filters, by: course_id}))
