"""Four workers, one server, many random stories: none notices another."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.testing.runs import command, environment

STORIES = Path(__file__).with_name("stories.py")
ALL = 64
"""Stories, unless MOCK_LMS_TEST_STORIES says how many. Each of the four workers is always in one of them."""


@pytest.mark.timeout(900)
def test_stories_on_one_server_know_nothing_of_each_other(tmp_path: Path) -> None:
    stories = int(os.environ.get("MOCK_LMS_TEST_STORIES", ALL))
    done = subprocess.run(
        command("-q", "-n4", "--rootdir", str(tmp_path), "-c", os.devnull, str(STORIES)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=environment(tmp_path) | {"STORIES": str(stories)},
    )
    assert f"{stories} passed" in done.stdout, (done.stdout + done.stderr)[-10_000:]
    assert "failed" not in done.stdout
