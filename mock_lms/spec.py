"""Where openapi.yaml lies."""

from __future__ import annotations

from pathlib import Path


def spec_path() -> Path:
    """The contract: the wheel's copy, or the root's in a checkout."""
    packaged = Path(__file__).with_name("openapi.yaml")
    return packaged if packaged.exists() else packaged.parents[1] / "openapi.yaml"
