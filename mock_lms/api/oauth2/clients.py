"""A client as Authlib asks about it."""

from __future__ import annotations

import re

from authlib.oauth2.rfc6749 import ClientMixin
from flask import request

from mock_lms.services import oauth2
from mock_lms.services.oauth2 import Client

PUBLIC_GRANTS = {"authorization_code", "refresh_token"}
LOOPBACK = re.compile(
    r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?(?:[/?](?:(?![#\"\\<>])[!-~])*)?", re.ASCII
)
"""What needs no reading between the lines: programs disagree about whose host `http://a\\@b/` names."""


class OAuthClient(ClientMixin):  # type: ignore[misc]
    """A stored client, as Authlib asks about it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def client_id(self) -> str:
        return self.client.client_id

    def get_client_id(self) -> str:
        return self.client.client_id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        """There is one scope, and whoever asks for none or for more gets it."""
        return oauth2.SCOPE

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Registered addresses, of which /... is this tenant's own. A client with a secret may use loopback too."""
        own = request.root_url.rstrip("/")
        registered = self.client.redirect_uris
        if redirect_uri in {own + uri if uri.startswith("/") else uri for uri in registered}:
            return True
        loopback = LOOPBACK.fullmatch(redirect_uri) if self.client.secret_hash else None
        return loopback is not None and int(loopback[1] or 0) < 1 << 16

    def check_client_secret(self, client_secret: str) -> bool:
        return oauth2.is_secret(self.client, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") == (self.client.secret_hash is None)

    def check_response_type(self, response_type: str) -> bool:
        return bool(response_type == "code")

    def check_grant_type(self, grant_type: str) -> bool:
        return self.client.secret_hash is not None or grant_type in PUBLIC_GRANTS
