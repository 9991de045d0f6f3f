"""What every operation works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mock_lms.clock import Clock, stamp
from mock_lms.policy import Policy
from mock_lms.storage.database import Database

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may enter any tenant of the server. Secrets are hashed."""

    client_id: str
    client_secret_hash: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Tenant:
    """One LMS: its data, its choices where the sources leave one, its time; and how it is controlled."""

    name: str
    database: Database
    control: Database
    access: Access
    policy: Policy
    clock: Clock
    entries: Mapping[str, str]
    """What it was made with: `seed`, `sabotage` ..., and `data`, which names the data that is its own now."""

    quota: str | None
    """Its limits, as JSON."""

    faults: tuple[tuple[int, str], ...]
    """Its fault rules in order: position, and the rule as JSON."""

    @property
    def path(self) -> str:
        """What its addresses begin with, for clients that only know a base address."""
        return f"/t/{self.name}"

    def now(self) -> str:
        """The tenant's time as it is stored and answered."""
        return stamp(self.clock.now())

    def seconds(self) -> int:
        """The tenant's time in whole seconds since 1970, for what expires."""
        return int(self.clock.now().timestamp())

    def microseconds(self) -> int:
        """The tenant's time in whole microseconds since 1970, for the quota."""
        return (self.clock.now() - _EPOCH) // _MICROSECOND
