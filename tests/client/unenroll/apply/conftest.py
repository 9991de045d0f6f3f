"""Stages of few users and small calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mock_lms_client.unenroll import pack

from tests.client.conftest import NewStage, NewTenant
from tests.client.harness.seeds import small
from tests.client.harness.stage import Stage


@pytest.fixture
def new_stage(
    request: pytest.FixtureRequest, new_tenant: NewTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> NewStage:
    """Makes stages of the module's USERS, whose calls have at most two users, so that a few make several."""
    monkeypatch.setattr(pack, "USERS_PER_CALL", 2)
    seed = small(request.module.USERS)

    def new(**options: Any) -> Stage:
        return Stage(new_tenant(**{"seed": seed, **options}), tmp_path)

    return new


@pytest.fixture
def stage(new_stage: NewStage) -> Stage:
    """The usual one."""
    return new_stage()
