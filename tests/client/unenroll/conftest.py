"""Tenants, and what is planned and done with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mock_lms_client.unenroll import pack

from mock_lms.testing import MockLMS, MockTenant
from tests.client.stage import Stage, small, tenants


@pytest.fixture(scope="module")
def new() -> Iterator[Callable[..., MockTenant]]:
    """Makes tenants of one mock."""
    with MockLMS(seed="empty") as lms:
        yield from tenants(lms)


@pytest.fixture
def make(
    request: pytest.FixtureRequest,
    new: Callable[..., MockTenant],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Stage]:
    """Makes stages of the module's USERS, whose calls have at most two users, so that a few make several."""
    monkeypatch.setattr(pack, "USERS_PER_CALL", 2)

    def make(**given: Any) -> Stage:
        return Stage(new(**{"seed": small(request.module.USERS), **given}), tmp_path)

    return make


@pytest.fixture
def stage(make: Callable[..., Stage]) -> Stage:
    """The usual one."""
    return make()
