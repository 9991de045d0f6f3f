"""Passwords: stored salted and hashed with scrypt."""

from __future__ import annotations

import secrets
from functools import cache

from werkzeug.security import check_password_hash, generate_password_hash

# a quarter of the usual cost: these passwords guard a mock, and a start waits for two of them
METHOD = "scrypt:8192:8:1"

# of a batch: a thousand of them would take ten seconds, in which the worker answers nobody
BULK_METHOD = "scrypt:128:8:1"


def hash_password(password: str, method: str | None = None) -> str:
    return generate_password_hash(password, method or METHOD)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether it is the one that was hashed. A user without a password, or no user at all, has no right one.

    One hash is computed in any case, so that the time it takes does not tell whether there is such a user.
    """
    right = check_password_hash(hashed or _nobodys(METHOD), password)
    return right and hashed is not None


@cache
def _nobodys(method: str) -> str:
    """Of a password that is no user's."""
    return generate_password_hash(secrets.token_hex(), method)
