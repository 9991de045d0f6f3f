"""The parameters of lists, as far as several tags have them. The class of a list is named after its operation.

A value arrives as the text of a URL, or as JSON from the body of a GET; an array always as a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, post_load

from mock_lms.api.vocabulary import LEVEL_BY_NAME, STATUS_BY_NAME
from mock_lms.domain.values import COURSE_TYPES
from mock_lms.http.fields import DateTime, Text
from mock_lms.http.query_fields import Array, PageNumber, QueryFlag, QueryId, Setting, Word
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

    page = PageNumber("PageNumber", 0, load_default=1)
    page_size = PageNumber("PageSize", 1, load_default=10)
    get_cursor = QueryFlag(load_default=False)
    cursor = CursorText()


def sort_by(*attributes: str) -> Setting:
    return Setting(attributes)


def direction() -> Setting:
    return Setting(("asc", "desc"))


def ids(attribute: str) -> Array:
    return Array(QueryId(), attribute=attribute)


def words(known: Sequence[str] | Mapping[str, Any], named: str, attribute: str) -> Array:
    return Array(Word(known, named), attribute=attribute)


class CourseRosterQuery(ListQuery):
    """Of a list of who is in a course."""

    user_id = ids("users")
    enrollment_level = words(LEVEL_BY_NAME, "LevelName", "levels")
    enrollment_status = words(STATUS_BY_NAME, "StatusFilter", "statuses")
    sort_attr = sort_by(
        "course_id", "user_id", "username", "course_name", "enrollment_created_at", "enrollment_completion_date"
    )
    sort_dir = direction()


class CoursesQuery(ListQuery):
    """Of a list of courses. What it may be sorted by is the service's; it has two names in each."""

    search_text = Text(attribute="search")
    updated_from = DateTime()
    sort_dir = direction()
    sort_by_direction = direction()

    @post_load
    def _one_sort(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Both names of the sort become one, and both of its direction; `sort_attr` and `sort_dir` count first."""
        for name, other in {"sort_attr": "sort_by", "sort_dir": "sort_by_direction"}.items():
            value = data.pop(other, None)
            if value is not None:
                data.setdefault(name, value)
        return data


class CourseEnrollmentsQuery(CourseRosterQuery):
    course_id = ids("courses")
    course_type = words(COURSE_TYPES, "CourseTypeFilter", "types")
