"""What the service *course* takes and answers."""

from __future__ import annotations

from mock_lms.api.answers import Answer, moment
from mock_lms.api.queries import (
    CourseEnrollmentsQuery,
    CourseRosterQuery,
    CoursesQuery,
    ListQuery,
    sort_by,
    words,
)
from mock_lms.domain.values import COURSE_STATUSES, COURSE_TYPES
from mock_lms.http.fields import Text, Value

SORTS = ("id", "name", "code", "type", "status", "last_update")


class ListCourses(CoursesQuery):
    type = words(COURSE_TYPES, "CourseTypeFilter", "types")
    status = words(COURSE_STATUSES, "CourseStatusFilter", "statuses")
    sort_attr = sort_by(*SORTS)
    sort_by = sort_by(*SORTS)


class ListCourseEnrollments(CourseEnrollmentsQuery):
    pass


class ListEnrollmentsOfCourse(CourseRosterQuery):
    search_text = Text(attribute="search_users")


class ListCourseSessions(ListQuery):
    pass


class CourseSession(Answer):
    id = Value("integer")
    uid_session = Value("string", of="uid")
    code = Value("string")
    name = Value("string")
    date_start = moment("start_date")
    date_end = moment("end_date")
