"""A pgbouncer in transaction mode before the PostgreSQL of the tests, where it is installed."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

START_SECONDS = 10
STOP_SECONDS = 5
FEW = 3  # connections to PostgreSQL, for which all clients wait: so they get each other's

PREPARES = (1, 21)
"""The version that began to hand prepared statements on."""


def path() -> str:
    """Where it is. Skips the test where it is not installed."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip("pgbouncer is not installed: apt-get install pgbouncer")
    return found


def version() -> tuple[int, ...]:
    said = subprocess.run([path(), "--version"], capture_output=True, text=True, check=True).stdout
    numbers = re.search(r"PgBouncer (\d+)\.(\d+)", said)
    assert numbers, said
    return tuple(map(int, numbers.groups()))


@contextmanager
def pgbouncer(address: str) -> Iterator[str]:
    """The address of a pooler before the database at the address; it ends with the block."""
    url = make_url(address)
    host = str(url.query.get("host") or url.host or "127.0.0.1")
    user = _user(host)
    folder = Path(tempfile.mkdtemp(prefix="mock-lms-pgbouncer-"))
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        parts = {"host": host, "port": url.port or 5432, "user": url.username, "password": url.password}
        server = " ".join(f"{name}={value}" for name, value in parts.items() if value)
        config = folder / "pgbouncer.ini"
        config.write_text(
            f"[databases]\n* = {server}\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = {FEW}\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n"
            + ("max_prepared_statements = 100\n" if version() >= PREPARES else "")
        )
        if user is not None:
            for owned in (folder, config):
                os.chown(owned, user, -1)
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen([path(), str(config)], stdout=output, stderr=output, user=user)
        try:
            _wait(port, process, log)
            yield url.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
        finally:
            process.kill()
            process.wait(STOP_SECONDS)
    finally:
        shutil.rmtree(folder)


def _user(host: str) -> int | None:
    """Whom it runs as: it refuses to be root, and who it is must get at PostgreSQL's socket."""
    if os.getuid() != 0:
        return None
    return Path(host).stat().st_uid if host.startswith("/") else pwd.getpwnam("nobody").pw_uid


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise AssertionError(log.read_text())
