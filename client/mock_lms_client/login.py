"""The token that calls go out with, and where the next one comes from. Not for threads: each takes its own client.

A token that was given is used as it is. With credentials the first call logs in; later on the refresh token, which
works once, brings the next token, and where it does not, the credentials do.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from mock_lms_client.errors import ClientError
from mock_lms_client.types import Token

Issue = Callable[[dict[str, str]], Token]
"""Asks the server for a token; takes the form."""

LEEWAY = 60.0
"""Seconds before its end that a token is replaced, at the most: it should not end on its way."""


class Login:
    """What one client logs in with, and its token. Its own `repr` is Python's, which shows none of it."""

    def __init__(
        self,
        issue: Issue,
        *,
        token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        username: str | None = None,
        password: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if token and not re.fullmatch(r"[!-~]+", token):
            raise ValueError("token must be printable ASCII without spaces")
        if bool(client_id) != bool(client_secret) or bool(username) != bool(password):
            raise ValueError("client_id and client_secret, username and password: each needs the other")
        if username and not client_id:
            raise ValueError("to log in with username and password, client_id and client_secret are needed too")
        self.secrets = {secret for secret in (token, client_secret, password) if secret}
        """What no message may say: all that there ever was, since a server may still speak of a token that is gone."""
        self._issue, self._clock = issue, clock
        self._token = token or None
        self._refresh_token: str | None = None
        self._due = float("inf")
        self._form: dict[str, str] = {}
        if not token and client_id and client_secret:
            self._form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
            if username and password:
                self._form |= {"grant_type": "password", "username": username, "password": password}

    @property
    def possible(self) -> bool:
        """Whether it can get a new token."""
        return bool(self._form)

    def header(self) -> str | None:
        """The header for a call; before it a new token, where there is none or its time is nearly up."""
        if self._form and (self._token is None or self._clock() >= self._due):
            self.renew()
        return None if self._token is None else f"Bearer {self._token}"

    def renew(self) -> None:
        """Gets a new token, whatever the old one is good for. Raises what `issue_token` raises."""
        refresh_token, self._refresh_token = self._refresh_token, None  # it works once, even if its answer is lost
        self._token = None
        if refresh_token:
            known = {name: self._form[name] for name in ("client_id", "client_secret")}
            try:
                return self._take({"grant_type": "refresh_token", "refresh_token": refresh_token, **known})
            except ClientError:
                pass  # used up, expired or lost: what was given in the first place still holds
        return self._take(self._form)

    def _take(self, form: dict[str, str]) -> None:
        begun = self._clock()
        token = self._issue(form)
        self._token = token["access_token"]
        self._refresh_token = token.get("refresh_token")
        self.secrets |= {token for token in (self._token, self._refresh_token) if token}
        life = token["expires_in"]
        self._due = begun + max(life - LEEWAY, life / 2)
