"""What the service *manage* takes and answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from marshmallow import ValidationError, post_load, validates_schema

from mock_lms.api.answers import NULLABLE_TEXT, Answer, always, list_of, moment
from mock_lms.api.queries import ListQuery, direction, ids, sort_by, words
from mock_lms.api.vocabulary import USER_LEVEL_BY_CODE, USER_LEVEL_BY_NAME
from mock_lms.http.fields import Choice, DateTime, Flag, Text, Value, component, whole_number
from mock_lms.http.query_fields import QueryFlag, QueryId, QueryNumber, Setting
from mock_lms.http.requests import Body
from mock_lms.policy import Policy
from mock_lms.services.people import rows_of

MANAGER_TITLE = "Direct Manager"

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


class ListBranches(ListQuery):
    node_id = QueryNumber("NodeId", 0, attribute="node")
    flattened = QueryFlag(load_default=False)
    search_text = Text(attribute="search")


class ListUserFields(ListQuery):
    search_text = Text(attribute="search")


class ListSubordinates(ListQuery):
    pass


class ListManagerSubordinates(ListQuery):
    pass


class ListGroupMembers(ListQuery):
    pass


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


@lru_cache(maxsize=4096)
def managers_of(managers: str | None) -> list[dict[str, Any]]:
    """Each of the managers of a column of users, by id."""
    return [
        {"manager_id": manager, **_named(username, firstname, lastname)}
        for manager, username, firstname, lastname in rows_of(managers)
    ]


@lru_cache(maxsize=4096)
def manager_names_of(managers: str | None) -> dict[str, Any]:
    """The names of a user's first manager, by the number of the one type of managers that there is."""
    first = next(iter(rows_of(managers)), None)
    names = _named(*first[1:]) if first else {"manager_name": None, "manager_username": None}
    return {"1": {"manager_title": MANAGER_TITLE, **names}}


def _named(username: str, firstname: str, lastname: str) -> dict[str, Any]:
    return {"manager_name": f"{firstname} {lastname}".strip(), "manager_username": username}


@lru_cache(maxsize=4096)
def fields_of(fields: str | None) -> dict[str, Any]:
    """The values of a user's additional fields, as properties of the user."""
    return {f"field_{field}": value for _, field, value in rows_of(fields)}


class Manager(Answer):
    manager_id = Value("integer")
    manager_name = Value("string")
    manager_username = Value("string")


class ManagerName(Answer):
    manager_title = Value("string")
    manager_name = Value(NULLABLE_TEXT)
    manager_username = Value(NULLABLE_TEXT)


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
    uuid = Value("string")
    encoded_username = Value("string", quote, of="username")
    is_manager = Value("boolean", bool, of="subordinates")
    last_access_date = moment("last_access_at")
    language = Value("string")
    lang_code = Value("string", of="language")
    timezone = Value("string")
    expired = Value("boolean")
    expiration_date = moment("expires_at")
    email_validation_status = Value("string", str, of="email_validated")
    managers = Value(list_of(component("Manager")), managers_of)
    manager_names = Value(component("ManagerNames"), manager_names_of, of="managers")
    active_subordinates_count = Value("integer", of="active_subordinates")
    actions = always("array", [])

    @classmethod
    def of_rows(cls, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """Users, each with a `field_N` for every additional field N."""
        fields = names.index("fields")
        return [user | fields_of(row[fields]) for user, row in zip(super().of_rows(names, rows), rows, strict=True)]


class AdditionalField(Answer):
    id = Value("integer")
    title = Value("string")
    type = Value("string")
    mandatory = Value("boolean", bool)
    value = Value(NULLABLE_TEXT)


class UserView(Answer):
    user_data = Value(component("User"))
    additional_fields = Value(list_of(component("AdditionalField")))

    @classmethod
    def of_user(cls, user: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return cls.of(
            {"user_data": User.of(user), "additional_fields": [AdditionalField.of(field) for field in fields]}
        )


class Person(Answer):
    user_id = Value("string", str, of="id")
    username = Value("string")
    firstname = Value("string")
    lastname = Value("string")
    fullname = Value("string")
    email = Value("string")


class Branch(Answer):
    id = Value("integer")
    code = Value("string")
    title = Value("string", of="name")
    parent_id = Value("integer", lambda parent: parent or 0)
    has_children = Value("boolean", bool)


class UserField(Answer):
    id = Value("integer")
    type = Value("string")
    title = Value("string")
    mandatory = Value("boolean", bool)
    sequence = Value("integer", of="position")
