"""What the service *learn* takes and answers. What an act did is in `results`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, post_load, validates_schema

from mock_lms.api.answers import (
    NULLABLE_INTEGER,
    Answer,
    moment,
    score_value,
)
from mock_lms.api.queries import CoursesQuery, ListQuery, direction, ids, sort_by, words
from mock_lms.api.vocabulary import LEVEL_BY_NAME, LEVEL_NAME, STATUS_BY_NAME, STATUS_NUMBER
from mock_lms.domain.batch import ROW_CAP
from mock_lms.domain.unenroll import USER_CAP
from mock_lms.domain.values import ASSIGNMENT_TYPES, COURSE_STATUSES, COURSE_TYPES
from mock_lms.http.body_fields import Cell, Id, Items
from mock_lms.http.fields import (
    LEVELS,
    STATUSES,
    Choice,
    DateTime,
    Flag,
    Ids,
    NumberChoice,
    Part,
    Score,
    Text,
    UserIds,
    Value,
    component,
)
from mock_lms.http.query_fields import Array, QueryFlag, QueryId, Word
from mock_lms.http.requests import Body
from mock_lms.policy import Policy


class ListEnrollments(ListQuery):
    id_user = ids("users")
    id_course = ids("courses")
    code_course = Array(Text(), attribute="course_codes")
    id_learning_plan = ids("plans")
    code_learning_plan = Array(Text(), attribute="plan_codes")
    status = words(STATUS_BY_NAME, "StatusFilter", "statuses")
    type = words((*COURSE_TYPES, "learning_plan"), "EnrollmentType", "types")
    level = Word(LEVEL_BY_NAME, "LevelName")
    updated_from = DateTime()
    updated_to = DateTime()
    search = Text()
    search_text = Text()
    exclude_courses_in_lp = QueryFlag(load_default=False, attribute="outside_plans")

    @post_load
    def _one_search(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Both names of the search become one; `search_text` counts, unless it is empty."""
        text = data.pop("search_text", None) or data.get("search")
        return {**data, "search": text}


COURSE_SORTS = ("id_course", "name", "code", "last_update")


class ListLearnCourses(CoursesQuery):
    sort_attr = sort_by(*COURSE_SORTS)
    sort_by = sort_by(*COURSE_SORTS)


class ListLp(ListQuery):
    search_text = Text(attribute="search")
    id_user = QueryId(attribute="user")
    return_courses = QueryFlag(load_default=False)
    sort_attr = sort_by("name", "last_update")
    sort_dir = direction()


class BulkUnenroll(Body):
    user_ids = UserIds(least=1, cap=USER_CAP, required=True)
    course_ids = Ids(placeholder=True, load_default=list)
    learningplan_ids = Ids(placeholder=True, load_default=list, attribute="learning_plan_ids")
    reset_tracks = Flag(load_default=False)
    cascade_unenroll_from_courses_in_selected_learning_plan = Flag(load_default=False, attribute="cascade")
    delete_issued_certificates = Flag(load_default=False, attribute="delete_certificates")

    # that one of them names a target is `domain.unenroll.prepare`'s rule
    rule = {
        "anyOf": [
            {"required": [name], "properties": {name: {"contains": {"not": {"enum": [0, "0"]}}}}}
            for name in ("course_ids", "learningplan_ids")
        ]
    }


class Enroll(Body):
    level = NumberChoice(LEVELS, "LevelNumber")
    date_begin_validity = DateTime(attribute="valid_from")
    date_expire_validity = DateTime(attribute="valid_until")


