"""The service *manage*: users, and who a token belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from mock_lms_client import answers, types
from mock_lms_client.answers import Row
from mock_lms_client.asking import (
    in_path,
    several,
    word_in_path,
)
from mock_lms_client.funnel import Funnel
from mock_lms_client.listing import Listing
from mock_lms_client.types import Id

USER = Row(types.User, ("user_id",), nested=("managers", "manager_names", "actions"))
PERSON = Row(types.Person, ("user_id",))
BRANCH = Row(types.Branch, ("id",))
USER_FIELD = Row(types.UserField, ("id",))


JOB = Row(types.Job, ("hash",))


class Manage(Funnel):
    """Operations of openapi.yaml whose tag is `manage`."""

    def list_users(
        self,
        *,
        search_text: str | None = None,
        match_type: str | None = None,
        user_id: Iterable[Id] | None = None,
        type: Iterable[str] | None = None,  # noqa: A002 -- the contract's name
        status: Iterable[str] | None = None,
        branch_id: Id | None = None,
        pending: bool | None = None,
        updated_from: str | None = None,
        sort_attr: str | None = None,
        sort_dir: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.User]:
        """The users; here their ids are texts. `match_type="full"` finds who has just this username, name or e-mail."""
        return self._list(
            "list_users",
            "/manage/v1/user",
            USER,
            page_size,
            search_text=search_text,
            match_type=match_type,
            user_id=user_id,
            type=type,
            status=status,
            branch_id=branch_id,
            pending=pending,
            updated_from=updated_from,
            sort_attr=sort_attr,
            sort_dir=sort_dir,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def create_user(
        self,
        username: str,
        *,
        firstname: str | None = None,
        lastname: str | None = None,
        email: str | None = None,
        password: str | None = None,
        level: int | str | None = None,
    ) -> types.CreatedUser:
        """Creates a user, and says the id. `Refused` with 409 where the username is taken."""
        body = {
            "username": username,
            "firstname": firstname,
            "lastname": lastname,
            "email": email,
            "password": password,
            "level": level,
        }
        return cast(types.CreatedUser, self._call("create_user", "POST", "/manage/v1/user", body=body))

    def get_user(self, user_id: Id) -> types.UserView:
        """A user, and the value of every additional field. `Refused` with 404 where there is none."""
        return cast(types.UserView, self._call("get_user", "GET", _user(user_id)))

    def update_user(
        self,
        user_id: Id,
        *,
        username: str | None = None,
        userid: str | None = None,
        firstname: str | None = None,
        lastname: str | None = None,
        email: str | None = None,
        password: str | None = None,
        level: int | str | None = None,
        language: str | None = None,
        timezone: str | None = None,
        expiration: str | None = None,
        email_validation_status: int | str | None = None,
        manager: Id | None = None,
        additional_fields: Iterable[Mapping[str, Any]] | None = None,
    ) -> types.UpdatedUser:
        """Gives a user new values; what is None stays. `Refused` with 409 where the username is taken."""
        body = {
            "username": username,
            "userid": userid,
            "firstname": firstname,
            "lastname": lastname,
            "email": email,
            "password": password,
            "level": level,
            "language": language,
            "timezone": timezone,
            "expiration": expiration,
            "email_validation_status": email_validation_status,
            "manager": manager,
            "additional_fields": None if additional_fields is None else several("additional_fields", additional_fields),
        }
        return cast(types.UpdatedUser, self._call("update_user", "PUT", _user(user_id), body=body))

    def batch_save_users(
        self, items: Iterable[Mapping[str, Any]], *, options: Mapping[str, Any] | None = None
    ) -> list[types.SavedUser]:
        """Creates a user for each item, or changes the one who is there, and says what became of each, in their order.

        Read `success` of each row: an answer does not mean that all were carried out.
        """
        body = {"items": several("items", items), "options": options}
        answer = self._call("batch_save_users", "POST", "/manage/v1/user/batch", body=body, read=answers.rows)
        return cast(list[types.SavedUser], answer)

    def change_user_status(self, user_ids: Iterable[Id], status: int | str) -> types.ChangedUsers:
        """Activates users (1) or deactivates them (0). Read `errors`."""
        body = {"user_ids": several("user_ids", user_ids), "status": status}
        answer = self._call("change_user_status", "PUT", "/manage/v1/user/change_status", body=body)
        return cast(types.ChangedUsers, answer)

    def delete_users(self, user_ids: Iterable[Id]) -> types.DeletedUsers:
        """Deletes users and all that is held about them. Read `errors`."""
        body = {"user_ids": several("user_ids", user_ids)}
        return cast(types.DeletedUsers, self._call("delete_users", "DELETE", "/manage/v1/user/delete", body=body))

    def list_subordinates(
        self, user_id: Id, *, get_cursor: bool | None = None, cursor: str | None = None, page_size: int = 200
    ) -> Listing[types.Person]:
        """Whom a user manages directly."""
        path = f"{_user(user_id)}/subordinates"
        return self._list("list_subordinates", path, PERSON, page_size, get_cursor=get_cursor, cursor=cursor)

    def list_manager_subordinates(
        self, manager_id: Id, *, get_cursor: bool | None = None, cursor: str | None = None, page_size: int = 200
    ) -> Listing[types.Person]:
        """What `list_subordinates` lists, by another path."""
        path = f"/manage/v1/managers/{in_path('manager_id', manager_id)}/subordinates"
        return self._list("list_manager_subordinates", path, PERSON, page_size, get_cursor=get_cursor, cursor=cursor)

    def list_group_members(
        self, group_id: Id, *, get_cursor: bool | None = None, cursor: str | None = None, page_size: int = 200
    ) -> Listing[types.Person]:
        """The users of a group; `list_audiences` lists the groups."""
        path = f"/manage/v1/group/{in_path('group_id', group_id)}/members"
        return self._list("list_group_members", path, PERSON, page_size, get_cursor=get_cursor, cursor=cursor)

    def list_branches(
        self,
        *,
        node_id: int | None = None,
        flattened: bool | None = None,
        search_text: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.Branch]:
        """The branches directly below one, or below the root; with `flattened` all that are below it."""
        return self._list(
            "list_branches",
            "/manage/v1/orgchart",
            BRANCH,
            page_size,
            node_id=node_id,
            flattened=flattened,
            search_text=search_text,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def list_user_fields(
        self,
        *,
        search_text: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.UserField]:
        """The additional fields that users have."""
        return self._list(
            "list_user_fields",
            "/manage/v1/user_fields",
            USER_FIELD,
            page_size,
            search_text=search_text,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def get_session(self) -> types.Session:
        """Returns the user to whom the token belongs."""
        return cast(types.Session, self._call("get_session", "GET", "/manage/v1/user/session"))

    def list_microservices(self) -> list[types.Microservice]:
        """Returns the services, and where each has a Swagger 2.0 document of itself."""
        path = "/manage/v1/site/microservices"
        return cast(list[types.Microservice], self._call("list_microservices", "GET", path, read=answers.rows))

    def list_jobs(
        self, *, get_cursor: bool | None = None, cursor: str | None = None, page_size: int = 200
    ) -> Listing[types.Job]:
        """The background jobs, in the order in which they were begun."""
        return self._list("list_jobs", "/manage/v1/job", JOB, page_size, get_cursor=get_cursor, cursor=cursor)

    def get_job(self, hash: str) -> types.Job:  # noqa: A002 -- the contract's name
        """How far a background job is."""
        return cast(types.Job, self._call("get_job", "GET", f"/manage/v1/job/{word_in_path('hash', hash)}"))

    def abort_job(self, hash: str) -> types.Job:  # noqa: A002 -- the contract's name
        """Has a background job go no further. What it did is done."""
        path = f"/manage/v1/job/{word_in_path('hash', hash)}"
        return cast(types.Job, self._call("abort_job", "PUT", path))

    def log_in(self, username: str, password: str, *, issue_refresh_token: bool | None = None) -> types.LogInResult:
        """An access token of the user, which the client itself does not use. `Refused` with 400 for a wrong login."""
        body = {"username": username, "password": password, "issue_refresh_token": issue_refresh_token}
        answer = self._call("log_in", "POST", "/manage/v1/user/login", body=body, repeatable=True, anonymous=True)
        return cast(types.LogInResult, answer)


def _user(user_id: Id) -> str:
    return f"/manage/v1/user/{in_path('user_id', user_id)}"
