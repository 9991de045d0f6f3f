"""The small tenant of `tests/support/small.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import NewLms
from tests.support.lms import Lms
from tests.support.small import SEED


@pytest.fixture
def seed_file(tmp_path: Path) -> str:
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)
    return str(path)


@pytest.fixture
def small(new_lms: NewLms, seed_file: str) -> Lms:
    """Five users, four courses, three learning plans; 31 and 32 share course 22."""
    return new_lms(seed=seed_file)
