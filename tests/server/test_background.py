"""The process beside the workers: it does what is due, comes back when it dies, and ends with the server."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.support.process import START_SECONDS, Serve, Served, until

EXPORT = "/analytics/v1/reports/1/export/csv"


def job_of(server: Served) -> str:
    """A job that is larger than what a call does at once."""
    return str(server.log_in().call("GET", EXPORT)["data"]["executionId"])


def is_done(server: Served, job: str) -> bool:
    return bool(server.log_in().call("GET", f"/manage/v1/job/{job}")["data"]["status"] == "completed")


def test_a_job_is_done_without_anybody_asking_for_it(serve: Serve) -> None:
    server = serve("--seed", "scale", "--users", 500, "--courses", 50, "--plans", 1)
    job = job_of(server)
    until("the end of the job", lambda: is_done(server, job), START_SECONDS)


def test_it_comes_back_when_it_dies_and_ends_with_the_server(serve: Serve, tmp_path: Path) -> None:
    server = serve("--data", tmp_path / "lms", "--seed", "scale", "--users", 500, "--courses", 50, "--plans", 1)
    until("the background process", lambda: len(server.background()) == 1, START_SECONDS)
    banner = server.stderr
    (first,) = server.background()
    os.kill(first, signal.SIGKILL)
    until("another", lambda: server.background() not in ([], [first]), START_SECONDS)
    said = server.stderr.removeprefix(banner)
    assert said.startswith(f"mock-lms: the background process (process {first}) was killed by SIGKILL")
    job = job_of(server)
    until("the end of the job", lambda: is_done(server, job), START_SECONDS)
    assert server.stop() == 0
    server.workers_gone()


def test_it_does_not_outlive_a_server_that_is_killed(serve: Serve) -> None:
    server = serve()
    until("the background process", lambda: len(server.background()) == 1, START_SECONDS)
    os.kill(server.pid, signal.SIGKILL)
    server.workers_gone()
