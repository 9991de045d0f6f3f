"""Workers that die: another takes the place of each, and why is said; but not for ever."""

from __future__ import annotations

import http.client
import os
import signal
from pathlib import Path

import pytest

from mock_lms.deaths import FIRST_PAUSE, MOST, WITHIN, Deaths, reason
from tests.support.process import START_SECONDS, Client, Serve, Served, until

SESSION = "/manage/v1/user/session"


def answers(client: Client) -> bool:
    try:
        client.call("GET", SESSION)
    except (OSError, http.client.HTTPException):
        return False
    return True


def killed(server: Served, number: signal.Signals = signal.SIGKILL) -> int:
    """The process of its one worker, which is no more."""
    until("a worker", lambda: len(server.workers()) == 1, START_SECONDS)
    (worker,) = server.workers()
    os.kill(worker, number)
    until("its end", lambda: worker not in server.workers(), START_SECONDS)
    return worker


def test_workers_that_die_twice_are_replaced_and_it_is_said_why(serve: Serve) -> None:
    server = serve()
    client, banner = server.log_in(), server.stderr
    first = killed(server)
    until("an answer of the next worker", lambda: answers(client), START_SECONDS)
    second = killed(server, signal.SIGSEGV)
    until("an answer of the next worker", lambda: answers(client), START_SECONDS)
    memory = "as the system does when memory runs out"
    assert server.stderr.removeprefix(banner).splitlines() == [
        f"mock-lms: worker 1 (process {first}) was killed by SIGKILL, {memory}; another takes its place.",
        f"mock-lms: worker 1 (process {second}) was killed by SIGSEGV; another takes its place.",
    ]
    assert server.stop() == 0


def test_one_that_dies_again_and_again_ends_the_server_with_a_last_line(
    serve: Serve,
) -> None:
    server = serve()
    banner = server.stderr
    for _ in range(MOST):
        last = killed(server)
    assert server.process.wait(START_SECONDS) == 1
    lines = server.stderr.removeprefix(banner).splitlines()
    assert len(lines) == MOST
    assert lines[-1].startswith(f"mock-lms: worker 1 (process {last}) was killed by SIGKILL")
    assert "the server gives up" in lines[-1]
    assert list(server.temporary.iterdir()) == []


def test_a_start_whose_first_worker_dies_is_ready_all_the_same(serve: Serve, tmp_path: Path) -> None:
    # Python imports this module in every process; it kills the first worker, and no other
    (tmp_path / "sitecustomize.py").write_text(
        "import multiprocessing, os, pathlib, signal\n"
        "def die():\n"
        "    try: pathlib.Path(__file__).with_name('dead').touch(exist_ok=False)\n"
        "    except FileExistsError: return\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "os.register_at_fork(after_in_child=die)\n"
    )
    server = serve(PYTHONPATH=f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    assert (tmp_path / "dead").exists()
    assert answers(server.log_in())


def test_each_replacement_waits_twice_as_long_and_there_is_an_end() -> None:
    deaths = Deaths()
    pauses = [deaths.note(0, now) for now in range(MOST)]
    assert pauses == [*(FIRST_PAUSE * 2**number for number in range(MOST - 1)), None]


def test_a_worker_that_lived_for_long_begins_anew() -> None:
    deaths = Deaths()
    for moment in range(3 * MOST):
        assert deaths.note(0, moment * WITHIN) == FIRST_PAUSE


def test_each_worker_has_deaths_of_its_own() -> None:
    deaths = Deaths()
    assert [deaths.note(worker, 0) for worker in range(MOST)] == [FIRST_PAUSE] * MOST


@pytest.mark.parametrize(
    ("code", "said"),
    [(0, "ended with exit code 0"), (3, "ended with exit code 3"), (-11, "was killed by SIGSEGV"), (-40, "signal 40")],
)
def test_a_reason_is_a_code_or_a_signal(code: int, said: str) -> None:
    assert said in reason(code)
