"""The service *course*: courses, and the enrollments in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from mock_lms_client import types
from mock_lms_client.answers import Row
from mock_lms_client.asking import in_path
from mock_lms_client.funnel import Funnel
from mock_lms_client.listing import Listing
from mock_lms_client.types import Id

COURSE = Row(types.Course, ("id",))
COURSE_SESSION = Row(types.CourseSession, ("id",))
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

    def get_course(self, course_id: Id) -> types.Course:
        """Returns one course, as this service tells of it. `Refused` with 404 where there is none."""
        return cast(types.Course, self._call("get_course", "GET", _path(course_id)))

    def list_enrollments_of_course(
        self,
        course_id: Id,
        *,
        user_id: Iterable[Id] | None = None,
        enrollment_level: Iterable[str] | None = None,
        enrollment_status: Iterable[str] | None = None,
        search_text: str | None = None,
        sort_attr: str | None = None,
        sort_dir: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.CourseEnrollment]:
        """The enrollments in one course. `search_text` is looked for in the username, names and e-mail."""
        return self._list(
            "list_enrollments_of_course",
            f"{_path(course_id)}/enrollments",
            COURSE_ENROLLMENT,
            page_size,
            user_id=user_id,
            enrollment_level=enrollment_level,
            enrollment_status=enrollment_status,
            search_text=search_text,
            sort_attr=sort_attr,
            sort_dir=sort_dir,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def list_course_sessions(
        self, course_id: Id, *, get_cursor: bool | None = None, cursor: str | None = None, page_size: int = 200
    ) -> Listing[types.CourseSession]:
        """The sessions of a classroom course. `Refused` with 400 for a course that has none by its type."""
        path, more = f"{_path(course_id)}/sessions", {"get_cursor": get_cursor, "cursor": cursor}
        return self._list("list_course_sessions", path, COURSE_SESSION, page_size, **more)


def _path(course_id: Id) -> str:
    return f"/course/v1/courses/{in_path('course_id', course_id)}"
