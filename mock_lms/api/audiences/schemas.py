"""What the service *audiences* takes and answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_lms.api.answers import INTEGER, Answer, list_of
from mock_lms.api.queries import ListQuery
from mock_lms.domain.people import Assignment
from mock_lms.domain.values import MAX_LONG_TEXT
from mock_lms.http.fields import Ids, Text, Value
from mock_lms.http.requests import Body


class ListAudiences(ListQuery):
    search_text = Text(attribute="search")


class CreateAudience(Body):
    name = Text("RequiredText", least=1, required=True)
    description = Text("LongText", most=MAX_LONG_TEXT)


class AssignUsers(Body):
    user_ids = Ids(least=1, required=True)


class Audience(Answer):
    id = Value("integer")
    uuid = Value("string")
    name = Value("string")
    description = Value("string")


class AssignedUsers(Answer):
    assigned_users = Value(list_of(INTEGER))
    errors = Value(list_of({"type": "string"}))

    @classmethod
    def of_assignment(cls, assignment: Assignment) -> dict[str, Any]:
        errors = _each("User {} does not exist.", assignment.unknown)
        errors += _each("User {} is in the group already.", assignment.present)
        return cls.of({"assigned_users": list(assignment.new), "errors": errors})


def _each(sentence: str, user_ids: Sequence[int]) -> list[str]:
    return [sentence.format(user) for user in user_ids]
