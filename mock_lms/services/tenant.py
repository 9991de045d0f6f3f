"""What every operation works on."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_lms.clock import Clock, stamp
from mock_lms.policy import Policy
from mock_lms.storage.database import Database


@dataclass(frozen=True, slots=True)
class Tenant:
    """One LMS: its data, its choices where the sources leave one, its time."""

    database: Database
    policy: Policy = field(default_factory=Policy)
    clock: Clock = field(default_factory=Clock)

    def now(self) -> str:
        """The tenant's time as it is stored and answered."""
        return stamp(self.clock.now())

    def seconds(self) -> int:
        """The tenant's time in whole seconds since 1970, for what expires."""
        return int(self.clock.now().timestamp())
