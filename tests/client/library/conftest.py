"""Fixtures of the library's tests: a server that follows a script, and clients of it and of a tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from mock_lms_client import Client

from mock_lms.testing import MockTenant
from tests.client.harness.scripted import Scripted, serving
from tests.client.harness.time import Time


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


@pytest.fixture
def connect(lms: MockTenant) -> Iterator[Callable[..., Client]]:
    """Makes clients of the tenant, the superadmin's unless they are told otherwise."""
    with ExitStack() as stack:

        def connected(**options: Any) -> Client:
            session = stack.enter_context(requests.Session())
            names = ("client_id", "client_secret", "username", "password")
            credentials = {} if "token" in options else {name: getattr(lms, name) for name in names}
            return Client(lms.url, session=lms.mount(session), allow_http=True, **{**credentials, **options})

        yield connected


@pytest.fixture
def admin(connect: Callable[..., Client]) -> Client:
    return connect()
