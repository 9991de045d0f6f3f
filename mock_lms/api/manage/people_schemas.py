"""What the service *manage* answers about users, branches and additional fields, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from mock_lms.api.answers import NULLABLE_TEXT, Answer, always, list_of, moment
from mock_lms.api.queries import ListQuery
from mock_lms.http.fields import Text, Value, component
from mock_lms.http.query_fields import QueryFlag, QueryNumber
from mock_lms.services.people import rows_of, values_of

MANAGER_TITLE = "Direct Manager"


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
def fields_of(fields: str | None, values: str | None) -> dict[str, Any]:
    """Every additional field of users, with one user's values, as properties of the user."""
    return {f"field_{field}": value for field, value in values_of(fields, values)}


encoded = lru_cache(maxsize=4096)(quote)


class Manager(Answer):
    manager_id = Value("integer")
    manager_name = Value("string")
    manager_username = Value("string")


class ManagerName(Answer):
    manager_title = Value("string")
    manager_name = Value(NULLABLE_TEXT)
    manager_username = Value(NULLABLE_TEXT)


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
    encoded_username = Value("string", encoded, of="username")
    is_manager = Value("boolean", lambda active: active is not None, of="active_subordinates")
    last_access_date = moment("last_access_at")
    language = Value("string")
    lang_code = Value("string", of="language")
    timezone = Value("string")
    expired = Value("boolean")
    expiration_date = moment("expires_at")
    email_validation_status = Value("string", str, of="email_validated")
    managers = Value(list_of(component("Manager")), managers_of)
    manager_names = Value(component("ManagerNames"), manager_names_of, of="managers")
    active_subordinates_count = Value("integer", lambda active: active or 0, of="active_subordinates")
    actions = always("array", [])

    @classmethod
    def of_rows(cls, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """Users, each with a `field_N` for every additional field N."""
        fields, values = names.index("fields"), names.index("field_values")
        users = super().of_rows(names, rows)
        return [user | fields_of(row[fields], row[values]) for user, row in zip(users, rows, strict=True)]


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
