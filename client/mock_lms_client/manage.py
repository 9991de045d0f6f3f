"""The service *manage*: users, and who a token belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from mock_lms_client import answers, types
from mock_lms_client.answers import Row
from mock_lms_client.asking import word_in_path
from mock_lms_client.funnel import Funnel
from mock_lms_client.listing import Listing
from mock_lms_client.types import Id

USER = Row(types.User, ("user_id",))
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
