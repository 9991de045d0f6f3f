"""Fixtures of the client's tests: one mock in this process and one server for each worker, and tenants of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mock_lms.testing import MockLMS, MockTenant
from tests.client.harness.stage import Stage

NewTenant: TypeAlias = Callable[..., MockTenant]
NewStage: TypeAlias = Callable[..., Stage]


@pytest.fixture(scope="session")
def house() -> Iterator[MockLMS]:
    """A mock in this process, for all tests of a worker: a seed that was planted once is copied from then on."""
    with MockLMS(seed="empty") as house:
        yield house


@pytest.fixture(scope="session")
def served() -> Iterator[MockLMS]:
    """A mock that listens on a port, for all tests of a worker."""
    with MockLMS(seed="empty", serve=True) as served:
        yield served


def tenants_of(house: MockLMS) -> Iterator[NewTenant]:
    """Yields what makes tenants, and drops them in the end."""
    names: list[str] = []

    def new(**options: Any) -> MockTenant:
        names.append(house.control.create_tenant(**options)["name"])
        return house.tenant(names[-1])

    yield new
    for name in names:
        house.control.drop_tenant(name)


@pytest.fixture
def new_tenant(house: MockLMS) -> Iterator[NewTenant]:
    """Makes tenants of the mock in this process: the demo, unless a seed is named."""
    yield from tenants_of(house)


@pytest.fixture
def lms(new_tenant: NewTenant) -> MockTenant:
    """A demo tenant."""
    return new_tenant()


@pytest.fixture
def new_stage(new_tenant: NewTenant, tmp_path: Path) -> NewStage:
    """Makes stages, each with a new tenant; all in one folder."""
    return lambda **options: Stage(new_tenant(**options), tmp_path)


@pytest.fixture
def stage(lms: MockTenant, tmp_path: Path) -> Stage:
    """A stage with the demo tenant."""
    return Stage(lms, tmp_path)
