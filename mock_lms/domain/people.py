"""Users: what follows from what is stored of them, and who goes into a group."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID, uuid5

_USERS = UUID("6f1d5b0e-2a43-4c57-9d0e-8b7a5c3f1e20")
"""The namespace of users' uuids, which is the mock's own."""


@lru_cache(maxsize=4096)
def uuid_of(user_id: int, identity: str) -> str:
    """A user's uuid: always the same, and no other user's, also where another one had the id before."""
    return str(uuid5(_USERS, f"{user_id} {identity}"))


def is_expired(expires_at: str | None, now: str) -> bool:
    """Whether the account's last moment is over."""
    return expires_at is not None and expires_at < now


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who goes into a group, who is in it already, and who is nobody; each in the order of the request."""

    new: Sequence[int]
    present: Sequence[int]
    unknown: Sequence[int]


def assign(user_ids: Sequence[int], known: Set[int], members: Set[int]) -> Assignment:
    """Every known user who is no member becomes one."""
    return Assignment(
        [user for user in user_ids if user in known and user not in members],
        [user for user in user_ids if user in members],
        [user for user in user_ids if user not in known],
    )
