"""The operations of the service *course*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.answers import Course, CourseEnrollment
from mock_lms.api.course import schemas
from mock_lms.api.paging import PageRequest, page_of
from mock_lms.http.call import tenant
from mock_lms.http.requests import envelope
from mock_lms.services import courses, lists

bp = Blueprint("course", __name__, url_prefix="/course/v1")


@bp.get("/courses")
def list_courses() -> Response:
    request = PageRequest(schemas.ListCourses)
    return page_of(Course, request, lists.list_courses(tenant(), request.query))


@bp.get("/courses/enrollments")
def list_course_enrollments() -> Response:
    request = PageRequest(schemas.ListCourseEnrollments)
    return page_of(CourseEnrollment, request, lists.list_course_enrollments(tenant(), request.query))


@bp.get("/courses/<course_id>")
def get_course(course_id: int) -> Response:
    return envelope(Course.of(courses.get_course(tenant(), course_id)))


@bp.get("/courses/<course_id>/enrollments")
def list_enrollments_of_course(course_id: int) -> Response:
    request = PageRequest(schemas.ListEnrollmentsOfCourse)
    page = courses.list_enrollments_of_course(tenant(), course_id, request.query)
    return page_of(CourseEnrollment, request, page)


@bp.get("/courses/<course_id>/sessions")
def list_course_sessions(course_id: int) -> Response:
    request = PageRequest(schemas.ListCourseSessions)
    return page_of(schemas.CourseSession, request, courses.list_course_sessions(tenant(), course_id))
