"""The service *learn*: enrollments in courses, and lists of courses and learning plans."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from mock_lms_client import types
from mock_lms_client.answers import Row
from mock_lms_client.asking import in_path, several
from mock_lms_client.funnel import Funnel
from mock_lms_client.learn_courses import COURSE
from mock_lms_client.listing import Listing
from mock_lms_client.types import Id

MOST_USERS = 1000
"""Of one bulk unenrollment."""

ENROLLMENTS = "/learn/v1/enrollments"
SINGULAR = "/learn/v1/enrollment"
BATCH = f"{SINGULAR}/batch"

ENROLLMENT = Row(types.Enrollment, ("user_id", "id", "type"), texts=("type", "status"))
PENDING = Row(types.PendingUser, ("user_id", "course_id"))
LP = Row(types.Lp, ("id",))


class Learn(Funnel):
    """Operations of openapi.yaml whose tag is `learn`."""

    def bulk_unenroll(
        self,
        user_ids: Iterable[Id],
        *,
        course_ids: Iterable[Id] = (),
        learningplan_ids: Iterable[Id] = (),
        reset_tracks: bool = False,
        cascade_unenroll_from_courses_in_selected_learning_plan: bool = False,
        delete_issued_certificates: bool = False,
    ) -> types.BulkUnenrollResult:
        """Takes each user from each course and learning plan. Says who lost an enrollment, and what failed.

        Read `errors`: an answer does not mean that all were removed. `ValueError` for no user, more than 1,000, or no
        target, before anything is sent. Is not repeated where it may have been done.
        """
        users = _distinct("user_ids", user_ids)
        courses, plans = _distinct("course_ids", course_ids), _distinct("learningplan_ids", learningplan_ids)
        if not users or len(users) > MOST_USERS:
            raise ValueError(f"user_ids: 1 to {MOST_USERS:,} users a call, not {len(users):,}")
        if not courses and not plans:
            raise ValueError("course_ids, learningplan_ids: a course or a learning plan is needed")
        body = {
            "user_ids": users,
            "course_ids": courses or None,
            "learningplan_ids": plans or None,
            "reset_tracks": reset_tracks,
            "cascade_unenroll_from_courses_in_selected_learning_plan": (
                cascade_unenroll_from_courses_in_selected_learning_plan
            ),
            "delete_issued_certificates": delete_issued_certificates,
        }
        return cast(types.BulkUnenrollResult, self._call("bulk_unenroll", "DELETE", ENROLLMENTS, body=body))

    def list_enrollments(
        self,
        *,
        id_user: Iterable[Id] | None = None,
        id_course: Iterable[Id] | None = None,
        code_course: Iterable[str] | None = None,
        id_learning_plan: Iterable[Id] | None = None,
        code_learning_plan: Iterable[str] | None = None,
        status: Iterable[str] | None = None,
        type: Iterable[str] | None = None,  # noqa: A002 -- the contract's name
        level: str | None = None,
        updated_from: str | None = None,
        updated_to: str | None = None,
        search: str | None = None,
        search_text: str | None = None,
        exclude_courses_in_lp: bool | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.Enrollment]:
        """The enrollments in courses, then those in learning plans; an item's `id` is the course's or the plan's."""
        return self._list(
            "list_enrollments",
            ENROLLMENTS,
            ENROLLMENT,
            page_size,
            id_user=id_user,
            id_course=id_course,
            code_course=code_course,
            id_learning_plan=id_learning_plan,
            code_learning_plan=code_learning_plan,
            status=status,
            type=type,
            level=level,
            updated_from=updated_from,
            updated_to=updated_to,
            search=search,
            search_text=search_text,
            exclude_courses_in_lp=exclude_courses_in_lp,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def bulk_enroll(
        self,
        user_ids: Iterable[Id],
        course_ids: Iterable[Id],
        *,
        group_ids: Iterable[Id] | None = None,
        branch_ids: Iterable[Id] | None = None,
        level: int | str | None = None,
        date_begin_validity: str | None = None,
        date_expire_validity: str | None = None,
        assignment_type: str | None = None,
        atomic_enrollment: bool | None = None,
    ) -> types.EnrollResult:
        """Enrolls each user, and those of groups and branches, in each course.

        Read `errors`: an answer does not mean that all were enrolled.
        """
        body = {
            "user_ids": several("user_ids", user_ids) or None,
            "group_ids": None if group_ids is None else several("group_ids", group_ids),
            "branch_ids": None if branch_ids is None else several("branch_ids", branch_ids),
            "course_ids": several("course_ids", course_ids),
            "level": level,
            "date_begin_validity": date_begin_validity,
            "date_expire_validity": date_expire_validity,
            "assignment_type": assignment_type,
            "atomic_enrollment": atomic_enrollment,
        }
        return cast(types.EnrollResult, self._call("bulk_enroll", "POST", ENROLLMENTS, body=body))

    def bulk_update_enrollments(
        self,
        user_ids: Iterable[Id],
        course_ids: Iterable[Id],
        *,
        status: int | str | None = None,
        level: int | str | None = None,
        date_inscr: str | None = None,
        date_complete: str | None = None,
        date_first_access: str | None = None,
        date_last_access: str | None = None,
        date_begin_validity: str | None = None,
        date_expire_validity: str | None = None,
        score_given: float | None = None,
    ) -> types.UpdateResult:
        """Gives each user's enrollment in each course the same values. What is no enrollment is in `not_updated`."""
        body = {
            "user_ids": several("user_ids", user_ids),
            "course_ids": several("course_ids", course_ids),
            "status": status,
            "level": level,
            "date_inscr": date_inscr,
            "date_complete": date_complete,
            "date_first_access": date_first_access,
            "date_last_access": date_last_access,
            "date_begin_validity": date_begin_validity,
            "date_expire_validity": date_expire_validity,
            "score_given": score_given,
        }
        return cast(types.UpdateResult, self._call("bulk_update_enrollments", "PUT", ENROLLMENTS, body=body))

    def get_enrollment(self, course_id: Id, user_id: Id) -> types.EnrollmentRecords:
        """One enrollment in a course. `Refused` with 404 where there is none."""
        return cast(types.EnrollmentRecords, self._call("get_enrollment", "GET", _path(course_id, user_id)))

    def enroll(
        self,
        course_id: Id,
        user_id: Id,
        *,
        level: int | str | None = None,
        date_begin_validity: str | None = None,
        date_expire_validity: str | None = None,
    ) -> types.EnrollResult:
        """Enrolls a user in a course; as a student, where no level is given. `Refused` with 404 for an unknown one."""
        body = {
            "level": level,
            "date_begin_validity": date_begin_validity,
            "date_expire_validity": date_expire_validity,
        }
        return cast(types.EnrollResult, self._call("enroll", "POST", _path(course_id, user_id), body=body))

    def update_enrollment(
        self,
        course_id: Id,
        user_id: Id,
        *,
        status: int | str | None = None,
        level: int | str | None = None,
        date_inscr: str | None = None,
        date_complete: str | None = None,
        date_first_access: str | None = None,
        date_last_access: str | None = None,
        date_begin_validity: str | None = None,
        date_expire_validity: str | None = None,
        score_given: float | None = None,
    ) -> types.UpdateResult:
        """Changes one enrollment. Where there is none, it is in `not_updated`."""
        body = {
            "status": status,
            "level": level,
            "date_inscr": date_inscr,
            "date_complete": date_complete,
            "date_first_access": date_first_access,
            "date_last_access": date_last_access,
            "date_begin_validity": date_begin_validity,
            "date_expire_validity": date_expire_validity,
            "score_given": score_given,
        }
        return cast(types.UpdateResult, self._call("update_enrollment", "PUT", _path(course_id, user_id), body=body))

    def unenroll(self, course_id: Id, user_id: Id) -> types.UnenrollResult:
        """Takes a user from a course; tracking and certificates stay. `Refused` with 404 where there is nothing."""
        return cast(types.UnenrollResult, self._call("unenroll", "DELETE", _path(course_id, user_id)))

    def list_learn_courses(
        self,
        *,
        search_text: str | None = None,
        updated_from: str | None = None,
        sort_attr: str | None = None,
        sort_dir: str | None = None,
        sort_by: str | None = None,
        sort_by_direction: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.LearnCourse]:
        """The courses, as this service tells of them."""
        return self._list(
            "list_learn_courses",
            "/learn/v1/courses",
            COURSE,
            page_size,
            search_text=search_text,
            updated_from=updated_from,
            sort_attr=sort_attr,
            sort_dir=sort_dir,
            sort_by=sort_by,
            sort_by_direction=sort_by_direction,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def create_course(
        self,
        name: str,
        *,
        code: str | None = None,
        course_type: str | None = None,
        status: str | None = None,
        description: str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
    ) -> types.CreatedCourse:
        """Creates a course, and says its id."""
        body = {
            "name": name,
            "code": code,
            "course_type": course_type,
            "status": status,
            "description": description,
            "start_date": start_date,
            "end_date": end_date,
        }
        return cast(types.CreatedCourse, self._call("create_course", "POST", "/learn/v1/courses", body=body))


def _path(course_id: Id, user_id: Id) -> str:
    return f"{ENROLLMENTS}/{in_path('course_id', course_id)}/{in_path('user_id', user_id)}"


def _distinct(name: str, values: Iterable[Any]) -> list[Any]:
    """The values, each once, without the guide's 0 for a list that is not used."""
    distinct = {str(value): value for value in several(name, values)}
    distinct.pop("0", None)
    return [*distinct.values()]
