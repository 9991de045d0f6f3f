"""Every option of the server, its default, its meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mock_lms.policy import Policy
from mock_lms.services.tenant import Access

PREFIX = "mock_lms"


@dataclass(frozen=True, slots=True)
class Config:
    """What a worker has to be told. All else that it must know is in the database."""

    database: Path | str
    """The directory of the tenants, which is theirs alone; or the address of the PostgreSQL that they live in."""

    access: Access
    """Who may ask for tokens."""

    prefix: str = PREFIX
    """What the names of PostgreSQL's schemas begin with; nothing to SQLite."""

    host: str = "127.0.0.1"
    """The name or address that is listened on, which requests may name in `Host`."""

    allowed_hosts: tuple[str, ...] = ()
    """Other names that requests may have in `Host`, without a port."""

    policy: Policy = field(default_factory=Policy)
    """What the mock does where the sources leave a choice."""

    sabotage: str = ""
    """The name of a rule to break on purpose; see `mock-lms sabotage`."""

    control_token_hash: str = ""
    """Of the token that controls the mock. Nothing has this hash, so by default nobody does."""

    largest_body: int = 8 * 1024 * 1024
    """Bytes of a request body that are read; more is a 413."""

    largest_upload: int = 64 * 1024 * 1024
    """Bytes of a snapshot that is imported."""
