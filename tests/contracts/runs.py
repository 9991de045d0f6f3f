"""Runs of the command against a mock, of which the tests read the exit code and the output."""

from __future__ import annotations

from pathlib import Path

from mock_lms.testing import MockLMS
from tests.contracts import fakes
from tests.contracts.driver import LOGIN

ONE = ("--only", "UNENROLL-ERRORS-3", "--seed", "1")


def login(lms: MockLMS) -> dict[str, str]:
    return {f"MOCK_LMS_CONTRACTS_{name.upper()}": str(getattr(lms, name)) for name in LOGIN}


def control(lms: MockLMS) -> dict[str, str]:
    return {"MOCK_LMS_CONTRACTS_CONTROL_TOKEN": str(lms.control_token)}


def run(url: str, *arguments: str | Path, cwd: Path, **variables: str) -> tuple[int, str]:
    """Exit code, and all that it said."""
    done = fakes.contracts("run", "--base-url", url, *arguments, cwd=cwd, **variables)
    return done.returncode, done.stdout + done.stderr
