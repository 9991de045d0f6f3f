"""What the service *manage* takes and answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from marshmallow import ValidationError, post_load, validates_schema

from mock_lms.api.answers import (
    NULLABLE_INTEGER,
    Answer,
    always,
    moment,
)
from mock_lms.api.queries import ListQuery, direction, ids, sort_by, words
from mock_lms.api.vocabulary import USER_LEVEL_BY_CODE, USER_LEVEL_BY_NAME
from mock_lms.http.fields import Choice, DateTime, Flag, Text, Value, whole_number
from mock_lms.http.query_fields import QueryFlag, QueryId, Setting
from mock_lms.http.requests import Body
from mock_lms.policy import Policy

_ESCAPED = re.compile(r"%(?!00)[0-9A-Fa-f]{2}")


class ListUsers(ListQuery):
    search_text = Text(attribute="search")
    match_type = Setting(("full",))
    user_id = ids("users")
    type = words(USER_LEVEL_BY_NAME, "UserLevelFilter", "levels")
    status = words({"0": 0, "1": 1}, "UserStatus", "active")
    branch_id = QueryId(attribute="branch")
    pending = QueryFlag(load_default=False)
    updated_from = DateTime()
    sort_attr = sort_by(
        "user_id",
        "username",
        "email",
        "first_name",
        "last_name",
        "status",
        "level",
        "creation_date",
        "last_access_date",
        "expiration_date",
        "language",
        "email_validation_status",
    )
    sort_dir = direction()

    @post_load
    def _as_filters(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """What is searched is decoded where it was encoded twice (what-clients-call.md 2.10).

        With `match_type` the search is the filter `equals`: not a part of what is searched, but the whole of it.
        """
        if _ESCAPED.search(data.get("search", "")):
            data["search"] = unquote(data["search"]).replace("\0", "")
        if data.pop("match_type", None) and "search" in data:
            data["equals"] = data.pop("search")
        return {**data, "pending": data["pending"] or None}


class UserLevel(Choice):
    """The level of a user: its name, or the code of it as a number or a text."""

    def __init__(self) -> None:
        super().__init__(USER_LEVEL_BY_NAME | USER_LEVEL_BY_CODE, "UserLevel")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        code = whole_number(value)
        return super()._deserialize(value if code is None else str(code), attr, data, **kwargs)


class CreateUser(Body):
    username = Text("RequiredText", least=1)
    userid = Text("RequiredText", least=1)
    firstname = Text()
    lastname = Text()
    email = Text()
    password = Text("RequiredText", least=1)
    level = UserLevel()

    rule = {"anyOf": [{"required": ["username"]}, {"required": ["userid"]}]}

    @validates_schema
    def _has_a_name(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        if not data.keys() & {"username", "userid"}:
            raise ValidationError("is missing.", "username")

    @post_load
    def _one_name(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Both names of the username become one; `username` counts first."""
        userid = data.pop("userid", None)
        return {"username": userid, **data}


class LogIn(Body):
    username = Text("RequiredText", least=1, required=True)
    password = Text("RequiredText", least=1, required=True)
    issue_refresh_token = Flag(load_default=False)


class LogInResult(Answer):
    access_token = Value("string")
    refresh_token = Value("string")
    expires_in = Value("string")


class CreatedUser(Answer):
    success = Value("boolean")
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
    avatar_url = always("string", "")

    @classmethod
    def of_user(cls, user: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
        level = policy.user_level if user["level"] == "superadmin" else user["level"]
        return cls.of({**user, "level": level})


class ListJobs(ListQuery):
    pass


class Job(Answer):
    hash = Value("string")
    name = Value("string")
    status = Value("string", of="state")
    percent = Value("integer")
    total = Value("integer")
    errors = Value("integer")
    author_id = Value(NULLABLE_INTEGER)
    created_at = moment("created_at")
    started_at = moment("started_at")
    ended_at = moment("ended_at")
