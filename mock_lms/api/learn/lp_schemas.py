"""What the service *learn* tells of learning plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_lms.api.answers import NULLABLE_TEXT, Answer, always, list_of, moment
from mock_lms.http.fields import Value, component


class LpCourse(Answer):
    id_course = Value("integer")

    @classmethod
    def of_ids(cls, course_ids: Sequence[int]) -> list[dict[str, Any]]:
        return cls.of_rows(("id_course",), [(course,) for course in course_ids])


class Lp(Answer):
    id = Value("integer")
    code = Value("string")
    name = Value("string")
    description = Value("string")
    image = always(NULLABLE_TEXT, None)
    create_date = moment("created_at")
    last_update = moment("updated_at")

    date_last_updated = moment("updated_at")
    courses = Value(list_of(component("LpCourse")), of="plan_courses", optional=True)


class LpView(Lp):
    courses = Value(list_of(component("LpCourse")), LpCourse.of_ids, of="plan_courses")
