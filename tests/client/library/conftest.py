"""Fixtures of the client's tests: a server that follows a script, and a mock in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from mock_lms_client import Client

from mock_lms.testing import MockLMS, MockTenant
from tests.client.library.scripted import Scripted, Time, serving


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server(time: Time) -> Iterator[Scripted]:
    """A server that answers what it is told to."""
    scripted = Scripted(time)
    with serving(scripted):
        yield scripted


@pytest.fixture
def new_client(server: Scripted) -> Iterator[Callable[..., Client]]:
    """Makes clients of the scripted server."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(server.client(**options))


@pytest.fixture
def client(new_client: Callable[..., Client]) -> Client:
    """One with a token."""
    return new_client()


@pytest.fixture(scope="session")
def mock() -> Iterator[MockLMS]:
    with MockLMS(seed="empty") as mock:
        yield mock


@pytest.fixture
def lms(mock: MockLMS) -> MockTenant:
    """A demo tenant of its own."""
    return mock.tenant(mock.control.create_tenant()["name"])


@pytest.fixture
def connect(lms: MockTenant) -> Iterator[Callable[..., Client]]:
    """Makes clients of the tenant, the superadmin's unless they are told otherwise."""
    with ExitStack() as stack:

        def connected(**options: Any) -> Client:
            session = stack.enter_context(requests.Session())
            names = ("client_id", "client_secret", "username", "password")
            known = {name: getattr(lms, name) for name in names}
            given = {**({} if "token" in options else known), **options}
            return Client(lms.url, session=lms.mount(session), allow_http=True, **given)

        yield connected


@pytest.fixture
def admin(connect: Callable[..., Client]) -> Client:
    return connect()
