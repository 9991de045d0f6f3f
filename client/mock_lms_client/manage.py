"""The service *manage*: users, and who a token belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from mock_lms_client import answers, types
from mock_lms_client.answers import Row
from mock_lms_client.funnel import Funnel
from mock_lms_client.listing import Listing

USER = Row(types.User, ("user_id",))


class Manage(Funnel):
    """Operations of openapi.yaml whose tag is `manage`."""

    def list_users(
        self,
        *,
        search_text: str | None = None,
        match_type: str | None = None,
        type: Iterable[str] | None = None,  # noqa: A002 -- the contract's name
        status: Iterable[str] | None = None,
        sort_attr: str | None = None,
        sort_dir: str | None = None,
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
            type=type,
            status=status,
            sort_attr=sort_attr,
            sort_dir=sort_dir,
        )

    def create_user(
        self,
        username: str,
        *,
        firstname: str | None = None,
        lastname: str | None = None,
        email: str | None = None,
        password: str | None = None,
        level: str | None = None,
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
