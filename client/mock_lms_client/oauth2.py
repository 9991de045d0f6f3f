"""Tokens, and the page on which a person logs in for one. These calls go out without a token."""

from __future__ import annotations

from typing import Any, cast

from mock_lms_client import answers, types
from mock_lms_client.asking import query_of
from mock_lms_client.funnel import Funnel

USED_UP = {"authorization_code", "refresh_token"}
"""Grants that work once: after a lost answer the second try would be refused."""

AUTHORIZE = "/oauth2/authorize"


class OAuth2(Funnel):
    """Operations of openapi.yaml whose tag is `oauth2`."""

    def issue_token(
        self,
        grant_type: str,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        username: str | None = None,
        password: str | None = None,
        refresh_token: str | None = None,
        code: str | None = None,
        redirect_uri: str | None = None,
        code_verifier: str | None = None,
        assertion: str | None = None,
        scope: str | None = None,
    ) -> types.Token:
        """A token, which the client itself does not use. `Refused` has OAuth2's name of the error, `invalid_grant`."""
        form = {
            "grant_type": grant_type,
            "client_id": client_id,
            "client_secret": client_secret,
            "username": username,
            "password": password,
            "refresh_token": refresh_token,
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
            "assertion": assertion,
            "scope": scope,
        }
        token = self._call(
            "issue_token",
            "POST",
            "/oauth2/token",
            form=form,
            read=answers.token,
            repeatable=grant_type not in USED_UP,
            anonymous=True,
        )
        return cast(types.Token, token)

    def show_login(
        self,
        *,
        client_id: str,
        response_type: str = "code",
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: str | None = None,
        code_challenge: str | None = None,
        code_challenge_method: str | None = None,
    ) -> str:
        """The page on which a person logs in, as HTML. `Refused` where it leads back to the client with an error."""
        query = {
            "response_type": response_type,
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "scope": scope,
            "code_challenge": code_challenge,
            "code_challenge_method": code_challenge_method,
        }
        return cast(str, self._authorize("show_login", "GET", query, read=answers.login_page))

    def submit_login(
        self,
        *,
        username: str,
        password: str,
        client_id: str,
        response_type: str = "code",
        redirect_uri: str | None = None,
        state: str | None = None,
        scope: str | None = None,
        code_challenge: str | None = None,
        code_challenge_method: str | None = None,
    ) -> str:
        """Logs in, and says the address that leads back to the client with a code. `Refused` where it has none."""
        query = {
            "response_type": response_type,
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "scope": scope,
            "code_challenge": code_challenge,
            "code_challenge_method": code_challenge_method,
        }
        form = {"username": username, "password": password}
        return cast(str, self._authorize("submit_login", "POST", query, form=form, read=answers.way_back))

    def _authorize(self, operation: str, method: str, query: dict[str, Any], **how: Any) -> Any:
        return self._call(operation, method, AUTHORIZE, query=query_of(query), anonymous=True, redirects=True, **how)
