"""What several modules of checks share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_lms_contracts.reads import SCENARIO, Reads, read
from mock_lms_contracts.shared import shared_world


@pytest.fixture(scope="session")
def reads(request: pytest.FixtureRequest) -> Iterator[Reads]:
    with shared_world(request.config, "READ-LIST-1", SCENARIO) as (_, world):
        yield read(world)
