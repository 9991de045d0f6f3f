"""Finds ADAPTERS.md, the guide for writing an adapter, in this package."""

from __future__ import annotations

from pathlib import Path

GUIDE = "see `mock-lms-contracts explain adapters`"
"""The end of every message about a mistake of an adapter."""


def guide() -> str:
    """The text of ADAPTERS.md."""
    return Path(__file__).parents[1].joinpath("ADAPTERS.md").read_text(encoding="utf-8")
