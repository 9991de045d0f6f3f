"""A directory is one server's: whoever starts in it as the second is turned away, and nothing happens to the first."""

from __future__ import annotations

import json
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.forked import Forked
from tests.support.process import START_SECONDS, Client, Serve, environment, run, until

STARTS = 6


def everything(data: Path) -> dict[str, int]:
    """Each file and when it was last written to, but for what SQLite writes when it is read."""
    return {
        str(path.relative_to(data)): path.stat().st_mtime_ns
        for path in sorted(data.rglob("*"))
        if not path.name.endswith("-shm")
    }


def test_second_starts_leave_a_server_that_resets_all_the_time_alone(serve: Serve, tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = serve("--data", data, "--workers", 2)
    control = Client(server.url, server.ready["control_token"])
    stop = threading.Event()
    answers: list[object] = []

    def reset() -> None:
        while not stop.is_set():
            answers.append(control.call("POST", "/_mock/reset"))

    resetting = threading.Thread(target=reset)
    resetting.start()
    commands = [("serve", "--data", str(data), "--port", "0")] * (STARTS - 1) + [
        ("exec", "--data", str(data), "--", "true")
    ]
    try:
        with ThreadPoolExecutor(STARTS) as pool:
            seconds = list(pool.map(lambda arguments: run(*arguments), commands))
    finally:
        stop.set()
        resetting.join()
    for second in seconds:
        assert (second.returncode, second.stdout) == (2, ""), second.stderr
        assert len(second.stderr.splitlines()) == 1
        assert f"in use: mock-lms with the process id {server.pid} serves it at {server.url} since" in second.stderr
    assert answers
    assert len(server.log_in().pairs()) == 28
    server.stop()
    assert len(serve("--data", data).log_in().pairs()) == 28


def test_a_second_start_touches_nothing(serve: Serve, tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = serve("--data", data)
    (data / "tenants" / f".new-{'0' * 16}").touch()
    (data / "tenants").chmod(0o755)
    before = everything(data)
    # other credentials, another seed: none of it is come to
    second = run("serve", "--data", str(data), "--port", "0", "--seed", "empty", MOCK_LMS_PASSWORD="new")
    assert second.returncode == 2
    assert "in use" in second.stderr
    assert everything(data) == before
    assert (data / "tenants").stat().st_mode & 0o777 == 0o755
    assert json.loads((data / "credentials.json").read_text())["password"] == server.ready["password"]


def test_of_several_first_starts_at_once_exactly_one_serves(tmp_path: Path) -> None:
    arguments = ["serve", "--port", "0", "--data", str(tmp_path / "data")]
    files = [(tmp_path / f"stdout{number}", tmp_path / f"stderr{number}") for number in range(STARTS)]
    starts: list[Forked] = []
    try:
        for stdout, stderr in files:
            with stdout.open("wb") as out, stderr.open("wb") as err:
                starts.append(Forked(arguments, stdout=out, stderr=err, env=environment(), start_new_session=True))
        until("the end of all but one", lambda: [start.poll() for start in starts].count(None) == 1, START_SECONDS)
        (winner,) = [number for number, start in enumerate(starts) if start.returncode is None]
        until("ready", lambda: "\n" in files[winner][0].read_text(), START_SECONDS)
        for number, start in enumerate(starts):
            if number != winner:
                said = files[number][1].read_text()
                assert (start.returncode, files[number][0].read_text(), len(said.splitlines())) == (2, "", 1), said
                assert "in use: mock-lms with the process id" in said
    finally:
        for start in starts:
            start.send_signal(signal.SIGTERM)
            start.wait(START_SECONDS)


def test_a_start_right_after_a_kill_waits_for_the_last_workers(serve: Serve, tmp_path: Path) -> None:
    first = serve("--data", tmp_path / "data", "--workers", 3)
    os.kill(first.pid, signal.SIGKILL)
    second = serve("--data", tmp_path / "data")
    assert len(second.log_in().pairs()) == 28
