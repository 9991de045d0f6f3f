"""The grant for an assertion that the client signed: the JWT bearer grant.

Source: docebo-api.md 5; what-clients-call.md 1; RFC 7521; RFC 7523.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError
from authlib.oauth2.rfc7523 import JWTBearerGrant
from flask import request
from joserfc.jwk import RSAKey

from mock_lms.api.oauth2.clients import OAuthClient
from mock_lms.http.call import tenant
from mock_lms.services import oauth2
from mock_lms.services.oauth2 import Client, Holder


class Signer(OAuthClient):
    """A client that signs what it is."""

    def __init__(self, client: Client, public_key: str) -> None:
        super().__init__(client)
        self.public_key = public_key

    def check_grant_type(self, grant_type: str) -> bool:
        return True


class WithAssertion(JWTBearerGrant):  # type: ignore[misc]
    """RFC 7523, 2.1. The assertion's times are held against the machine's clock, since that is the signer's."""

    CLAIMS_OPTIONS = {name: {"essential": True} for name in ("iss", "sub", "aud", "exp")}

    def extract_assertion(self, assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
        # before the key is looked at: it must not be taken for the secret of an HMAC, nor `none` for a signature
        header, claims = super().extract_assertion(assertion)
        if header.get("alg") != "RS256":
            raise InvalidGrantError("The assertion is not signed with RS256.")
        if not isinstance(claims.get("sub"), str):
            raise InvalidGrantError("The claim sub is missing, or it is no text. It is the username.")
        return header, claims

    def process_assertion_claims(self, assertion: str) -> Any:
        try:
            return super().process_assertion_claims(assertion)
        except InvalidGrantError as error:  # of a wrong signature it has nothing to say
            error.description = error.description or "The assertion is not signed by the client's key."
            raise

    def resolve_issuer_client(self, issuer: str) -> Signer | None:
        found = oauth2.find_signer(tenant(), issuer)
        return Signer(*found) if found else None

    def resolve_client_public_key(self, client: Signer) -> RSAKey:
        secret = self.request.form.get("client_secret")
        if secret and client.client.secret_hash and not client.check_client_secret(secret):
            raise InvalidClientError(description="The client secret is wrong.")
        return RSAKey.import_key(client.public_key)

    def authenticate_user(self, subject: str) -> Holder | None:
        return oauth2.find_subject(tenant(), subject)

    def get_audiences(self) -> list[str]:
        """This tenant's address without its scheme: the host with and without its port, and with the tenant's path."""
        with_path = request.root_url.partition("://")[2].rstrip("/")
        return [*dict.fromkeys((with_path, request.host, urlsplit(f"//{request.host}").hostname or request.host))]

    def has_granted_permission(self, client: Signer, user: Holder) -> bool:
        """A key that was registered here may speak of everybody."""
        return True
