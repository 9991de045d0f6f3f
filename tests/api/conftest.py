"""The small tenant of `tests/support/small.py`."""

from __future__ import annotations

import pytest

from tests.conftest import NewLms
from tests.support.lms import Lms
from tests.support.small import SEED


@pytest.fixture(scope="session")
def seed_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One file for all tests, so that it is planted once."""
    path = tmp_path_factory.mktemp("small") / "seed.yaml"
    path.write_text(SEED)
    return str(path)


@pytest.fixture
def small(new_lms: NewLms, seed_file: str) -> Lms:
    """Five users, four courses, three learning plans; 31 and 32 share course 22."""
    return new_lms(seed=seed_file)
