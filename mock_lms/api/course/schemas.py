"""What the service *course* takes and answers."""

from __future__ import annotations

from mock_lms.api.queries import CourseEnrollmentsQuery, CoursesQuery, sort_by, words
from mock_lms.domain.values import COURSE_STATUSES, COURSE_TYPES

SORTS = ("id", "name", "code", "type", "status", "last_update")


class ListCourses(CoursesQuery):
    type = words(COURSE_TYPES, "CourseTypeFilter", "types")
    status = words(COURSE_STATUSES, "CourseStatusFilter", "statuses")
    sort_attr = sort_by(*SORTS)
    sort_by = sort_by(*SORTS)


class ListCourseEnrollments(CourseEnrollmentsQuery):
    pass
