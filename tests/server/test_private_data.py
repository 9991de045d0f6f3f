"""What a server keeps is its owner's alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import Client, Serve, run


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """A user who lets everybody read and write what is made."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(data: Path) -> list[str]:
    """What anybody but the owner may do anything with."""
    found = [data, *data.rglob("*")]
    return [str(path) for path in found if stat.S_IMODE(path.lstat().st_mode) & 0o077 and not path.is_symlink()]


def use(client: Client) -> None:
    """Has the server make a file of every kind."""
    control = Client(client.url, client.token)
    control.call("PUT", "/_mock/snapshots/one")
    control.call("POST", "/_mock/fork", {"name": "forked", "state": "one"})
    control.call("POST", "/_mock/tenants", {"name": "made", "seed": "empty"})
    control.call("POST", "/_mock/reset", {"to": "one"})


def test_all_of_it_is_private(serve: Serve, tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = serve("--data", data)
    server.log_in().bulk_unenroll([13001], course_ids=[201])
    use(Client(server.url, server.ready["control_token"]))
    kinds = {path.suffix for path in data.rglob("*")}
    assert {".db", ".db-wal", ".db-shm", ".json"} <= kinds
    assert {path.name for path in data.rglob("*") if path.is_dir()} >= {"tenants", "snapshots", ".templates", "made"}
    assert open_to_others(data) == []


def test_a_directory_of_an_earlier_version_is_made_private(serve: Serve, tmp_path: Path) -> None:
    data = tmp_path / "data"
    serve("--data", data).stop()
    for path in [data, *data.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    server = serve("--data", data)
    server.log_in()
    assert open_to_others(data) == []
    assert "can read" not in server.stderr


def test_a_directory_with_other_things_stays_open_and_says_so(serve: Serve, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "notes.txt").write_text("mine")
    server = serve("--data", data)
    server.log_in()
    assert open_to_others(data) == [str(data), str(data / "notes.txt")]
    assert f"others on this machine can read --data {data}" in server.stderr


def test_an_exported_snapshot_is_private(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    told = {"MOCK_LMS_URL": server.url, "MOCK_LMS_CONTROL_TOKEN": server.ready["control_token"]}
    done = run("snapshot", "export", "seed", str(tmp_path / "seed.gz"), **told)
    assert done.returncode == 0, done.stderr
    assert open_to_others(tmp_path / "seed.gz") == []
