"""The plugin of pytest: `mock_lms` is a tenant for each test, `mock_lms_server` the server that they are on.

Every run of pytest imports this module where mock-lms is installed, so it imports next to nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_lms.testing.mock import MockTenant

OPTIONS = ("seed", "policy", "frozen_at", "sabotage")
PIPE = "mock_lms_pipe"
LOG = "log"
CALLERS = 4
"""Workers of pytest-xdist that keep one of the server's busy."""

NO_TENANT = 404


def pytest_configure(config: pytest.Config) -> None:
    """Says what the marker is."""
    config.addinivalue_line(
        "markers",
        "mock_lms(seed='demo', policy={...}, frozen_at='2026-03-01 12:00:00', sabotage='...'): how `mock_lms` begins.",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist of the pipe that ends with the whole run, and the server with it."""
    if hasattr(os, "mkfifo"):
        node.workerinput[PIPE] = str(_pipe(node.config))


def _pipe(config: pytest.Config) -> Path:
    pipe: Path | None = getattr(config, PIPE, None)
    if pipe is None:
        pipe = Path(tempfile.mkdtemp(prefix="mock-lms-run-")) / "pipe"
        os.mkfifo(pipe)
        # to read and write, as to open only one of the ends would wait for the other
        descriptor = os.open(pipe, os.O_RDWR)
        setattr(config, PIPE, pipe)
        config.add_cleanup(lambda: _end_run(pipe.parent, descriptor))
    return pipe


def _end_run(folder: Path, descriptor: int) -> None:
    os.close(descriptor)
    log = folder / LOG
    if log.exists():
        sys.stderr.write(log.read_text())
    shutil.rmtree(folder)


def _shared(pipe: Path, workers: str) -> dict[str, Any]:
    """The first line of the run's server, which the first who asks starts."""
    import fcntl  # noqa: PLC0415 -- where there are such pipes

    from mock_lms.storage import files  # noqa: PLC0415 -- most runs have no use for it
    from mock_lms.testing.process import Server  # noqa: PLC0415 -- most runs have no use for it

    ready = pipe.with_name("ready.json")
    with pipe.with_name("lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            with pipe.open("rb") as end:
                server = Server(["--seed", "empty", "--workers", workers], stdin=end.fileno(), log=pipe.with_name(LOG))
            server.leave()
            files.write_whole(ready, json.dumps(server.ready).encode())
    first_line: dict[str, Any] = json.loads(ready.read_text())
    return first_line


@pytest.fixture(scope="session")
def mock_lms_server(request: pytest.FixtureRequest) -> Iterator[MockTenant]:
    """The server's default tenant, which is empty. All workers of pytest-xdist share one server."""
    from mock_lms.testing.mock import MockTenant  # noqa: PLC0415 -- most runs have no use for it
    from mock_lms.testing.process import Served, Server, without_proxy  # noqa: PLC0415

    worker = getattr(request.config, "workerinput", {})
    with pytest.MonkeyPatch.context() as patch:
        for name, hosts in without_proxy(os.environ).items():
            patch.setenv(name, hosts)
        if PIPE in worker:
            workers = str(max(1, worker["workercount"] // CALLERS))
            yield MockTenant(Served(_shared(Path(worker[PIPE]), workers), lambda: None))
            return
        server = Server(["--seed", "empty"])
        yield MockTenant(Served(server.ready, server.close))
        server.close()


@pytest.fixture
def mock_lms(request: pytest.FixtureRequest, mock_lms_server: MockTenant) -> Iterator[MockTenant]:
    """A new tenant for this test alone, as its marker says."""
    from mock_lms.testing.errors import ControlError  # noqa: PLC0415 -- most runs have no use for it

    name = mock_lms_server.control.create_tenant(**_options(request))["name"]
    yield mock_lms_server.tenant(name)
    try:
        mock_lms_server.control.drop_tenant(name)
    except ControlError as error:
        if error.status != NO_TENANT:  # the test may have dropped it
            raise


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the markers say, the nearest one last."""
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("mock_lms"))):
        wrong = [*map(repr, marker.args), *(name for name in marker.kwargs if name not in OPTIONS)]
        if wrong:
            said = f"@pytest.mark.mock_lms of {request.node.nodeid} takes {', '.join(OPTIONS)} by name, not {wrong[0]}."
            pytest.fail(said, pytrace=False)
        options |= marker.kwargs
    return options
