"""What the service *learn* takes and answers about enrollments that wait for a decision."""

from __future__ import annotations

from mock_lms.api.answers import NULLABLE_INTEGER, Answer, moment
from mock_lms.api.queries import ListQuery, ids
from mock_lms.http.fields import Value


class ListPendingUsers(ListQuery):
    user_id = ids("users")
    course_id = ids("courses")


class PendingUser(Answer):
    user_id = Value("integer")
    username = Value("string")
    firstname = Value("string")
    lastname = Value("string")
    fullname = Value("string")
    email = Value("string")
    course_id = Value("integer")
    course_code = Value("string", of="code")
    course_name = Value("string", of="name")
    session_id = Value(NULLABLE_INTEGER, lambda _: None, of="course_id")
    enrollment_status = Value("string", of="hold")
    enrollment_created_at = moment("enrolled_at")
