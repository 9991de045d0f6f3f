"""Service *course*: courses and their enrollments."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.paging import Asked, page_of
from mock_lms.api.schemas import answers, queries
from mock_lms.http.call import tenant
from mock_lms.services import lists

bp = Blueprint("course", __name__, url_prefix="/course/v1")


@bp.get("/courses")
def list_courses() -> Response:
    asked = Asked(queries.ListCourses)
    return page_of(answers.Course, asked, lists.list_courses(tenant(), asked.query()))


@bp.get("/courses/enrollments")
def list_course_enrollments() -> Response:
    asked = Asked(queries.ListCourseEnrollments)
    return page_of(answers.CourseEnrollment, asked, lists.list_course_enrollments(tenant(), asked.query()))
