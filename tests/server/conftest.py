"""Servers as real processes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.postgres import own_database
from tests.support.process import serve, server

__all__ = ["serve", "server"]


@pytest.fixture
def address(postgres: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database on the test server: every server has the same schemas."""
    with own_database(postgres, f"served_{os.getpid()}_{abs(hash(request.node.nodeid))}") as own:
        yield own
