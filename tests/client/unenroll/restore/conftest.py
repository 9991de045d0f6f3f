"""Tenants for the tests of `restore`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mock_lms.testing import MockLMS, MockTenant


@pytest.fixture(scope="module")
def house() -> Iterator[MockLMS]:
    with MockLMS(seed="empty") as lms:
        yield lms


@pytest.fixture
def tenant(house: MockLMS) -> Callable[..., MockTenant]:
    """Makes a tenant; the demo, unless told otherwise."""

    def make(**how: Any) -> MockTenant:
        return house.tenant(house.control.create_tenant(**how)["name"])

    return make


@pytest.fixture
def lms(tenant: Callable[..., MockTenant]) -> MockTenant:
    return tenant()
