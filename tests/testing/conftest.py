"""Mocks inside this process and as a server, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from mock_lms.testing import MockLMS, MockTenant

KINDS = ("inside", "served")


@pytest.fixture(scope="session")
def both() -> Iterator[dict[str, MockLMS]]:
    """One of each kind, for tests that take a tenant of it."""
    with ExitStack() as stack:
        yield {kind: stack.enter_context(MockLMS(serve=kind == "served", seed="empty")) for kind in KINDS}


@pytest.fixture(params=KINDS)
def mock(request: pytest.FixtureRequest, both: dict[str, MockLMS]) -> MockTenant:
    """A demo tenant, of each kind in turn."""
    found: MockLMS = both[request.param]
    return found.tenant(found.control.create_tenant()["name"])
