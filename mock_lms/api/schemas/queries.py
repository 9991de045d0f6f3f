"""What is asked: the parameters of the lists. Each class is named after its operation.

A value arrives as the text of a URL, or as JSON from the body of a GET; an array always as a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from mock_lms.api.vocabulary import LEVEL_BY_NAME, PLAN_STATUS_BY_NAME, STATUS_BY_NAME
from mock_lms.domain.values import COURSE_STATUSES, COURSE_TYPES, USER_LEVELS
from mock_lms.http.fields import (
    Choice,
    DateTime,
    Text,
)
from mock_lms.http.query_fields import Array, QueryFlag, QueryId, QueryNumber
from mock_lms.http.requests import LONGEST_CURSOR


class CursorText(Text):
    """Letters, digits, - and _; no longer than what fits into an address."""

    PATTERN = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)

    def __init__(self) -> None:
        super().__init__("Cursor", most=LONGEST_CURSOR)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not self.PATTERN.fullmatch(text):
            raise ValidationError("it has characters that no cursor has.")
        return text


class Query(Schema):
    """The parameters of a list. Those it does not know are ignored (docebo-api.md 1)."""

    class Meta:
        unknown = EXCLUDE

    page = QueryNumber("PageNumber", 0, load_default=1)
    page_size = QueryNumber("PageSize", 1, load_default=10)


class CursorQuery(Query):
    get_cursor = QueryFlag(load_default=False)
    cursor = CursorText()


def _sort(*attributes: str) -> Choice:
    return Choice(attributes)


def _direction() -> Choice:
    return Choice(("asc", "desc"))


def _ids(attribute: str) -> Array:
    return Array(QueryId(), attribute=attribute)


def _words(words: Sequence[str] | Mapping[str, Any], named: str, attribute: str) -> Array:
    return Array(Choice(words, named), attribute=attribute)


class ListEnrollments(CursorQuery):
    id_user = _ids("users")
    id_course = _ids("courses")
    code_course = Array(Text(), attribute="course_codes")
    id_learning_plan = _ids("plans")
    code_learning_plan = Array(Text(), attribute="plan_codes")
    status = _words(STATUS_BY_NAME, "StatusFilter", "statuses")
    type = _words(("elearning", "classroom", "learning_plan"), "EnrollmentType", "types")
    level = Choice(LEVEL_BY_NAME, "LevelName")
    updated_from = DateTime()
    updated_to = DateTime()
    search = Text()
    search_text = Text()
    exclude_courses_in_lp = QueryFlag(load_default=False)


class ListCourseEnrollments(CursorQuery):
    user_id = _ids("users")
    course_id = _ids("courses")
    course_type = _words(COURSE_TYPES, "CourseType", "types")
    enrollment_level = _words(LEVEL_BY_NAME, "LevelName", "levels")
    enrollment_status = _words(STATUS_BY_NAME, "StatusFilter", "statuses")
    sort_attr = _sort(
        "course_id", "user_id", "username", "course_name", "enrollment_created_at", "enrollment_completion_date"
    )
    sort_dir = _direction()


class ListLearningPlanCourseEnrollments(ListCourseEnrollments):
    pass


class ListLearningPlanEnrollments(CursorQuery):
    learning_plan_id = _ids("plans")
    user_id = _ids("users")
    enrollment_status = _words(PLAN_STATUS_BY_NAME, "LearningPlanStatusFilter", "statuses")
    sort_attr = _sort("learning_plan_id", "user_id", "username", "enrollment_created_at")
    sort_dir = _direction()


class ListCourses(Query):
    search_text = Text(attribute="search")
    type = _words(COURSE_TYPES, "CourseType", "types")
    status = _words(COURSE_STATUSES, "CourseStatus", "statuses")
    sort_attr = _sort("id", "name", "code", "type", "status")
    sort_dir = _direction()


class ListLearnCourses(Query):
    search_text = Text(attribute="search")
    sort_attr = _sort("id_course", "name", "code")
    sort_dir = _direction()


class ListLp(Query):
    search_text = Text(attribute="search")
    id_user = QueryId(attribute="user")


class ListLearningPlans(Query):
    search_text = Text(attribute="search")
    sort_attr = _sort("learning_plan_id", "title", "code")
    sort_dir = _direction()


class ListLearningPlanCourses(Query):
    pass


class ListUsers(Query):
    search_text = Text(attribute="search")
    match_type = Choice(("full",))
    type = _words(USER_LEVELS, "UserLevel", "levels")
    status = _words({"0": 0, "1": 1}, "UserStatus", "active")
    sort_attr = _sort("user_id", "username", "email", "last_name", "creation_date")
    sort_dir = _direction()
