"""What the service *manage* takes and answers."""

from __future__ import annotations

from typing import Any

from marshmallow import post_load

from mock_lms.api.answers import Answer, moment
from mock_lms.api.queries import ListQuery, direction, sort_by, words
from mock_lms.domain.values import USER_LEVELS
from mock_lms.http.fields import Choice, Text, Value
from mock_lms.http.requests import Body


class ListUsers(ListQuery):
    search_text = Text(attribute="search")
    match_type = Choice(("full",))
    type = words(USER_LEVELS, "UserLevel", "levels")
    status = words({"0": 0, "1": 1}, "UserStatus", "active")
    sort_attr = sort_by("user_id", "username", "email", "last_name", "creation_date")
    sort_dir = direction()

    @post_load
    def _whole_text(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """With `match_type` the search is the filter `equals`: not a part of what is searched, but the whole of it."""
        if data.pop("match_type", None) and "search" in data:
            data["equals"] = data.pop("search")
        return data


class CreateUser(Body):
    username = Text("RequiredText", least=1, required=True)
    firstname = Text()
    lastname = Text()
    email = Text()
    password = Text("RequiredText", least=1)
    level = Choice(USER_LEVELS, "UserLevel")


class CreatedUser(Answer):
    user_id = Value("integer")


class Microservice(Answer):
    app = Value("string")
    url = Value("string")


class Session(Answer):
    id = Value("integer")
    username = Value("string")
    email = Value("string")
    firstname = Value("string")
    lastname = Value("string")
    user_level = Value("string", of="level")


class User(Answer):
    user_id = Value("string", str, of="id")
    username = Value("string")
    first_name = Value("string", of="firstname")
    last_name = Value("string", of="lastname")
    fullname = Value("string")
    email = Value("string")
    level = Value("string")
    status = Value("string", str, of="active")
    creation_date = moment("created_at")
    last_update = moment("updated_at")
