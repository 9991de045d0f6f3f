"""What the service *course* takes and answers."""

from __future__ import annotations

from mock_lms.api.answers import Answer, moment
from mock_lms.api.queries import (
    CourseEnrollmentsQuery,
    CourseRosterQuery,
    CursorQuery,
    ListQuery,
    direction,
    sort_by,
    words,
)
from mock_lms.domain.values import COURSE_STATUSES, COURSE_TYPES
from mock_lms.http.fields import Text, Value


class ListCourses(ListQuery):
    search_text = Text(attribute="search")
    type = words(COURSE_TYPES, "CourseType", "types")
    status = words(COURSE_STATUSES, "CourseStatus", "statuses")
    sort_attr = sort_by("id", "name", "code", "type", "status")
    sort_dir = direction()


class ListCourseEnrollments(CourseEnrollmentsQuery):
    pass


class ListEnrollmentsOfCourse(CourseRosterQuery):
    search_text = Text(attribute="search_users")


class ListCourseSessions(CursorQuery):
    pass


class CourseSession(Answer):
    id = Value("integer")
    uid_session = Value("string", of="uid")
    code = Value("string")
    name = Value("string")
    date_start = moment("start_date")
    date_end = moment("end_date")