class BulkEnroll(Enroll):
    user_ids = Ids(least=1, load_default=list)
    group_ids = Ids(least=1, load_default=list)
    branch_ids = Ids(least=1, load_default=list)
    course_ids = Ids(least=1, required=True)
    assignment_type = Choice(ASSIGNMENT_TYPES, "AssignmentType")
    atomic_enrollment = Flag(load_default=False, attribute="atomic")

    rule = {"anyOf": [{"required": [name]} for name in ("user_ids", "group_ids", "branch_ids")]}

    @validates_schema
    def _names_somebody(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        if not (data.get("user_ids") or data.get("group_ids") or data.get("branch_ids")):
            raise ValidationError("users, groups or branches are needed.", "user_ids")


class UpdateEnrollment(Body):
    status = NumberChoice(STATUSES, "StatusNumber")
    level = NumberChoice(LEVELS, "LevelNumber")
    date_inscr = DateTime(attribute="enrolled_at")
    date_complete = DateTime(attribute="completed_at")
    date_first_access = DateTime(attribute="first_access_at")
    date_last_access = DateTime(attribute="last_access_at")
    date_begin_validity = DateTime(attribute="valid_from")
    date_expire_validity = DateTime(attribute="valid_until")
    score_given = Score(attribute="score")


class BulkUpdateEnrollments(UpdateEnrollment):
    user_ids = Ids(least=1)
    course_ids = Ids(least=1)
    user_id = Ids(least=1)
    course_id = Ids(least=1)

    rule = {"oneOf": [{"required": ["user_ids", "course_ids"]}, {"required": ["user_id", "course_id"]}]}

    @validates_schema
    def _one_spelling(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        spellings = [{"user_ids", "course_ids"} <= data.keys(), {"user_id", "course_id"} <= data.keys()]
        if sum(spellings) != 1:
            raise ValidationError("either user_ids and course_ids, or user_id and course_id, are needed.", "user_ids")

    @post_load
    def _plural(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Both spellings become `user_ids` and `course_ids`. The one that is complete counts."""
        user_ids, course_ids = data.pop("user_id", None), data.pop("course_id", None)
        if user_ids and course_ids:
            data |= {"user_ids": user_ids, "course_ids": course_ids}
        return data


class BatchOptions(Body):
    course_id = Cell()
    session_id = Cell()
    status = Cell()
    level = Cell()
    active_from = Cell()
    active_until = Cell()
    timezone = Cell()
    assignment_type = Cell()
    enrollment_date_now = Cell()
    enroll_disabled_users = Cell()


class BatchItem(Body):
    """A row. It is read by `batch`, since what is wrong in it fails that row and not the call."""

    course_id = Cell()
    course_code = Cell()
    user_id = Cell()
    username = Cell()
    session_id = Cell()
    session_code = Cell()
    status = Cell()
    level = Cell()
    enrollment_date = Cell()
    completion_date = Cell()
    active_from = Cell()
    active_until = Cell()
    timezone = Cell()
    score = Cell()
    assignment_type = Cell()


class BatchEnroll(Body):
    items = Items(BatchItem, most=ROW_CAP, required=True)
    options = Part(BatchOptions, load_default=dict)


class BatchUnenrollItem(Body):
    course_id = Cell()
    course_code = Cell()
    user_id = Cell()
    username = Cell()
    session_id = Cell()
    session_code = Cell()


class BatchUnenrollOptions(Body):
    course_id = Cell()
    session_id = Cell()


class BatchUnenroll(Body):
    items = Items(BatchUnenrollItem, most=ROW_CAP, required=True)
    options = Part(BatchUnenrollOptions, load_default=dict)


class EnrollInLp(Body):
    id_lp = Id(required=True)
    id_user = Id(required=True)


class CreateCourse(Body):
    name = Text("RequiredText", least=1, required=True)
    code = Text()
    course_type = Choice(COURSE_TYPES, "CourseType", attribute="type")
    status = Choice(COURSE_STATUSES, "CourseStatus")
    description = Text("LongText", most=10_000)
    start_date = DateTime()
    end_date = DateTime()


class Enrollment(Answer):
    id = Value("integer", of="target_id")
    user_id = Value("integer")
    username = Value("string")
    name = Value("string")
    code = Value("string")
    description = Value("string")
    type = Value("string")
    status = Value("string")
    level = Value({"type": ["string", "null"]}, LEVEL_NAME.get)
    subscribed_by = Value(NULLABLE_INTEGER, of="enrolled_by")
    date_last_updated = moment("updated_at")
    enroll_date_of_enrollment = moment("enrolled_at")
    enroll_begin_date = moment("valid_from")
    enroll_end_date = moment("valid_until")
    course_complete_date = moment("completed_at")
    course_end_date = moment("end_date")
    score = score_value()
    total_time = Value("integer", of="time_spent")
    complete_percent = Value(NULLABLE_INTEGER, of="percent")
    courses_count = Value(NULLABLE_INTEGER, of="courses")


class EnrollmentRecord(Answer):
    id = Value("integer", of="course_id")
    name = Value("string")
    course_code = Value("string", of="code")
    type = Value("string")
    status = Value({"type": ["integer", "string"]})
    score = score_value()
    enroll_begin_date = moment("valid_from")
    course_complete_date = moment("completed_at")
    enrollment_fields = Value("array")

    @classmethod
    def of_row(cls, row: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
        status = row["status"] if policy.record_status == "string" else STATUS_NUMBER[row["status"]]
        return cls.of({**row, "status": status, "enrollment_fields": []})


class EnrollmentRecords(Answer):
    records = Value(component("EnrollmentRecord"))


class CreatedCourse(Answer):
    id_course = Value("integer")
