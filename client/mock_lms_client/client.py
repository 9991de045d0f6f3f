"""The client of a tenant, put together from the operations: one file for each tag of openapi.yaml."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import requests

from mock_lms_client.analytics import Analytics
from mock_lms_client.audiences import Audiences
from mock_lms_client.course import Course
from mock_lms_client.learn import Learn
from mock_lms_client.learn_courses import LearnCourses
from mock_lms_client.learn_rows import LearnRows
from mock_lms_client.learningplan import LearningPlan
from mock_lms_client.login import Login
from mock_lms_client.manage import Manage
from mock_lms_client.oauth2 import OAuth2
from mock_lms_client.waiting import OnWait, Waiting


class Client(Learn, LearnRows, LearnCourses, Course, LearningPlan, Manage, Audiences, Analytics, OAuth2):
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
