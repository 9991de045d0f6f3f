"""Servers as real processes."""

from __future__ import annotations

from tests.support.process import serve, server

__all__ = ["serve", "server"]
