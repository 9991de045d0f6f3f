"""What is asked: request bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from mock_lms.domain.unenroll import USER_CAP
from mock_lms.domain.values import ASSIGNMENT_TYPES, COURSE_STATUSES, COURSE_TYPES, USER_LEVELS
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
)
from mock_lms.http.requests import Body


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
    user_ids = Ids(least=1, required=True)
    course_ids = Ids(least=1, required=True)
    assignment_type = Choice(ASSIGNMENT_TYPES, "AssignmentType")
    atomic_enrollment = Flag(load_default=False, attribute="atomic")


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


class LearningPlanItems(Body):
    user_ids = Ids(least=1, required=True)


class LearningPlanOptions(Body):
    assignment_type = Choice(ASSIGNMENT_TYPES, "AssignmentType")
    validity_start_at = DateTime(attribute="valid_from")
    validity_end_at = DateTime(attribute="valid_until")


class BulkEnrollInLearningPlan(Body):
    items = Part(LearningPlanItems, required=True)
    options = Part(LearningPlanOptions, load_default=dict)


class EnrollInLearningPlan(Body):
    status = Choice(("subscribed",))


class CreateUser(Body):
    username = Text("RequiredText", least=1, required=True)
    firstname = Text()
    lastname = Text()
    email = Text()
    password = Text("RequiredText", least=1)
    level = Choice(USER_LEVELS, "UserLevel")


class CreateCourse(Body):
    name = Text("RequiredText", least=1, required=True)
    code = Text()
    course_type = Choice(COURSE_TYPES, "CourseType", attribute="type")
    status = Choice(COURSE_STATUSES, "CourseStatus")
    description = Text("LongText", most=10_000)
    start_date = DateTime()
    end_date = DateTime()


class CreateLearningPlan(Body):
    title = Text("RequiredText", least=1, required=True, attribute="name")
    code = Text()
    description = Text("LongText", most=10_000)


class AddLearningPlanCourses(Body):
    course_ids = Ids(least=1, required=True)
