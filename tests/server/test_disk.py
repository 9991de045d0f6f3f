"""Disks that a server cannot write to: it says so before it says that it is ready, and in its answers afterwards."""

from __future__ import annotations

import http.client
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.disk import fill, make_room, read_only, small_disk
from tests.support.process import Client, Serve, run

__all__ = ["read_only", "small_disk"]


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a start says which must not be ready."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


@pytest.mark.parametrize("new", [True, False])
def test_no_server_is_ready_in_a_directory_that_cannot_be_written(serve: Serve, read_only: Path, new: bool) -> None:
    if not new:
        serve("--data", read_only.with_name("data")).stop()
    said = refused(run("serve", "--port", "0", "--data", str(read_only)))
    assert f"--data {read_only}: " in said
    assert "Read-only file system" in said


def test_no_server_is_ready_on_a_full_disk(serve: Serve, small_disk: Path) -> None:
    data = small_disk / "data"
    serve("--data", data).stop()
    shutil.rmtree(data / "tenants" / ".templates")  # a start would make room by sweeping them up
    fill(small_disk)
    assert "The disk under the mock is full" in refused(run("serve", "--port", "0", "--data", str(data)))
    make_room(small_disk)
    serve("--data", data).log_in()


def test_a_server_whose_disk_is_full_says_so_and_goes_on_reading(serve: Serve, small_disk: Path) -> None:
    server = serve("--data", small_disk / "data")
    client, control = server.log_in(), Client(server.url, server.ready["control_token"])
    fill(small_disk)
    statuses = [status(client, method, "/learn/v1/enrollments/206/13012") for method in ["POST", "DELETE"] * 100]
    assert 507 in statuses[-2:]
    assert len(client.items("/course/v1/courses/enrollments")) in {28, 29}
    control.call("GET", "/_mock/journal")  # whose calls are written together, before it is read
    assert status(control, "PUT", "/_mock/snapshots/one") == 507
    assert "disk under the mock is full" in server.stderr
    assert "the journal of default lost" in server.stderr
    assert "Traceback" not in server.stderr


def status(client: Client, method: str, path: str) -> int:
    """Of an answer that no contract promises."""
    with closing(http.client.HTTPConnection(urlsplit(client.url).netloc, timeout=30)) as connection:
        connection.request(method, path, headers={"Authorization": f"Bearer {client.token}"})
        return connection.getresponse().status
