"""A time that passes only when somebody sleeps."""

from __future__ import annotations

from collections.abc import Callable

from mock_lms_client import Client

from mock_lms.testing import MockTenant


class Time:
    """A clock and the sleep that moves it; with it moves the clock of a tenant, where that is frozen."""

    def __init__(self, lms: MockTenant | None = None) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        """The seconds of each sleep."""
        self.on_sleep: Callable[[], object] = lambda: None
        self._lms = lms

    def clock(self) -> float:
        """The seconds since it began."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Lets them pass."""
        self.slept.append(seconds)
        self.now += seconds
        if self._lms:
            self._lms.control.advance_clock(seconds)
        self.on_sleep()

    def rule(self, client: Client) -> None:
        """Has the client live in this time."""
        client._waiting._clock, client._waiting._sleep = self.clock, self.sleep
        client._login._clock = self.clock
