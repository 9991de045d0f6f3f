"""A store of each kind in turn, as a server has it, with a tenant `one`: each promise of `protocol.py` is tested so."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from tests.support.stores import Opened, fill, plant

_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TenantStore]:
    """With a tenant `one`."""
    made: TenantStore
    if request.param == "sqlite":
        made = SqliteStore(tmp_path / "tenants")
    else:
        made = PostgresqlStore(request.getfixturevalue("postgres"), f"store{os.getpid()}_{next(_numbers)}")
    made.prepare()
    made.make("one", made.template("empty", plant), fill)
    yield made
    if isinstance(made, PostgresqlStore):
        made.clear()
    made.close()
    made.release()


@pytest.fixture
def one(store: TenantStore) -> Iterator[Opened]:
    """The tenant, opened."""
    opened = Opened(store)
    yield opened
    opened.close()
