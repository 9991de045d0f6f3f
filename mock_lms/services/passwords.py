"""Passwords: stored salted and hashed with scrypt."""

from __future__ import annotations

from werkzeug.security import check_password_hash, generate_password_hash

# a quarter of the usual cost: these passwords guard a mock, and a start waits for two of them
METHOD = "scrypt:8192:8:1"


def hash_password(password: str) -> str:
    return generate_password_hash(password, METHOD)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether it is the one that was hashed. Nothing is the password of a user without one."""
    return hashed is not None and check_password_hash(hashed, password)
