"""One mock for all runs of the suite, one tenant for each."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from mock_lms_contracts import explore, worlds
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.target import Target, log_in

from mock_lms.testing import MockLMS
from tests.contracts.driver import LOGIN, Mock
from tests.contracts.independent.server import Desk, open_desk
from tests.contracts.scripted import Script
from tests.support.process import serving


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    for start in serving(tmp_path_factory.mktemp("contracts")):
        yield Mock(start("--seed", "empty").ready)


@pytest.fixture(scope="module")
def lms() -> Iterator[MockLMS]:
    """An empty mock of the module's own."""
    with MockLMS(serve=True, seed="empty") as lms:
        yield lms


@pytest.fixture
def tenant(mock: Mock, request: pytest.FixtureRequest) -> Target:
    """A tenant of its own of the mock, with a policy that the test may give."""
    name = mock.tenant(policy=getattr(request, "param", {}))
    url = f"{mock.ready['url']}/t/{name}"
    login = {"grant_type": "password", **{name: str(mock.ready[name]) for name in LOGIN}}
    return Target(url, log_in(url, login))


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """The independent implementation. What a test makes there, it ends."""
    with open_desk() as desk:
        yield desk


@pytest.fixture
def wire(desk: Desk) -> WireAdapter:
    return WireAdapter(f"{desk.url}/state")


@pytest.fixture
def script() -> Iterator[Script]:
    """A server that does what the test says."""
    with Script() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """The battery has few cases, and shows its findings as they are: for tests of something else than these."""
    rows = worlds.rows
    monkeypatch.setattr(worlds, "rows", lambda chance, *, plans, **_: rows(chance, plans=plans)[:12])
    monkeypatch.setattr(explore, "SHRUNK", 0)
