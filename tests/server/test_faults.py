"""Faults over a real socket: what a client's connection goes through."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.lms import BULK
from tests.support.process import Served, serving, until

BODY = {"user_ids": [13001, 13002], "course_ids": [201]}


class Mock:
    """The server, for a client that keeps its connection and for whoever controls it."""

    def __init__(self, server: Served) -> None:
        self.url, self.client = server.url, server.log_in()
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.client.token}"
        self.control = requests.Session()
        self.control.headers["Authorization"] = f"Bearer {server.ready['control_token']}"

    def set(self, *rules: dict[str, Any]) -> None:
        answer = self.control.put(f"{self.url}/_mock/faults", json={"rules": list(rules)}, timeout=10)
        assert answer.status_code == 200, answer.text

    def unenroll(self, **options: Any) -> requests.Response:
        return self.session.delete(f"{self.url}{BULK}", json=BODY, **{"timeout": 10, **options})

    def journal(self) -> list[dict[str, Any]]:
        answer = self.control.get(f"{self.url}/_mock/journal?limit=10000", timeout=10)
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries


@pytest.fixture(scope="module", params=[1, 3], ids=["one worker", "three workers"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    for start in serving(tmp_path_factory.mktemp("faults")):
        yield start("--workers", request.param)


@pytest.fixture
def mock(server: Served) -> Iterator[Mock]:
    mock = Mock(server)
    for course in BODY["course_ids"]:
        body = {"user_ids": BODY["user_ids"], "course_ids": [course]}
        mock.client.call("POST", BULK, body, status=None)
    yield mock
    mock.set()
    mock.session.close()
    mock.control.close()


def is_enrolled(mock: Mock) -> bool:
    return (201, 13001) in mock.client.pairs()


def test_a_dropped_connection_is_an_error_of_the_connection_and_nothing_was_done(mock: Mock) -> None:
    mock.set({"action": "drop", "operation": "bulk_unenroll"})
    with pytest.raises(requests.ConnectionError):
        mock.unenroll()
    assert is_enrolled(mock)


def test_after_a_lost_answer_it_was_done_and_the_client_cannot_know(mock: Mock) -> None:
    mock.set({"action": "lost_answer", "operation": "bulk_unenroll", "count": 1})
    with pytest.raises(requests.ConnectionError):
        mock.unenroll()
    assert not is_enrolled(mock)
    assert len(mock.unenroll().json()["data"]["errors"]) == 2


def test_what_was_rolled_back_looks_the_same_and_was_not_done(mock: Mock) -> None:
    mock.set({"action": "before_commit", "operation": "bulk_unenroll", "count": 1})
    with pytest.raises(requests.ConnectionError):
        mock.unenroll()
    assert is_enrolled(mock)
    assert mock.unenroll().json()["data"]["un_enrolled"] == [13001, 13002]


def test_half_a_body_is_no_body(mock: Mock) -> None:
    mock.set({"action": "half_body", "operation": "bulk_unenroll", "count": 1})
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        mock.unenroll()
    assert not is_enrolled(mock)


def test_a_connection_that_was_cut_off_takes_no_other_with_it(mock: Mock) -> None:
    others = [requests.Session() for _ in range(6)]
    for other in others:
        other.headers["Authorization"] = mock.session.headers["Authorization"]
        assert other.get(f"{mock.url}/manage/v1/user/session", timeout=10).status_code == 200
    mock.set({"action": "drop", "operation": "bulk_unenroll"})
    for _ in range(5):
        with pytest.raises(requests.ConnectionError):
            mock.unenroll()
    for other in others:
        # without a retry of its own: the connection is the one from before
        assert other.get(f"{mock.url}/manage/v1/user/session", timeout=10).status_code == 200
        other.close()


def test_cutting_off_leaves_nothing_open_behind(mock: Mock, server: Served) -> None:
    def opened() -> int:
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in server.workers())

    mock.set({"action": "drop", "operation": "bulk_unenroll"})
    for _ in range(3):  # what is opened once and kept, such as a database, is open afterwards
        with pytest.raises(requests.ConnectionError):
            mock.unenroll()
    before = opened()
    for _ in range(20):
        with pytest.raises(requests.ConnectionError):
            mock.unenroll()
    # what was left behind doubled with each, until the server could open nothing any more
    assert opened() < before + 20


def test_who_waits_keeps_nobody_waiting(mock: Mock) -> None:
    mock.set({"action": "delay", "operation": "bulk_unenroll", "seconds": 3})
    done: list[float] = []

    def slow() -> None:
        mock.unenroll()
        done.append(time.monotonic())

    begin = time.monotonic()
    threads = [threading.Thread(target=slow) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    while is_enrolled(mock):
        assert time.monotonic() - begin < 2.5
    assert not done, "the others were answered while it waited"
    for thread in threads:
        thread.join(20)
    assert len(done) == 4
    assert min(done) - begin >= 3


def test_a_client_that_gives_up_waiting_finds_it_done(mock: Mock) -> None:
    mock.control.delete(f"{mock.url}/_mock/journal", timeout=10)
    mock.set({"action": "delay", "operation": "bulk_unenroll", "seconds": 2})
    with pytest.raises(requests.ReadTimeout):
        mock.unenroll(timeout=0.3)
    assert not is_enrolled(mock)
    # else it would be noted in the journal of another test
    until("its end", lambda: "bulk_unenroll" in [entry["operation"] for entry in mock.journal()], 10)


def test_every_call_is_noted_once_whichever_worker_answers(mock: Mock) -> None:
    assert mock.control.delete(f"{mock.url}/_mock/journal", timeout=10).json()["last"] == 0
    for number in range(30):
        mock.client.call("GET", f"/manage/v1/user?page_size=1&search_text=x{number}")
        assert mock.journal()[-1]["query"].endswith(f"x{number}"), "what one noted, all see at once"
    assert [each["id"] for each in mock.journal()] == list(range(1, 31))


def test_what_is_set_through_one_worker_is_true_in_all(mock: Mock) -> None:
    for _ in range(10):
        mock.set({"action": "status", "status": 503, "operation": "get_session"})
        for _ in range(6):
            answer = mock.session.get(f"{mock.url}/manage/v1/user/session", headers={"Connection": "close"}, timeout=10)
            assert answer.status_code == 503
        mock.set()
        for _ in range(6):
            answer = mock.session.get(f"{mock.url}/manage/v1/user/session", headers={"Connection": "close"}, timeout=10)
            assert answer.status_code == 200


def test_a_rule_that_fires_so_many_times_fires_so_many_times_for_all_workers_together(mock: Mock) -> None:
    mock.set({"action": "status", "status": 503, "operation": "get_session", "count": 5})
    statuses: list[int] = []

    def ask() -> None:
        for _ in range(10):
            answer = requests.get(
                f"{mock.url}/manage/v1/user/session",
                headers=dict(mock.session.headers),
                timeout=10,
            )
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses.count(503) == 5
    assert statuses.count(200) == 35


def test_a_wait_for_a_call_ends_when_the_call_comes(mock: Mock) -> None:
    mock.control.delete(f"{mock.url}/_mock/journal", timeout=10)
    threading.Timer(0.4, mock.client.call, ("GET", "/learn/v1/courses")).start()
    body = {"expectations": [{"called": {"operation": "list_learn_courses"}}], "seconds": 10}
    begin = time.monotonic()
    answer = mock.control.post(f"{mock.url}/_mock/journal/wait", json=body, timeout=20).json()
    assert answer["verified"]
    assert time.monotonic() - begin < 5
