"""What the service *manage* takes to change users, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import post_load

from mock_lms.api.answers import INTEGER, NULLABLE_INTEGER, Answer, list_of
from mock_lms.api.manage.schemas import UserLevel
from mock_lms.domain.batch import ROW_CAP
from mock_lms.domain.users import Chosen, Saved
from mock_lms.http.body_fields import Cell, Id, Items
from mock_lms.http.fields import (
    MAX_ITEMS,
    DateTime,
    Flag,
    Ids,
    JsonSchema,
    NumberChoice,
    Part,
    Text,
    Value,
)
from mock_lms.http.requests import Body


class OrNull(DateTime):
    """A date, or null where there is to be none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, **kwargs)

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [super().json_schema(), {"type": "null"}]}


class FieldValue(Body):
    id = Cell()
    value = Cell()


class UpdateUser(Body):
    username = Text("RequiredText", least=1)
    userid = Text("RequiredText", least=1)
    firstname = Text()
    lastname = Text()
    email = Text()
    password = Text("RequiredText", least=1)
    level = UserLevel()
    language = Text("RequiredText", least=1)
    timezone = Text("RequiredText", least=1)
    expiration = OrNull(attribute="expires_at")
    email_validation_status = NumberChoice({0: 0, 1: 1}, "ZeroOrOne", attribute="email_validated")
    manager = Id()
    additional_fields = Items(FieldValue, most=MAX_ITEMS, attribute="fields")

    @post_load
    def _one_name(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Both names of the username become one; `username` counts first."""
        if (userid := data.pop("userid", None)) is not None:
            data.setdefault("username", userid)
        return data


class UserRow(Body):
    """A row. It is read by `user_rows`, since what is wrong in it fails that row and not the call."""

    user_id = Cell()
    username = Cell()
    new_username = Cell()
    firstname = Cell()
    lastname = Cell()
    email = Cell()
    password = Cell()
    level = Cell()
    active = Cell()
    language = Cell()
    timezone = Cell()
    expiration_date = Cell()
    branch_code = Cell()
    manager_1 = Cell()


class UserRowOptions(Body):
    update_user_info = Flag(load_default=False)


class BatchSaveUsers(Body):
    items = Items(UserRow, most=ROW_CAP, required=True)
    options = Part(UserRowOptions, load_default=dict)


class ChangeUserStatus(Body):
    user_ids = Ids(least=1, required=True)
    status = NumberChoice({0: 0, 1: 1}, "ZeroOrOne", required=True)


class DeleteUsers(Body):
    user_ids = Ids(least=1, required=True)


class UpdatedUser(Answer):
    success = Value("boolean")
    updated_id = Value("integer")


class SavedUser(Answer):
    row_index = Value("integer")
    success = Value("boolean")
    message = Value("string")
    user_id = Value(NULLABLE_INTEGER)

    @classmethod
    def of_batch(cls, saved: Sequence[Saved]) -> list[dict[str, Any]]:
        messages = [": ".join(each.problem) if each.problem else "" for each in saved]
        rows = [
            (index, not message, message, each.user_id)
            for index, (each, message) in enumerate(zip(saved, messages, strict=True))
        ]
        return cls.of_rows(tuple(cls._declared_fields), rows)


class ChangedUsers(Answer):
    updated_users = Value(list_of(INTEGER))
    errors = Value(list_of({"type": "string"}))

    @classmethod
    def of_choice(cls, chosen: Chosen) -> dict[str, Any]:
        return cls.of({"updated_users": list(chosen.users), "errors": errors_of(chosen)})


class DeletedUsers(Answer):
    deleted_users = Value(list_of(INTEGER))
    errors = Value(list_of({"type": "string"}))

    @classmethod
    def of_choice(cls, chosen: Chosen) -> dict[str, Any]:
        return cls.of({"deleted_users": list(chosen.users), "errors": errors_of(chosen)})


def errors_of(chosen: Chosen) -> list[str]:
    """Whom a call could not concern, and why."""
    unknown = [f"User {user} does not exist." for user in chosen.unknown]
    return unknown + [f"User {user} is the superadmin that every tenant has, and stays." for user in chosen.protected]
