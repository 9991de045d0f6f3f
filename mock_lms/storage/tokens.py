"""OAuth tokens. What a client holds is never stored, only its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from mock_lms.storage.control_tables import oauth_tokens
from mock_lms.storage.database import Statement, Transaction


def digest(secret: str) -> str:
    """What is stored of a random secret. It has 160 bits or more, so it needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Holder:
    """The user to whom a token was given. Ids are given again after a restore; the identity is not."""

    user_id: int
    identity: str


@dataclass(frozen=True, slots=True)
class Actor(Holder):
    """Whose token it is."""

    level: str

    @property
    def is_superadmin(self) -> bool:
        return self.level == "superadmin"


_HOLDER = Statement(
    select(oauth_tokens.c.user_id, oauth_tokens.c.identity).where(
        oauth_tokens.c.hash == bindparam("hash"),
        oauth_tokens.c.kind == "access",
        oauth_tokens.c.expires_at > bindparam("now"),
    )
)


def holder(transaction: Transaction, token: str, now: int) -> Holder | None:
    """To whom an access token that has not expired was given. Whether that user is still there, the data says."""
    row = transaction.row(_HOLDER, hash=digest(token), now=now)
    return Holder(*row) if row else None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. `details` is the redirect address and PKCE challenge of a code, as JSON."""

    kind: str  # access, refresh or code
    client_id: str
    holder: Holder
    scope: str
    expires_at: int
    details: str | None = None


_ADD = Statement(insert(oauth_tokens).values({c.name: bindparam(c.name) for c in oauth_tokens.c}))
_FORGET_EXPIRED = Statement(delete(oauth_tokens).where(oauth_tokens.c.expires_at <= bindparam("now")))


def put(transaction: Transaction, secret: str, grant: Grant, now: int) -> None:
    """Stores a token, and forgets those that have expired."""
    transaction.run(_FORGET_EXPIRED, now=now)
    transaction.run(
        _ADD,
        hash=digest(secret),
        kind=grant.kind,
        client_id=grant.client_id,
        user_id=grant.holder.user_id,
        identity=grant.holder.identity,
        scope=grant.scope,
        expires_at=grant.expires_at,
        details=grant.details,
    )


_GRANT = Statement(
    select(
        *(oauth_tokens.c[name] for name in ("client_id", "user_id", "identity", "scope", "expires_at", "details")),
    ).where(
        oauth_tokens.c.hash == bindparam("hash"),
        oauth_tokens.c.kind == bindparam("kind"),
        oauth_tokens.c.expires_at > bindparam("now"),
    )
)
_FORGET = Statement(delete(oauth_tokens).where(oauth_tokens.c.hash == bindparam("hash")))


def find(transaction: Transaction, kind: str, secret: str, now: int) -> Grant | None:
    """What a token of this kind stands for, while it is good."""
    row = transaction.row(_GRANT, hash=digest(secret), kind=kind, now=now)
    if row is None:
        return None
    client_id, user_id, identity, *rest = row
    return Grant(kind, client_id, Holder(user_id, identity), *rest)


def forget_expired(transaction: Transaction, now: int) -> int:
    """How many there were of them."""
    return transaction.run(_FORGET_EXPIRED, now=now)


def forget(transaction: Transaction, secret: str) -> bool:
    """Whether there was such a token; there is none any more."""
    return transaction.run(_FORGET, hash=digest(secret)) > 0


_HOLDERS = Statement(select(oauth_tokens.c.user_id, oauth_tokens.c.identity).distinct())
_FORGET_HOLDER = Statement(
    delete(oauth_tokens).where(
        oauth_tokens.c.user_id == bindparam("user"), oauth_tokens.c.identity == bindparam("identity")
    )
)


def holders(transaction: Transaction) -> set[Holder]:
    """Every user who has a token."""
    return {Holder(*row) for row in transaction.rows(_HOLDERS)}


def forget_holders(transaction: Transaction, gone: Iterable[Holder]) -> None:
    """Ends all that they hold."""
    for holder in gone:
        transaction.run(_FORGET_HOLDER, user=holder.user_id, identity=holder.identity)
