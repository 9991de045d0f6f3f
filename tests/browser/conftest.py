"""A server as a real process, and a real browser."""

from __future__ import annotations

from tests.support.browser import chromium
from tests.support.process import server

__all__ = ["chromium", "server"]
