"""`mock-lms serve`: what it prints, how it stops, what it keeps."""

from __future__ import annotations

import http.client
import json
import os
import pty
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.process import COMMAND, START_SECONDS, STOP_SECONDS, Client, Serve, Served, environment, until

STOPPING = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
CREDENTIALS = ("client_id", "client_secret", "username", "password", "control_token")


def can_be_bound(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


# --- what it prints


def test_standard_output_is_one_line_with_one_json_object(server: Served) -> None:
    server.log_in()
    lines = server.stdout.splitlines()
    assert len(lines) == 1
    assert set(json.loads(lines[0])) == {"event", "url", "pid", *CREDENTIALS}


def test_the_first_line_says_where_it_is_and_who_may_enter(server: Served) -> None:
    assert server.ready["event"] == "ready"
    assert server.ready["pid"] == server.pid
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert all(server.ready[name] for name in CREDENTIALS)


def test_of_two_that_start_at_once_on_one_port_one_is_refused(serve: Serve) -> None:
    first = serve()
    first.stop()

    def start() -> str:
        try:
            return serve("--port", str(first.port)).url
        except AssertionError as refusal:
            return str(refusal)

    with ThreadPoolExecutor(2) as pool:
        said = sorted(each.result() for each in [pool.submit(start), pool.submit(start)])
    assert "exit code 2: mock-lms: cannot listen" in said[0]
    assert said[1] == first.url


def test_a_name_is_as_good_as_an_address(serve: Serve) -> None:
    server = serve("--host", "localhost")
    assert server.url == f"http://localhost:{server.port}"
    server.log_in()


def test_it_answers_as_soon_as_it_says_so(serve: Serve) -> None:
    for _ in range(3):
        server = serve("--workers", "2")
        assert server.log_in().call("GET", "/manage/v1/user/session")["data"]["username"] == "admin"


def test_the_banner_for_people_is_on_standard_error(server: Served) -> None:
    for shown in (f"{server.url}/api-browser/", f"{server.url}/openapi.yaml", "Ctrl-C", *CREDENTIALS):
        assert str(server.ready.get(shown, shown)) in server.stderr


def test_what_the_banner_says_to_paste_sets_url_and_token(server: Served) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{server.to_paste}\necho; echo $URL $TOKEN"],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=True,
        env=environment(),
    )
    answer, variables = done.stdout.splitlines()
    assert json.loads(answer)["data"]["username"] == "admin"
    url, token = variables.split()
    assert url == server.url
    assert Client(url, token).call("GET", "/manage/v1/user/session")["data"]["username"] == "admin"


def test_what_the_banner_says_to_paste_logs_the_client_in(server: Served, tmp_path: Path) -> None:
    define = f'mock-lms-client() {{ "{sys.executable}" -m mock_lms_client "$@"; }}'
    variables = environment(XDG_CONFIG_HOME=str(tmp_path))
    for line in (server.to_log_in, "mock-lms-client ids users --limit 1"):
        script = ["bash", "-c", f"{define}\n{line}"]
        done = subprocess.run(script, capture_output=True, text=True, timeout=START_SECONDS, check=False, env=variables)
        assert done.returncode == 0, done.stderr
    assert f'url = "{server.url}"' in (tmp_path / "mock-lms-client.toml").read_text()


def test_port_0_gives_each_server_a_port_of_its_own(serve: Serve, server: Served) -> None:
    other = serve("--port", "0")
    assert 0 < other.port != server.port > 0


def test_a_chosen_port_is_the_one_it_listens_on(serve: Serve) -> None:
    first = serve()
    first.stop()
    assert serve("--port", str(first.port)).url == first.url


def test_credentials_from_the_environment_are_taken(serve: Serve) -> None:
    server = serve(MOCK_LMS_CLIENT_SECRET="chosen secret", MOCK_LMS_PASSWORD="chosen & password")
    assert (server.ready["client_secret"], server.ready["password"]) == ("chosen secret", "chosen & password")
    server.log_in()


def test_every_server_has_credentials_of_its_own(serve: Serve, server: Served) -> None:
    other = serve()
    assert server.ready["client_secret"] != other.ready["client_secret"]
    assert server.ready["password"] != other.ready["password"]


# --- how it stops


@pytest.mark.parametrize("number", STOPPING)
@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_signal_stops_it_without_a_trace(serve: Serve, number: signal.Signals, workers: str) -> None:
    server = serve("--workers", workers)
    banner = server.stderr
    assert server.stop(number) == 0
    assert server.workers() == []
    assert server.stderr == banner
    assert len(server.stdout.splitlines()) == 1
    assert can_be_bound(server.port)
    assert list(server.temporary.iterdir()) == []


@pytest.mark.parametrize("number", STOPPING)
def test_a_signal_to_all_processes_as_a_terminal_sends_it_stops_it_cleanly(
    serve: Serve, number: signal.Signals
) -> None:
    server = serve("--workers", "3")
    banner = server.stderr
    os.killpg(server.pid, number)
    assert server.process.wait(STOP_SECONDS) == 0
    assert server.workers() == []
    assert server.stderr == banner
    assert list(server.temporary.iterdir()) == []


