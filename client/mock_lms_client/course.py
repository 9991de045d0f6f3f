"""The service *course*: courses, and the enrollments in them."""

from __future__ import annotations

from collections.abc import Iterable

from mock_lms_client import types
from mock_lms_client.answers import Row
from mock_lms_client.funnel import Funnel
from mock_lms_client.listing import Listing
from mock_lms_client.types import Id

COURSE = Row(types.Course, ("id",))
COURSE_ENROLLMENT = Row(types.CourseEnrollment, ("user_id", "course_id"), texts=("enrollment_status",))


class Course(Funnel):
    """Operations of openapi.yaml whose tag is `course`."""

    def list_courses(
        self,
        *,
        search_text: str | None = None,
        type: Iterable[str] | None = None,  # noqa: A002 -- the contract's name
        status: Iterable[str] | None = None,
        updated_from: str | None = None,
        sort_attr: str | None = None,
        sort_dir: str | None = None,
        sort_by: str | None = None,
        sort_by_direction: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.Course]:
        """The courses, as this service tells of them."""
        return self._list(
            "list_courses",
            "/course/v1/courses",
            COURSE,
            page_size,
            search_text=search_text,
            type=type,
            status=status,
            updated_from=updated_from,
            sort_attr=sort_attr,
            sort_dir=sort_dir,
            sort_by=sort_by,
            sort_by_direction=sort_by_direction,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def list_course_enrollments(
        self,
        *,
        user_id: Iterable[Id] | None = None,
        course_id: Iterable[Id] | None = None,
        course_type: Iterable[str] | None = None,
        enrollment_level: Iterable[str] | None = None,
        enrollment_status: Iterable[str] | None = None,
        sort_attr: str | None = None,
        sort_dir: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.CourseEnrollment]:
        """The enrollments in courses. Here who has not started is `enrolled`; the service *learn* says `subscribed`."""
        return self._list(
            "list_course_enrollments",
            "/course/v1/courses/enrollments",
            COURSE_ENROLLMENT,
            page_size,
            user_id=user_id,
            course_id=course_id,
            course_type=course_type,
            enrollment_level=enrollment_level,
            enrollment_status=enrollment_status,
            sort_attr=sort_attr,
            sort_dir=sort_dir,
            get_cursor=get_cursor,
            cursor=cursor,
        )
