"""What the LMS answers about people, and where they stand in the company. `types` has all of it."""

from __future__ import annotations

from typing import Any, NotRequired, TypeAlias, TypedDict

Moment: TypeAlias = str | None
"""`YYYY-MM-DD HH:MM:SS`, UTC."""


class Manager(TypedDict):
    manager_id: int
    manager_name: NotRequired[str]
    manager_username: NotRequired[str]


class ManagerName(TypedDict):
    manager_title: NotRequired[str]
    manager_name: NotRequired[str | None]
    manager_username: NotRequired[str | None]


# by the number of a type of managers
ManagerNames = TypedDict("ManagerNames", {"1": NotRequired[ManagerName]})


class User(TypedDict):
    user_id: str
    username: str
    first_name: NotRequired[str]
    last_name: NotRequired[str]
    fullname: NotRequired[str]
    email: NotRequired[str]
    level: NotRequired[str]
    status: NotRequired[str]
    creation_date: NotRequired[Moment]
    last_update: NotRequired[Moment]
    uuid: NotRequired[str]
    encoded_username: NotRequired[str]
    is_manager: NotRequired[bool]
    last_access_date: NotRequired[Moment]
    language: NotRequired[str]
    lang_code: NotRequired[str]
    timezone: NotRequired[str]
    expired: NotRequired[bool]
    expiration_date: NotRequired[Moment]
    email_validation_status: NotRequired[str]
    managers: NotRequired[list[Manager]]
    manager_names: NotRequired[ManagerNames]
    active_subordinates_count: NotRequired[int]
    actions: NotRequired[list[Any]]


class AdditionalField(TypedDict):
    id: int
    title: NotRequired[str]
    type: NotRequired[str]
    mandatory: NotRequired[bool]
    value: NotRequired[str | None]


class UserView(TypedDict):
    user_data: User
    additional_fields: list[AdditionalField]


class Person(TypedDict):
    user_id: str
    username: str
    firstname: NotRequired[str]
    lastname: NotRequired[str]
    fullname: NotRequired[str]
    email: NotRequired[str]


class Branch(TypedDict):
    id: int
    code: NotRequired[str]
    title: NotRequired[str]
    parent_id: NotRequired[int]
    has_children: NotRequired[bool]


class UserField(TypedDict):
    id: int
    type: NotRequired[str]
    title: NotRequired[str]
    mandatory: NotRequired[bool]
    sequence: NotRequired[int]


class PendingUser(TypedDict):
    user_id: int
    username: NotRequired[str]
    firstname: NotRequired[str]
    lastname: NotRequired[str]
    fullname: NotRequired[str]
    email: NotRequired[str]
    course_id: int
    course_code: NotRequired[str]
    course_name: NotRequired[str]
    session_id: NotRequired[int | None]
    enrollment_status: NotRequired[str]
    enrollment_created_at: NotRequired[Moment]


class Audience(TypedDict):
    id: int
    uuid: NotRequired[str]
    name: NotRequired[str]
    description: NotRequired[str]


class AssignedUsers(TypedDict):
    assigned_users: list[int]
    errors: list[str]


class UpdatedUser(TypedDict):
    success: bool
    updated_id: int


class SavedUser(TypedDict):
    row_index: int
    success: bool
    message: str
    user_id: int | None


class ChangedUsers(TypedDict):
    updated_users: list[int]
    errors: list[str]


class DeletedUsers(TypedDict):
    deleted_users: list[int]
    errors: list[str]
