"""The operations of the service *course*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.answers import Course, CourseEnrollment
from mock_lms.api.course import schemas
from mock_lms.api.paging import Asked, page_of
from mock_lms.http.call import tenant
from mock_lms.services import lists

bp = Blueprint("course", __name__, url_prefix="/course/v1")


@bp.get("/courses")
def list_courses() -> Response:
    asked = Asked(schemas.ListCourses)
    return page_of(Course, asked, lists.list_courses(tenant(), asked.query()))


@bp.get("/courses/enrollments")
def list_course_enrollments() -> Response:
    asked = Asked(schemas.ListCourseEnrollments)
    return page_of(CourseEnrollment, asked, lists.list_course_enrollments(tenant(), asked.query()))