def test_closing_the_terminal_stops_it_without_a_trace(tmp_path: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover -- another process
        os.execve(sys.executable, [*COMMAND, "serve", "--port", "0"], environment(TMPDIR=str(tmp_path)))  # noqa: S606
    said = b""
    while b"Ctrl-C stops it" not in said:
        said += os.read(terminal, 4096)
    os.close(terminal)
    until("its end", lambda: os.waitpid(pid, os.WNOHANG)[0] == pid, STOP_SECONDS)
    assert can_be_bound(int(json.loads(said.splitlines()[0])["url"].rpartition(":")[2]))
    assert list(tmp_path.iterdir()) == []


def test_one_that_nohup_started_outlives_the_terminal(tmp_path: Path) -> None:
    process = subprocess.Popen(
        ["nohup", *COMMAND, "serve", "--port", "0", "--workers", "2"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(TMPDIR=str(tmp_path)),
        start_new_session=True,
    )
    assert process.stdout
    url = json.loads(process.stdout.readline())["url"]
    os.killpg(process.pid, signal.SIGHUP)
    for _ in range(5):
        Client(url).call("GET", "/manage/v1/user/session", status=401)
    process.terminate()
    assert process.wait(STOP_SECONDS) == 0
    process.stdout.close()


def test_workers_that_hear_the_signal_first_are_no_failure(serve: Serve) -> None:
    server = serve("--workers", "3")
    for pid in (*server.workers(), server.pid):
        os.kill(pid, signal.SIGINT)
    assert server.process.wait(STOP_SECONDS) == 0
    assert server.workers() == []


@pytest.mark.parametrize("number", STOPPING)
@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.45])
def test_a_signal_during_the_start_leaves_nothing_behind(
    tmp_path: Path, number: signal.Signals, seconds: float
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(TMPDIR=str(tmp_path)),
        start_new_session=True,
    )
    until("its folder", lambda: any(tmp_path.iterdir()), START_SECONDS)
    time.sleep(seconds)
    process.send_signal(number)
    _, errors = process.communicate(timeout=STOP_SECONDS)
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_an_open_connection_does_not_keep_it_from_stopping(serve: Serve) -> None:
    server = serve()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/openapi.yaml")
    connection.getresponse().read()
    assert server.stop() == 0
    assert server.workers() == []
    connection.close()


def test_a_connection_that_never_says_anything_does_not_keep_it_from_stopping(serve: Serve) -> None:
    server = serve()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5):
        assert server.stop() == 0
    assert server.workers() == []


# --- what it keeps


def test_without_data_nothing_is_kept(serve: Serve) -> None:
    first = serve()
    first.log_in().bulk_unenroll([13001], course_ids=[201])
    first.stop()
    second = serve()
    assert (201, 13001) in second.log_in().pairs()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_with_data_loses_nothing(serve: Serve, tmp_path: Path, number: signal.Signals) -> None:
    first = serve("--data", tmp_path / "data")
    before = first.log_in()
    assert before.bulk_unenroll([13001, 13002], course_ids=[201, 202])["errors"] == []
    before.call("POST", "/learn/v1/enrollments/206/13012")
    pairs, members = before.pairs(), before.members()
    first.stop(number)
    first.workers_gone()

    second = serve("--data", tmp_path / "data")
    assert [second.ready[name] for name in CREDENTIALS] == [first.ready[name] for name in CREDENTIALS]
    again = Client(second.url, before.token)
    assert (again.pairs(), again.members()) == (pairs, members)
    assert (201, 13001) not in pairs
    assert (206, 13012) in pairs
    second.log_in()


def test_a_restart_says_that_the_tenant_is_as_it_was_left(serve: Serve, tmp_path: Path) -> None:
    first = serve("--data", tmp_path / "data", "--seed", "empty")
    assert "new tenant, seed empty" in first.stderr
    first.stop()
    second = serve("--data", tmp_path / "data", "--seed", "demo")
    assert "as it was left" in second.stderr
    assert second.log_in().items("/course/v1/courses") == []


def test_only_the_owner_may_read_the_kept_credentials(serve: Serve, tmp_path: Path) -> None:
    server = serve("--data", tmp_path / "data")
    kept = tmp_path / "data" / "credentials.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text()) == {name: server.ready[name] for name in CREDENTIALS}


def test_the_kept_password_can_be_changed_from_the_environment(serve: Serve, tmp_path: Path) -> None:
    serve("--data", tmp_path / "data").stop()
    serve("--data", tmp_path / "data", MOCK_LMS_PASSWORD="another").stop()
    third = serve("--data", tmp_path / "data")
    assert third.ready["password"] == "another"
    third.log_in()


@pytest.mark.parametrize("workers", ["1", "3"])
def test_killing_the_first_process_leaves_nothing_behind(serve: Serve, tmp_path: Path, workers: str) -> None:
    first = serve("--data", tmp_path / "data", "--workers", workers)
    assert len(first.workers()) == int(workers)
    first.stop(signal.SIGKILL)
    first.workers_gone()
    second = serve("--data", tmp_path / "data", "--port", str(first.port))
    assert second.url == first.url
    second.log_in()


def test_a_sabotaged_server_says_so_and_is_wrong(serve: Serve) -> None:
    server = serve("--sabotage", "no_auth", "--workers", "2")
    assert "SABOTAGED: it does not hold here that every call needs a good token" in server.stderr
    for _ in range(10):
        Client(server.url).call("GET", "/manage/v1/user/session", status=200)


LOST = """
import os, signal, time
from mock_lms import server
from mock_lms.__main__ import main
real = server.free_port
def swallowing(*arguments):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    except SystemExit:  # as an exception is lost in a callback of C
        pass
    return real(*arguments)
server.free_port = swallowing
main(["serve", "--port", "0"])
"""


def test_a_signal_whose_exit_is_lost_during_the_start_is_heard_all_the_same(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", LOST],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(TMPDIR=str(tmp_path)),
    )
    _, errors = process.communicate(timeout=START_SECONDS)
    assert (process.returncode, b"Traceback" in errors) == (0, False)
    assert list(tmp_path.iterdir()) == []
