"""What the service *course* takes and answers."""

from __future__ import annotations

from mock_lms.api.queries import CourseEnrollmentsQuery, ListQuery, direction, sort_by, words
from mock_lms.domain.values import COURSE_STATUSES, COURSE_TYPES
from mock_lms.http.fields import Text


class ListCourses(ListQuery):
    search_text = Text(attribute="search")
    type = words(COURSE_TYPES, "CourseType", "types")
    status = words(COURSE_STATUSES, "CourseStatus", "statuses")
    sort_attr = sort_by("id", "name", "code", "type", "status")
    sort_dir = direction()


class ListCourseEnrollments(CourseEnrollmentsQuery):
    pass
