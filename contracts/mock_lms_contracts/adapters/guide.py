"""Where the guide for those who write an adapter is: ADAPTERS.md, which lies beside this package's code."""

from __future__ import annotations

from pathlib import Path

GUIDE = "see `mock-lms-contracts explain adapters`"
"""The end of every message about an adapter that did something wrong."""


def guide() -> str:
    """The text of ADAPTERS.md."""
    return Path(__file__).parents[1].joinpath("ADAPTERS.md").read_text(encoding="utf-8")
