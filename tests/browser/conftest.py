"""A server as a real process."""

from __future__ import annotations

from tests.support.process import server

__all__ = ["server"]
