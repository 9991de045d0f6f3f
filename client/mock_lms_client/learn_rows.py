"""The service *learn*: batches of rows, who waits, learning plans, and paths of older clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from mock_lms_client import answers, types
from mock_lms_client.answers import Row
from mock_lms_client.asking import in_path, several
from mock_lms_client.funnel import Funnel
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


class LearnRows(Funnel):
    """Operations of openapi.yaml whose tag is `learn`: of rows, and by older paths."""

    def batch_enroll(
        self, items: Iterable[Mapping[str, Any]], *, options: Mapping[str, Any] | None = None
    ) -> list[types.BatchRow]:
        """Enrolls a user, or updates the enrollment, for each item, and says what became of each, in their order.

        Read `success` of each row: an answer does not mean that all were carried out.
        """
        body = {"items": several("items", items), "options": options}
        return cast(list[types.BatchRow], self._call("batch_enroll", "POST", BATCH, body=body, read=answers.rows))

    def batch_unenroll(
        self, items: Iterable[Mapping[str, Any]], *, options: Mapping[str, Any] | None = None
    ) -> list[types.BatchRow]:
        """Takes a user from a course for each item, and says what became of each. Tracking and certificates stay.

        Read `success` of each row: an answer does not mean that all were carried out.
        """
        body = {"items": several("items", items), "options": options}
        return cast(list[types.BatchRow], self._call("batch_unenroll", "DELETE", BATCH, body=body, read=answers.rows))

    def list_pending_users(
        self,
        *,
        user_id: Iterable[Id] | None = None,
        course_id: Iterable[Id] | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.PendingUser]:
        """The enrollments that wait for a decision: an update to status 0 confirms one, an unenrollment declines it."""
        return self._list(
            "list_pending_users",
            f"{SINGULAR}/pending_users",
            PENDING,
            page_size,
            user_id=user_id,
            course_id=course_id,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def unenroll_singular(self, course_id: Id, user_id: Id) -> types.UnenrollResult:
        """What `unenroll` does, by a path that one page of the vendor's prints, and that may not be served."""
        path = f"{SINGULAR}/{in_path('course_id', course_id)}/{in_path('user_id', user_id)}"
        return cast(
            types.UnenrollResult,
            self._call(
                "unenroll_singular",
                "DELETE",
                path,
            ),
        )

    def enroll_in_lp(self, id_lp: Id, id_user: Id) -> types.EnrollInLearningPlanResult:
        """Enrolls a user in a learning plan. What `enroll_in_learning_plan` does, by an older call."""
        body = {"id_lp": id_lp, "id_user": id_user}
        answer = self._call("enroll_in_lp", "POST", "/learn/v1/lp/enroll", body=body)
        return cast(types.EnrollInLearningPlanResult, answer)

    def list_lp(
        self,
        *,
        search_text: str | None = None,
        id_user: Id | None = None,
        return_courses: bool | None = None,
        sort_attr: str | None = None,
        sort_dir: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.Lp]:
        """The learning plans, as this service tells of them: where to look up an id. Of one user, if given."""
        return self._list(
            "list_lp",
            "/learn/v1/lp",
            LP,
            page_size,
            search_text=search_text,
            id_user=id_user,
            return_courses=return_courses,
            sort_attr=sort_attr,
            sort_dir=sort_dir,
            get_cursor=get_cursor,
            cursor=cursor,
        )
