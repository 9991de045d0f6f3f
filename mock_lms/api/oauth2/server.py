"""OAuth2 as Authlib does it, fed by `services.oauth2`. Imported at the first token call, not at the start.

Source: docebo-api.md 5; RFC 6749; RFC 7523; RFC 7636.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any, cast

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, OAuth2Payload, OAuth2Request, TokenMixin
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError
from authlib.oauth2.rfc6749.grants import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
    ResourceOwnerPasswordCredentialsGrant,
)
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Response, request

from mock_lms.api.oauth2.assertions import WithAssertion
from mock_lms.api.oauth2.clients import OAuthClient
from mock_lms.domain.errors import InvalidRequest
from mock_lms.http.call import tenant
from mock_lms.http.requests import json_object
from mock_lms.services import oauth2
from mock_lms.services.oauth2 import Grant, Holder

WITH_SECRET = ["client_secret_basic", "client_secret_post"]
SAYABLE = re.compile(r"[ !#-\[\]-~]*", re.ASCII)
"""What RFC 6749 lets an error say. Authlib's errors repeat parameters, and fail on anything else."""


class Stored(AuthorizationCodeMixin, TokenMixin):  # type: ignore[misc]
    """A stored code or refresh token."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant
        details = json.loads(grant.details or "{}")
        self.redirect_uri = details.get("redirect_uri")
        self.code_challenge = details.get("code_challenge")
        self.code_challenge_method = details.get("code_challenge_method")

    def get_redirect_uri(self) -> str | None:
        return cast("str | None", self.redirect_uri)

    def get_scope(self) -> str:
        return self.grant.scope

    def check_client(self, client: OAuthClient) -> bool:
        return bool(self.grant.client_id == client.client_id)


class WithCode(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = [*WITH_SECRET, "none"]

    def generate_authorization_code(self) -> str:
        return oauth2.new_token()

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        kept = {name: data.get(name) for name in ("redirect_uri", "code_challenge", "code_challenge_method")}
        oauth2.save_code(tenant(), code, request.client.client_id, request.user, json.dumps(kept))

    def query_authorization_code(self, code: str, client: OAuthClient) -> Stored | None:
        grant = oauth2.find(tenant(), "code", code)
        return Stored(grant) if grant and grant.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: Stored) -> None:
        """`save_token` did."""

    def authenticate_user(self, authorization_code: Stored) -> Holder:
        return _active(authorization_code.grant.holder)


class WithPassword(ResourceOwnerPasswordCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = WITH_SECRET

    def authenticate_user(self, username: str, password: str) -> Holder:
        holder = oauth2.find_user(tenant(), username, password)
        if holder is None:
            # Authlib's own error is invalid_request; RFC 6749, 5.2 says invalid_grant
            raise InvalidGrantError("The username or password is wrong, or the user is not active.")
        return holder


class WithSecret(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = WITH_SECRET


class WithRefreshToken(RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = [*WITH_SECRET, "none"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Stored | None:
        grant = oauth2.find(tenant(), "refresh", refresh_token)
        return Stored(grant) if grant else None

    def authenticate_user(self, refresh_token: Stored) -> Holder:
        return _active(refresh_token.grant.holder)

    def revoke_old_credential(self, refresh_token: Stored) -> None:
        """`save_token` did."""


def _active(holder: Holder) -> Holder:
    if not oauth2.is_active(tenant(), holder):
        raise InvalidGrantError("The user is not active.")
    return holder


class Payload(OAuth2Payload):  # type: ignore[misc]
    """Parameters by name, from a query, a form or a JSON body."""

    def __init__(self, data: dict[str, str], lists: dict[str, list[str]]) -> None:
        self._data = data
        self._lists = lists

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return defaultdict(list, self._lists)


class Request(OAuth2Request):  # type: ignore[misc]
    """The current request as Authlib wants it."""

    def __init__(self) -> None:
        # Authlib insists on https, which a mock on loopback has no use for
        super().__init__(request.method, re.sub("^http:", "https:", request.url), headers=request.headers)
        if request.path.endswith("/authorize"):
            lists = {name: request.args.getlist(name) for name in request.args}
            for name in ("response_type", "client_id", "redirect_uri", "code_challenge_method"):
                if not all(map(SAYABLE.fullmatch, lists.get(name, ()))):
                    raise InvalidRequest(name, "it has a character that cannot be.")
        elif request.mimetype == "application/json":
            body = json_object() or {}
            wrong = [name for name, value in body.items() if not isinstance(value, str)]
            if wrong:
                raise InvalidRequest(wrong[0][:60], "it must be a text.")
            lists = {name: [value] for name, value in body.items()}
        else:
            lists = {name: request.form.getlist(name) for name in request.form}
        if not lists and "grant_type" in request.args:
            # RFC 6749, 2.3.1; and what is in an address ends up in logs
            raise InvalidRequest("body", "the parameters of a token request belong here, not in the query string.")
        self._form = {name: values[0] for name, values in lists.items()}
        self.payload = Payload(self._form, lists)

    @property
    def args(self) -> dict[str, str]:
        return self._form

    @property
    def form(self) -> dict[str, str]:
        return self._form


class Server(AuthorizationServer):  # type: ignore[misc]
    def create_oauth2_request(self, request: Any) -> OAuth2Request:
        return request if isinstance(request, OAuth2Request) else Request()

    def authenticate_client(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().authenticate_client(*args, **kwargs)
        except UnicodeDecodeError:
            raise InvalidClientError(description="The Basic authorization is no text.") from None

    def authorize(self, username: str | None, password: str) -> Response | None:
        """Sends the browser back to the client, with a code or an error. None when somebody has yet to log in.

        An error that must not go to the client's address is answered here. No `username` is a first visit.
        """
        oauth2_request = self.create_oauth2_request(None)
        try:
            grant = self.get_consent_grant(oauth2_request)
        except OAuth2Error as error:
            return self.handle_error_response(oauth2_request, error)
        holder = oauth2.find_user(tenant(), username, password) if username is not None else None
        if holder is None:
            return None
        return cast(Response, self.create_authorization_response(oauth2_request, grant_user=holder, grant=grant))

    def handle_error_response(self, oauth2_request: OAuth2Request, error: OAuth2Error) -> Response:
        """Authlib says 400 or 401 for a wrong client, by the way it was named. RFC 6749 allows 401 for all."""
        if isinstance(error, InvalidClientError):
            error.status_code = 401
        response: Response = super().handle_error_response(oauth2_request, error)
        if "Authorization" not in request.headers:
            # a browser would ask for a password in a dialog of its own
            response.headers.pop("WWW-Authenticate", None)
        return response


def _new_token(*_: object, **__: object) -> str:
    return oauth2.new_token()


def _lifetime(*_: object) -> int:
    return oauth2.TOKEN_SECONDS


def make_server(app: Flask) -> Server:
    """The authorization server of the app."""

    def query_client(client_id: str) -> OAuthClient | None:
        client = oauth2.find_client(tenant(), client_id)
        return OAuthClient(client) if client else None

    def save_token(token: dict[str, Any], request: OAuth2Request) -> None:
        # the code or refresh token is used up in the same transaction, so that no two calls can both exchange it
        spends = {"refresh_token": "refresh_token", "authorization_code": "code"}.get(request.payload.grant_type)
        spent = request.payload.data[spends] if spends else None
        holder = request.user or request.client.client.holder
        if not oauth2.save(tenant(), request.client.client_id, holder, token, spent=spent):
            raise InvalidGrantError("It has been used already.")

    server = Server(app, query_client, save_token)
    server.register_token_generator("default", BearerTokenGenerator(_new_token, _new_token, _lifetime))
    server.register_grant(WithCode, [CodeChallenge(required=True)])
    for grant in (WithPassword, WithSecret, WithRefreshToken, WithAssertion):
        server.register_grant(grant)
    return server
