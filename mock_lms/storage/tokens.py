"""OAuth clients and tokens. What a client holds is never stored, only its SHA-256."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from mock_lms.storage.database import Session, Statement
from mock_lms.storage.tables import oauth_clients, oauth_tokens, users


def digest(secret: str) -> str:
    """What is stored of a random secret. It has 160 bits or more, so it needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Actor:
    """Whose token it is."""

    user_id: int
    level: str

    @property
    def is_superadmin(self) -> bool:
        return self.level == "superadmin"


_ACTOR = Statement(
    select(users.c.id, users.c.level)
    .join(oauth_tokens, oauth_tokens.c.user_id == users.c.id)
    .where(
        oauth_tokens.c.hash == bindparam("hash"),
        oauth_tokens.c.kind == "access",
        oauth_tokens.c.expires_at > bindparam("now"),
        users.c.active == 1,
    )
)


def actor(session: Session, token: str, now: int) -> Actor | None:
    """The active user of an access token that is still good."""
    row = session.row(_ACTOR, hash=digest(token), now=now)
    return Actor(*row) if row else None


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client. Without `secret_hash` it is a public one. `user_id` is who it acts as in its own name."""

    client_id: str
    secret_hash: str | None
    user_id: int
    redirect_uris: str


_CLIENT = Statement(
    select(*(oauth_clients.c[name] for name in ("client_id", "secret_hash", "user_id", "redirect_uris"))).where(
        oauth_clients.c.client_id == bindparam("client_id")
    )
)


def client(session: Session, client_id: str) -> Client | None:
    row = session.row(_CLIENT, client_id=client_id)
    return Client(*row) if row else None


_FORGET_CLIENT = Statement(delete(oauth_clients).where(oauth_clients.c.client_id == bindparam("client_id")))
_ADD_CLIENT = Statement(insert(oauth_clients).values({c.name: bindparam(c.name) for c in oauth_clients.c}))


def put_client(session: Session, new: Client) -> None:
    """Adds the client, in place of the one of its id."""
    session.run(_FORGET_CLIENT, client_id=new.client_id)
    session.run(
        _ADD_CLIENT,
        client_id=new.client_id,
        secret_hash=new.secret_hash,
        user_id=new.user_id,
        redirect_uris=new.redirect_uris,
    )


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. `details` is the redirect address and PKCE challenge of a code, as JSON."""

    kind: str  # access, refresh or code
    client_id: str
    user_id: int
    scope: str
    expires_at: int
    details: str | None = None


_ADD = Statement(insert(oauth_tokens).values({c.name: bindparam(c.name) for c in oauth_tokens.c}))
_FORGET_EXPIRED = Statement(delete(oauth_tokens).where(oauth_tokens.c.expires_at <= bindparam("now")))


def put(session: Session, secret: str, grant: Grant, now: int) -> None:
    """Stores a token, and forgets those that have expired."""
    session.run(_FORGET_EXPIRED, now=now)
    session.run(
        _ADD,
        hash=digest(secret),
        kind=grant.kind,
        client_id=grant.client_id,
        user_id=grant.user_id,
        scope=grant.scope,
        expires_at=grant.expires_at,
        details=grant.details,
    )


_GRANT = Statement(
    select(
        *(oauth_tokens.c[name] for name in ("kind", "client_id", "user_id", "scope", "expires_at", "details")),
    ).where(
        oauth_tokens.c.hash == bindparam("hash"),
        oauth_tokens.c.kind == bindparam("kind"),
        oauth_tokens.c.expires_at > bindparam("now"),
    )
)
_FORGET = Statement(delete(oauth_tokens).where(oauth_tokens.c.hash == bindparam("hash")))


def find(session: Session, kind: str, secret: str, now: int) -> Grant | None:
    """What a token of this kind stands for, while it is good."""
    row = session.row(_GRANT, hash=digest(secret), kind=kind, now=now)
    return Grant(*row) if row else None


def forget(session: Session, secret: str) -> bool:
    """Whether there was such a token; there is none any more."""
    return session.run(_FORGET, hash=digest(secret)) > 0
