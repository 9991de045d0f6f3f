"""What an answer is made with, and the objects that several tags answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema

from mock_lms.api import vocabulary
from mock_lms.domain import languages
from mock_lms.domain.enroll import PlanDecision
from mock_lms.http.fields import JsonSchema, Value, component

Columns = list[tuple[str, int, Callable[[Any], Any] | None]]
"""For each field its name, the index of its column, and what converts the value."""


class Answer(Schema):
    """An object of an answer: which columns of the server's rows become which of its fields.

    `Value(of=...)` names the column where it is not the field's own name.
    """

    _columns: ClassVar[dict[tuple[type[Answer], Sequence[str]], Columns]] = {}

    @classmethod
    def of_rows(cls, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """Rows whose columns are `names`, as this object. Marshmallow's own dump takes ten times as long."""
        if not rows:
            return []
        columns = cls._columns.get((cls, names))
        if columns is None:
            columns = cls._columns[(cls, names)] = [
                (name, names.index(field.attribute or name), field.convert)
                for name, field in cls._declared_fields.items()
                if isinstance(field, Value) and (not field.optional or (field.attribute or name) in names)
            ]
        return [
            {name: row[index] if convert is None else convert(row[index]) for name, index, convert in columns}
            for row in rows
        ]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """One row by name."""
        return cls.of_rows(tuple(values), [tuple(values.values())])[0]


def list_of(schema: JsonSchema) -> JsonSchema:
    return {"type": "array", "items": schema}


def number(value: float | None) -> float | None:
    """92.0 as 92."""
    return int(value) if value is not None and value == int(value) else value


def whole(value: float | None) -> float | None:
    """92.0 as 92."""
    return int(value) if value is not None and value == int(value) else value


INTEGER: JsonSchema = {"type": "integer"}
NULLABLE_INTEGER: JsonSchema = {"type": ["integer", "null"]}
NULLABLE_TEXT: JsonSchema = {"type": ["string", "null"]}
NULLABLE_NUMBER: JsonSchema = {"type": ["number", "null"]}


def always(schema: JsonSchema | str, value: Any) -> Value:
    """A field of which the mock knows nothing, and programs expect that it is there: `value` in every row."""
    return Value(schema, lambda _: value, of="id")


def moment(of: str) -> Value:
    return Value(component("Moment"), of=of)


def score_value() -> Value:
    return Value(NULLABLE_NUMBER, number, of="score")


class Course(Answer):
    id = Value("integer")
    uid = Value("string")
    code = Value("string")
    name = Value("string")
    title = Value("string", of="name")
    description = Value("string")
    type = Value("string")
    status = Value("string")
    start_date = moment("start_date")
    end_date = moment("end_date")
    created_on = moment("created_at")
    updated_on = moment("updated_at")
    language_label = Value("string", languages.label, of="language")
    average_completion_time = Value("integer", of="duration")


class CourseEnrollment(Answer):
    user_id = Value("integer")
    username = Value("string")
    course_id = Value("integer")
    course_uid = Value("string", of="uid")
    course_code = Value("string", of="code")
    course_name = Value("string", of="name")
    course_type = Value("string", of="type")
    course_begin_date = moment("start_date")
    course_end_date = moment("end_date")
    enrollment_level = Value("string", vocabulary.LEVEL_NAME.get, of="level")
    enrollment_status = Value("string", vocabulary.COURSE.get, of="status")
    enrollment_created_by = Value(NULLABLE_INTEGER, of="enrolled_by")
    enrollment_created_at = moment("enrolled_at")
    enrollment_validity_begin_date = moment("valid_from")
    enrollment_validity_end_date = moment("valid_until")
    # some clients read these names instead
    enrollment_validity_begin_datetime = moment("valid_from")
    enrollment_validity_end_datetime = moment("valid_until")
    enrollment_date_last_updated = moment("updated_at")
    enrollment_completion_date = moment("completed_at")
    enrollment_score = score_value()
    enrollment_time_spent = Value("integer", of="time_spent")


class EnrollInLearningPlanResult(Answer):
    enrolled = Value(list_of(INTEGER))
    errors = Value(list_of({"type": "string"}))

    @classmethod
    def of_decision(cls, learning_plan_id: int, decision: PlanDecision) -> dict[str, Any]:
        existing = [
            f"User {user} is enrolled in learning plan {learning_plan_id} already." for user in decision.existing
        ]
        unknown = [f"User {user} does not exist." for user in decision.unknown_users]
        return cls.of({"enrolled": sorted(decision.joining), "errors": existing + unknown})
