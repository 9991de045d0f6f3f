"""The answers of *learn* that say what an act did, made of the domain's decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_lms.api.answers import INTEGER, NULLABLE_INTEGER, Answer, list_of
from mock_lms.domain import enroll, unenroll, update
from mock_lms.domain.batch import Outcome
from mock_lms.domain.enrollments import UsersById
from mock_lms.http.fields import Value, component
from mock_lms.policy import Policy


class BulkUnenrollResult(Answer):
    un_enrolled = Value(list_of(INTEGER), list)
    errors = Value(list_of({"anyOf": [{"type": "string"}, component("UnenrollError")]}))

    @classmethod
    def of_decision(cls, decision: unenroll.Decision, policy: Policy) -> dict[str, Any]:
        error_of = str if policy.errors_style == "strings" else UnenrollError.of_failure
        return cls.of({"un_enrolled": decision.un_enrolled, "errors": [error_of(f) for f in decision.failures]})


class UnenrollError(Answer):
    user_id = Value("integer")
    course_id = Value("integer")
    learning_plan_id = Value("integer")
    message = Value("string")

    @staticmethod
    def of_failure(failure: unenroll.Failure) -> dict[str, Any]:
        """The failure with the id of its target, which is either a course or a learning plan."""
        key = "course_id" if failure.target is unenroll.Target.COURSE else "learning_plan_id"
        return {"user_id": failure.user_id, key: failure.target_id, "message": str(failure)}


class UnenrollResult(Answer):
    deleted_enrollment = Value("integer")


def _pairs(users_by_course: UsersById, course: str, user: str, **more: Any) -> list[dict[str, Any]]:
    """An object for each user of each course; `course` and `user` are the fields' names."""
    return [
        {user: user_id, course: course_id, **more}
        for course_id, users in users_by_course.items()
        for user_id in sorted(users)
    ]


class Enrolled(Answer):
    id_user = Value("integer")
    id_course = Value("integer")
    waiting = Value("boolean")


def _sentences(decision: enroll.Decision) -> list[str]:
    existing = _pairs(decision.existing, "course", "user")
    return [
        *(f"User {pair['user']} is enrolled in course {pair['course']} already." for pair in existing),
        *(f"There is no user {user_id}." for user_id in decision.unknown_users),
        *(f"There is no course {course_id}." for course_id in decision.unknown_courses),
    ]


class EnrollErrors(Answer):
    existing_enrollments = Value(list_of(component("Enrolled")))
    invalid_users = Value(list_of(INTEGER))
    invalid_courses = Value(list_of(INTEGER))
    enrolled = Value(list_of(component("Enrolled")))


class EnrollResult(Answer):
    enrolled = Value(list_of(component("Enrolled")))
    errors = Value(
        {"anyOf": [list_of({"anyOf": [component("EnrollErrors"), {"type": "string"}]}), component("EnrollErrors")]}
    )

    @classmethod
    def of_decision(cls, decision: enroll.Decision, policy: Policy) -> dict[str, Any]:
        enrolled = _pairs(decision.courses, "id_course", "id_user", waiting=False)
        if policy.enroll_errors == "strings":
            return cls.of({"enrolled": enrolled, "errors": _sentences(decision)})
        buckets: dict[str, Any] = {
            "existing_enrollments": _pairs(decision.existing, "id_course", "id_user"),
            "invalid_users": list(decision.unknown_users),
            "invalid_courses": list(decision.unknown_courses),
        }
        buckets = {name: entries for name, entries in buckets.items() if entries}
        if policy.enroll_errors == "echo":
            buckets["enrolled"] = enrolled
        errors: Any = [buckets] if buckets else []
        if policy.enroll_errors == "object" and buckets:
            errors = buckets
        return cls.of({"enrolled": enrolled, "errors": errors})


class Pair(Answer):
    course_id = Value("integer")
    user_id = Value("integer")


class NotUpdated(Answer):
    invalid_enrollments = Value(list_of(component("Pair")))


class UpdateResult(Answer):
    updated = Value(list_of(component("Pair")))
    not_updated = Value(list_of(component("NotUpdated")))

    @classmethod
    def of_decision(cls, decision: update.Decision) -> dict[str, Any]:
        missing = [{"course_id": course, "user_id": user} for course, user in decision.missing]
        not_updated = [{"invalid_enrollments": missing}] if missing else []
        return cls.of({"updated": _pairs(decision.updated, "course_id", "user_id"), "not_updated": not_updated})


class BatchRow(Answer):
    row_index = Value("integer")
    success = Value("boolean")
    message = Value("string")
    course_id = Value(NULLABLE_INTEGER)
    user_id = Value(NULLABLE_INTEGER)
    session_id = Value(NULLABLE_INTEGER)

    @classmethod
    def of_outcomes(cls, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
        rows = [
            (index, not outcome.problem, outcome.problem, outcome.course_id, outcome.user_id, None)
            for index, outcome in enumerate(outcomes)
        ]
        return cls.of_rows(tuple(cls._declared_fields), rows)
