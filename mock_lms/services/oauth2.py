"""Tokens: who is calling, who may log in, what is issued. `api/oauth2/` speaks the protocol.

Source: docebo-api.md 5. Tokens are random and expire; only their hashes are stored.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from mock_lms.domain.errors import InvalidToken, WrongLogin
from mock_lms.services.passwords import is_password
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, client_keys, meta, tokens
from mock_lms.storage.tokens import Actor as Actor
from mock_lms.storage.tokens import Grant as Grant
from mock_lms.storage.tokens import Holder as Holder
from mock_lms.storage.tokens import digest as digest

TOKEN_SECONDS = 3_600
LOGIN_SECONDS = 7_200
"""Of an access token that a login gives (docebo-api.md 5)."""

REFRESH_SECONDS = 14 * 24 * 3_600
CODE_SECONDS = 300
SCOPE = "api"
NUL = "\0"  # PostgreSQL does not even look for it
ADMIN = Holder(meta.ADMIN_ID, meta.ADMIN)
BROWSER_CLIENT = "api-browser"
BROWSER_REDIRECT = "/api-browser/oauth2-redirect.html"


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client, which acts as `holder` in its own name. Without a secret it is public, and must use PKCE."""

    client_id: str
    secret_hash: str | None
    holder: Holder
    redirect_uris: tuple[str, ...]


def new_token() -> str:
    """40 hexadecimal digits, as the vendor's: 160 random bits."""
    return secrets.token_hex(20)


def authenticate(tenant: Tenant, token: str) -> Actor:
    """Whose access token this is. Raises `InvalidToken`."""
    with tenant.control.look() as transaction:
        holder = tokens.holder(transaction, token, tenant.seconds())
    if holder is not None:
        with tenant.database.look() as transaction:
            level = catalog.level(transaction, holder.user_id, holder.identity)
        if level is not None:
            return Actor(holder.user_id, holder.identity, level)
    raise InvalidToken


def get_session(tenant: Tenant, holder: Holder) -> dict[str, Any]:
    """The row of the token's user."""
    with tenant.database.look() as transaction:
        user = catalog.user(transaction, holder.user_id)
    if user is None or user["identity"] != holder.identity:
        raise InvalidToken
    return user


def find_user(tenant: Tenant, username: str, password: str) -> Holder | None:
    """The active user with this username and password."""
    user = None
    if NUL not in username:
        with tenant.database.read() as transaction:
            user_id = catalog.user_id(transaction, username)
            user = catalog.user(transaction, user_id) if user_id is not None else None
    hashed = user["password_hash"] if user else None
    if user and user["id"] == meta.ADMIN_ID:
        hashed = tenant.access.password_hash
    # the password is looked at first and whoever it is, as the time that this takes must not tell who is here
    right = is_password(password, hashed)
    return Holder(user["id"], user["identity"]) if right and user and user["active"] else None


def log_in(tenant: Tenant, username: str, password: str, *, issue_refresh_token: bool = False) -> dict[str, str]:
    """An access token of the user, and a refresh token if it is asked for. Raises `WrongLogin`.

    Both are of the server's own client. Source: docebo-api.md 5.
    """
    holder = find_user(tenant, username, password)
    if holder is None:
        raise WrongLogin
    issued = {"access_token": new_token()} | ({"refresh_token": new_token()} if issue_refresh_token else {})
    save(tenant, tenant.access.client_id, holder, issued, seconds=LOGIN_SECONDS)
    return {**issued, "expires_in": str(LOGIN_SECONDS)}


def is_active(tenant: Tenant, holder: Holder) -> bool:
    """Whether the user is still there, and may log in."""
    with tenant.database.look() as transaction:
        return catalog.level(transaction, holder.user_id, holder.identity) is not None


def find_client(tenant: Tenant, client_id: str) -> Client | None:
    """The server's own client, or the one of its API browser."""
    if client_id == tenant.access.client_id:
        return Client(client_id, tenant.access.client_secret_hash, ADMIN, ())
    if client_id == BROWSER_CLIENT:
        return Client(client_id, None, ADMIN, (BROWSER_REDIRECT,))
    return None


def find_signer(tenant: Tenant, client_id: str) -> tuple[Client, str] | None:
    """The client of this id that signs what it is, and its public key."""
    if NUL in client_id:
        return None
    with tenant.control.look() as transaction:
        key = client_keys.get(transaction, client_id)
    if key is None:
        return None
    return find_client(tenant, client_id) or Client(client_id, None, ADMIN, ()), key


def find_subject(tenant: Tenant, username: str) -> Holder | None:
    """The active user with this username, of whom somebody trusted speaks."""
    if NUL in username:
        return None
    with tenant.database.read() as transaction:
        user_id = catalog.user_id(transaction, username)
        user = catalog.user(transaction, user_id) if user_id is not None else None
    return Holder(user["id"], user["identity"]) if user and user["active"] else None


def is_secret(client: Client, secret: str) -> bool:
    """Whether it is the client's. A public client has none."""
    return client.secret_hash is not None and hmac.compare_digest(client.secret_hash, tokens.digest(secret))


def save(
    tenant: Tenant,
    client_id: str,
    holder: Holder,
    issued: dict[str, Any],
    *,
    spent: str | None = None,
    seconds: int = TOKEN_SECONDS,
) -> bool:
    """Stores the hashes of an issued access token and, where there is one, its refresh token.

    The access token works for `seconds`. `spent` is the refresh token or code that they were given for. It is used up;
    False, and nothing is stored, where another call was quicker.
    """
    now = tenant.seconds()
    lives = {"access": seconds, "refresh": REFRESH_SECONDS}
    with tenant.control.begin() as transaction:
        if spent is not None and not tokens.forget(transaction, spent):
            return False
        for kind, life in lives.items():
            if secret := issued.get(f"{kind}_token"):
                tokens.put(transaction, secret, Grant(kind, client_id, holder, SCOPE, now + life), now)
    return True


def save_code(tenant: Tenant, code: str, client_id: str, holder: Holder, details: str) -> None:
    """Stores an authorization code."""
    now = tenant.seconds()
    with tenant.control.begin() as transaction:
        tokens.put(transaction, code, Grant("code", client_id, holder, SCOPE, now + CODE_SECONDS, details), now)


def find(tenant: Tenant, kind: str, secret: str) -> Grant | None:
    """What a refresh token or a code stands for, while it is good."""
    with tenant.control.look() as transaction:
        return tokens.find(transaction, kind, secret, tenant.seconds())
