"""What is answered. A class says which columns of the server's rows become which fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema

from mock_lms.api import vocabulary
from mock_lms.http.fields import JsonSchema, Value, component

Plan = list[tuple[str, int, Callable[[Any], Any] | None]]


class Answer(Schema):
    """An object of an answer. `Value(of=...)` names the column where it is not the field's own name."""

    _plans: ClassVar[dict[tuple[type[Answer], Sequence[str]], Plan]] = {}

    @classmethod
    def of_rows(cls, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """Rows whose columns are `names`, as this object. Marshmallow's own dump takes ten times as long."""
        plan = cls._plans.get((cls, names))
        if plan is None:
            plan = cls._plans[(cls, names)] = [
                (name, names.index(field.attribute or name), field.convert)
                for name, field in cls._declared_fields.items()
                if isinstance(field, Value)
            ]
        return [
            {name: row[index] if convert is None else convert(row[index]) for name, index, convert in plan}
            for row in rows
        ]

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """One row by name."""
        return cls.of_rows(tuple(values), [tuple(values.values())])[0]


def _list_of(schema: JsonSchema) -> JsonSchema:
    return {"type": "array", "items": schema}


def _number(value: float | None) -> float | None:
    """92.0 as 92."""
    return int(value) if value is not None and value == int(value) else value


INTEGER: JsonSchema = {"type": "integer"}
NULLABLE_INTEGER: JsonSchema = {"type": ["integer", "null"]}


def _moment(of: str) -> Value:
    return Value(component("Moment"), of=of)


def _score() -> Value:
    return Value({"type": ["number", "null"]}, _number, of="score")


class BulkUnenrollResult(Answer):
    un_enrolled = Value(_list_of(INTEGER), list)
    errors = Value(_list_of({"anyOf": [{"type": "string"}, component("UnenrollError")]}))


class UnenrollError(Answer):
    user_id = Value("integer")
    course_id = Value("integer")
    learning_plan_id = Value("integer")
    message = Value("string")


class UnenrollResult(Answer):
    deleted_enrollment = Value("integer")


class Enrolled(Answer):
    id_user = Value("integer")
    id_course = Value("integer")
    waiting = Value("boolean")


class EnrollErrors(Answer):
    existing_enrollments = Value(_list_of(component("Enrolled")))
    invalid_users = Value(_list_of(INTEGER))
    invalid_courses = Value(_list_of(INTEGER))
    enrolled = Value(_list_of(component("Enrolled")))


class EnrollResult(Answer):
    enrolled = Value(_list_of(component("Enrolled")))
    errors = Value({"anyOf": [_list_of(component("EnrollErrors")), component("EnrollErrors")]})


class Pair(Answer):
    course_id = Value("integer")
    user_id = Value("integer")


class NotUpdated(Answer):
    invalid_enrollments = Value(_list_of(component("Pair")))


class UpdateResult(Answer):
    updated = Value(_list_of(component("Pair")))
    not_updated = Value(_list_of(component("NotUpdated")))


class EnrollInLearningPlanResult(Answer):
    enrolled = Value(_list_of(INTEGER))
    errors = Value(_list_of({"type": "string"}))


class CreatedUser(Answer):
    user_id = Value("integer")


class CreatedCourse(Answer):
    id_course = Value("integer")


class CreatedLearningPlan(Answer):
    learning_plan_id = Value("integer")


class AddLearningPlanCoursesResult(Answer):
    added = Value(_list_of(INTEGER))
    errors = Value(_list_of({"type": "string"}))


class Session(Answer):
    id = Value("integer")
    username = Value("string")
    email = Value("string")
    firstname = Value("string")
    lastname = Value("string")
    user_level = Value("string", of="level")


class Enrollment(Answer):
    id = Value("integer", of="target_id")
    user_id = Value("integer")
    username = Value("string")
    name = Value("string")
    code = Value("string")
    description = Value("string")
    type = Value("string")
    status = Value("string")
    level = Value({"type": ["string", "null"]}, vocabulary.LEVEL_NAME.get)
    subscribed_by = Value(NULLABLE_INTEGER, of="enrolled_by")
    date_last_updated = _moment("updated_at")
    enroll_date_of_enrollment = _moment("enrolled_at")
    enroll_begin_date = _moment("valid_from")
    enroll_end_date = _moment("valid_until")
    course_complete_date = _moment("completed_at")
    course_end_date = _moment("end_date")
    score = _score()
    total_time = Value("integer", of="time_spent")
    complete_percent = Value(NULLABLE_INTEGER, of="percent")
    courses_count = Value(NULLABLE_INTEGER, of="courses")


class EnrollmentRecord(Answer):
    id = Value("integer", of="course_id")
    name = Value("string")
    course_code = Value("string", of="code")
    type = Value("string")
    status = Value({"type": ["integer", "string"]})
    score = _score()
    enroll_begin_date = _moment("valid_from")
    course_complete_date = _moment("completed_at")
    enrollment_fields = Value("array")


class EnrollmentRecords(Answer):
    records = Value(component("EnrollmentRecord"))


class CourseEnrollment(Answer):
    user_id = Value("integer")
    username = Value("string")
    course_id = Value("integer")
    course_uid = Value("string", of="uid")
    course_code = Value("string", of="code")
    course_name = Value("string", of="name")
    course_type = Value("string", of="type")
    course_begin_date = _moment("start_date")
    course_end_date = _moment("end_date")
    enrollment_level = Value("string", vocabulary.LEVEL_NAME.get, of="level")
    enrollment_status = Value("string", vocabulary.COURSE.get, of="status")
    enrollment_created_by = Value(NULLABLE_INTEGER, of="enrolled_by")
    enrollment_created_at = _moment("enrolled_at")
    enrollment_validity_begin_date = _moment("valid_from")
    enrollment_validity_end_date = _moment("valid_until")
    # some clients read these names instead
    enrollment_validity_begin_datetime = _moment("valid_from")
    enrollment_validity_end_datetime = _moment("valid_until")
    enrollment_date_last_updated = _moment("updated_at")
    enrollment_completion_date = _moment("completed_at")
    enrollment_score = _score()
    enrollment_time_spent = Value("integer", of="time_spent")


class LearningPlanEnrollment(Answer):
    user_id = Value("integer")
    username = Value("string")
    learning_plan_id = Value("integer")
    learning_plan_name = Value("string", of="name")
    learning_plan_code = Value("string", of="code")
    enrollment_status = Value("string", vocabulary.LEARNING_PLAN.get, of="status")
    enrollment_created_by = Value(NULLABLE_INTEGER, of="enrolled_by")
    enrollment_created_at = _moment("enrolled_at")
    enrollment_validity_begin_date = _moment("valid_from")
    enrollment_validity_end_date = _moment("valid_until")
    enrollment_date_last_updated = _moment("updated_at")
    enrollment_completion_date = _moment("completed_at")
    enrollment_completion_percentage = Value("integer", of="percent")
    enrollment_time_spent = Value("integer", of="time_spent")


class Course(Answer):
    id = Value("integer")
    uid = Value("string")
    code = Value("string")
    name = Value("string")
    title = Value("string", of="name")
    description = Value("string")
    type = Value("string")
    status = Value("string")
    start_date = _moment("start_date")
    end_date = _moment("end_date")
    created_on = _moment("created_at")
    updated_on = _moment("updated_at")


class LearnCourse(Answer):
    id_course = Value("integer", of="id")
    name = Value("string")
    uidCourse = Value("string", of="uid")  # noqa: N815 -- the vendor's
    description = Value("string")
    course_type = Value("string", of="type")
    code = Value("string")
    date_last_updated = _moment("updated_at")
    start_date = _moment("start_date")
    end_date = _moment("end_date")


class Lp(Answer):
    id = Value("integer")
    code = Value("string")
    name = Value("string")
    description = Value("string")
    create_date = _moment("created_at")
    last_update = _moment("updated_at")


class LearningPlan(Answer):
    learning_plan_id = Value("integer", of="id")
    uuid = Value("string")
    code = Value("string")
    title = Value("string", of="name")
    is_published = Value("boolean", bool, of="published")
    assigned_courses_count = Value("integer", of="courses")
    assigned_enrollments_count = Value("integer", of="enrollments")
    created_on = _moment("created_at")
    updated_on = _moment("updated_at")


class User(Answer):
    user_id = Value("string", str, of="id")
    username = Value("string")
    first_name = Value("string", of="firstname")
    last_name = Value("string", of="lastname")
    fullname = Value("string")
    email = Value("string")
    level = Value("string")
    status = Value("string", str, of="active")
    creation_date = _moment("created_at")
    last_update = _moment("updated_at")
