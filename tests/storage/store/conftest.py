"""A store of each kind in turn, with a tenant `one`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_lms.storage.store.protocol import TenantStore
from tests.conftest import NewStore
from tests.support.stores import Opened, fill, plant


@pytest.fixture
def store(new_store: NewStore) -> TenantStore:
    """With a tenant `one`."""
    made = new_store()
    made.make("one", made.template("empty", plant), fill)
    return made


@pytest.fixture
def one(store: TenantStore) -> Iterator[Opened]:
    opened = Opened(store)
    yield opened
    opened.close()
