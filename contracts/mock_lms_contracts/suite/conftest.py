"""What several modules of checks share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_lms_contracts import people as enrolling
from mock_lms_contracts import reads as reading
from mock_lms_contracts.adapters import World
from mock_lms_contracts.shared import shared_world


@pytest.fixture(scope="session")
def reads(request: pytest.FixtureRequest) -> Iterator[reading.Reads]:
    with shared_world(request.config, "READ-LIST-1", reading.SCENARIO) as (_, world):
        yield reading.read(world)


@pytest.fixture(scope="session")
def people(request: pytest.FixtureRequest) -> Iterator[World]:
    with shared_world(request.config, "SINGLE-ENROLL-1", enrolling.SCENARIO) as (_, world):
        yield world
