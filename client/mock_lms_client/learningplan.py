"""The service *learningplan*: learning plans, their courses, and the enrollments in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from mock_lms_client import types
from mock_lms_client.answers import Row
from mock_lms_client.asking import in_path, several
from mock_lms_client.course import COURSE, COURSE_ENROLLMENT
from mock_lms_client.funnel import Funnel
from mock_lms_client.listing import Listing
from mock_lms_client.types import Id

PLANS = "/learningplan/v1/learningplans"

PLAN = Row(types.LearningPlan, ("learning_plan_id",))
MEMBERSHIP = Row(types.LearningPlanEnrollment, ("user_id", "learning_plan_id"), texts=("enrollment_status",))


class LearningPlan(Funnel):
    """Operations of openapi.yaml whose tag is `learningplan`. One for an unknown plan is `Refused` with 404."""

    def list_learning_plans(
        self,
        *,
        search_text: str | None = None,
        sort_attr: str | None = None,
        sort_dir: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.LearningPlan]:
        """The learning plans, as this service tells of them."""
        return self._list(
            "list_learning_plans",
            PLANS,
            PLAN,
            page_size,
            search_text=search_text,
            sort_attr=sort_attr,
            sort_dir=sort_dir,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def get_learning_plan(self, learning_plan_id: Id) -> types.LearningPlan:
        """Returns one learning plan, as this service tells of it."""
        return cast(types.LearningPlan, self._call("get_learning_plan", "GET", _path(learning_plan_id)))

    def create_learning_plan(
        self, title: str, *, code: str | None = None, description: str | None = None
    ) -> types.CreatedLearningPlan:
        """Creates a learning plan without courses, and says its id."""
        body = {"title": title, "code": code, "description": description}
        return cast(types.CreatedLearningPlan, self._call("create_learning_plan", "POST", PLANS, body=body))

    def list_learning_plan_courses(
        self,
        learning_plan_id: Id,
        *,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.Course]:
        """The courses of a learning plan, in its order."""
        path = f"{_path(learning_plan_id)}/courses"
        return self._list("list_learning_plan_courses", path, COURSE, page_size, get_cursor=get_cursor, cursor=cursor)

    def add_learning_plan_courses(
        self, learning_plan_id: Id, course_ids: Iterable[Id]
    ) -> types.AddLearningPlanCoursesResult:
        """Puts courses into a learning plan, after those it has. Says which, and in `errors` which not and why."""
        path, body = f"{_path(learning_plan_id)}/courses", {"course_ids": several("course_ids", course_ids)}
        return cast(
            types.AddLearningPlanCoursesResult, self._call("add_learning_plan_courses", "POST", path, body=body)
        )

    def list_learning_plan_enrollments(
        self,
        *,
        learning_plan_id: Iterable[Id] | None = None,
        user_id: Iterable[Id] | None = None,
        enrollment_status: Iterable[str] | None = None,
        sort_attr: str | None = None,
        sort_dir: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.LearningPlanEnrollment]:
        """The enrollments in learning plans."""
        return self._list(
            "list_learning_plan_enrollments",
            f"{PLANS}/enrollments",
            MEMBERSHIP,
            page_size,
            learning_plan_id=learning_plan_id,
            user_id=user_id,
            enrollment_status=enrollment_status,
            sort_attr=sort_attr,
            sort_dir=sort_dir,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def list_learning_plan_course_enrollments(
        self,
        learning_plan_id: Id,
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
        """The enrollments of a plan's members in the courses that it has now."""
        return self._list(
            "list_learning_plan_course_enrollments",
            f"{_path(learning_plan_id)}/courses/enrollments",
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

    def bulk_enroll_in_learning_plan(
        self,
        learning_plan_id: Id,
        user_ids: Iterable[Id],
        *,
        assignment_type: str | None = None,
        validity_start_at: str | None = None,
        validity_end_at: str | None = None,
    ) -> types.EnrollInLearningPlanResult:
        """Enrolls each user in the plan, and in its courses. Read `errors`: it does not mean that all were enrolled."""
        all_options = {
            "assignment_type": assignment_type,
            "validity_start_at": validity_start_at,
            "validity_end_at": validity_end_at,
        }
        options = {name: value for name, value in all_options.items() if value is not None}
        body = {"items": {"user_ids": several("user_ids", user_ids)}, "options": options or None}
        path = f"{_path(learning_plan_id)}/enrollments/bulk"
        return cast(
            types.EnrollInLearningPlanResult, self._call("bulk_enroll_in_learning_plan", "POST", path, body=body)
        )

    def enroll_in_learning_plan(
        self, learning_plan_id: Id, user_id: Id, *, status: str | None = None
    ) -> types.EnrollInLearningPlanResult:
        """Enrolls a user in the plan, and in its courses. There is an error in `errors` where the user was in it."""
        path = f"{_path(learning_plan_id)}/enrollments/{in_path('user_id', user_id)}"
        body = {"status": status}
        return cast(types.EnrollInLearningPlanResult, self._call("enroll_in_learning_plan", "POST", path, body=body))


def _path(learning_plan_id: Id) -> str:
    return f"{PLANS}/{in_path('learning_plan_id', learning_plan_id)}"
