"""The parameters of lists, as far as several tags have them. The class of a list is named after its operation.

A value arrives as the text of a URL, or as JSON from the body of a GET; an array always as a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from mock_lms.api.vocabulary import LEVEL_BY_NAME, STATUS_BY_NAME
from mock_lms.domain.values import COURSE_TYPES
from mock_lms.http.fields import Choice, Text
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


class ListQuery(Schema):
    """The parameters of a list. Those it does not know are ignored (docebo-api.md 1)."""

    class Meta:
        unknown = EXCLUDE

    page = QueryNumber("PageNumber", 0, load_default=1)
    page_size = QueryNumber("PageSize", 1, load_default=10)


class CursorQuery(ListQuery):
    get_cursor = QueryFlag(load_default=False)
    cursor = CursorText()


def sort_by(*attributes: str) -> Choice:
    return Choice(attributes)


def direction() -> Choice:
    return Choice(("asc", "desc"))


def ids(attribute: str) -> Array:
    return Array(QueryId(), attribute=attribute)


def words(known: Sequence[str] | Mapping[str, Any], named: str, attribute: str) -> Array:
    return Array(Choice(known, named), attribute=attribute)


class CourseRosterQuery(CursorQuery):
    """Of a list of who is in a course."""

    user_id = ids("users")
    enrollment_level = words(LEVEL_BY_NAME, "LevelName", "levels")
    enrollment_status = words(STATUS_BY_NAME, "StatusFilter", "statuses")
    sort_attr = sort_by(
        "course_id", "user_id", "username", "course_name", "enrollment_created_at", "enrollment_completion_date"
    )
    sort_dir = direction()


class CourseEnrollmentsQuery(CourseRosterQuery):
    course_id = ids("courses")
    course_type = words(COURSE_TYPES, "CourseType", "types")
