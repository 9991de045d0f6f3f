"""A stage whose tenant listens on a port, and the command line in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_lms.testing import MockLMS, MockTenant
from tests.client.conftest import NewTenant, tenants_of
from tests.client.harness.commands import CommandLine, settings_of


@pytest.fixture
def new_tenant(served: MockLMS) -> Iterator[NewTenant]:
    """Makes tenants of the server: the demo, unless a seed is named."""
    yield from tenants_of(served)


@pytest.fixture
def command(
    lms: MockTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """`mock-lms-client` in this process, in the stage's folder, and logged in at its tenant."""
    monkeypatch.chdir(tmp_path)
    for name, value in {**settings_of(lms), "XDG_CONFIG_HOME": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    return CommandLine(capsys)
