"""The client of a tenant: one method for each operation of openapi.yaml, under its name."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Self, cast

import requests

from mock_lms_client import types
from mock_lms_client.answers import Row
from mock_lms_client.course import Courses
from mock_lms_client.funnel import Funnel
from mock_lms_client.learn import Learn
from mock_lms_client.learningplan import LearningPlans
from mock_lms_client.listing import Listing
from mock_lms_client.login import Login
from mock_lms_client.oauth2 import OAuth2
from mock_lms_client.waiting import OnWait, Waiting

USER = Row(types.User, ("user_id",))


class Users(Funnel):
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
        """Who the token belongs to."""
        return cast(types.Session, self._call("get_session", "GET", "/manage/v1/user/session"))


class Client(Learn, Courses, LearningPlans, Users, OAuth2):
    """All calls of a tenant. What they raise is in `errors.py`.

    With a `token` it uses just that; with credentials it logs in when it must. All its waits together take `patience`
    seconds at the most, and `on_wait` is told of each. A `session` of your own brings its headers, proxies,
    certificates and adapters, and stays open. Not for threads: each takes a client of its own.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout: float | tuple[float, float] = (5.0, 60.0),
        patience: float = 3600.0,
        on_wait: OnWait | None = None,
        session: requests.Session | None = None,
        allow_http: bool = False,
    ) -> None:
        login = Login(
            lambda form: self.issue_token(**form),
            token=token,
            client_id=client_id,
            client_secret=client_secret,
            username=username,
            password=password,
        )
        waiting = Waiting(patience, on_wait)
        super().__init__(base_url, login, waiting, timeout=timeout, session=session, allow_http=allow_http)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections, unless the session is the caller's own."""
        if self._owned:
            self._session.close()
