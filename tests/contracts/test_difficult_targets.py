"""Targets as people have them: lists without an end, silent servers, redirects; and what a run leaves behind."""

from __future__ import annotations

import itertools
import json
import re
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
from mock_lms_contracts import exchange

from mock_lms.testing import MockLMS
from tests.contracts import fakes
from tests.contracts.gateways import gateway
from tests.contracts.runs import ONE, login, run
from tests.support.process import until

pytestmark = pytest.mark.usefixtures("brief")
BULK = "/learn/v1/enrollments"

# --- lists without an end


def test_a_list_that_always_says_that_there_is_more_ends_with_an_empty_page(lms: MockLMS, tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        if "has_more_data" in data:
            data["has_more_data"] = True

    with gateway(lms.url, change=change) as between:
        code, told = run(between.url, *ONE, cwd=tmp_path, **login(lms))
    assert code == 1, told
    assert re.search(r"fail +READ-PAGES-2 .*is empty, but its has_more_data says that there is more", told), told
    assert len(between.calls) < 200
    # the same lists are read to clean up
    session = lms.session(lms.token())
    assert session.get(f"{lms.url}/course/v1/courses/enrollments").json()["data"]["items"] == []


def test_a_list_that_says_nothing_of_its_pages_is_read_all_the_same(lms: MockLMS, tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        for name in ("total_count", "total_page_count", "count", "has_more_data"):
            data.pop(name, None)

    with gateway(lms.url, change=change) as between:
        code, told = run(between.url, *ONE, cwd=tmp_path, **login(lms))
    assert code == 0, told


# --- silence


def test_a_server_that_falls_silent_is_given_up_after_two_calls(
    lms: MockLMS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, turns, unanswered = threading.Event(), itertools.count(), list[str]()

    def refuse(path: str, _: str) -> bool:
        turn = next(turns)
        if turn == 115:
            monkeypatch.setattr(exchange, "TIMEOUT", 1.0)  # not before: a machine that is busy is slow, too
        if turn > 120:
            unanswered.append(path)
            end.wait(60)
        return False

    with gateway(lms.url, refuse=refuse) as between:
        try:
            code, told = run(between.url, "--profile", "core", "--seed", "1", cwd=tmp_path, **login(lms))
        finally:
            end.set()
    assert code == 3
    assert "2 calls were left without an answer in time, so nothing more was asked" in told
    assert "no answer within 1 s" in told
    assert len(unanswered) == 2


IMPATIENT = """
from mock_lms_contracts import careful
from mock_lms_contracts.__main__ import main
careful.GRACE, careful.MORE = 1.0, 0.5
main()
"""
"""The command, with one second to clean up where it otherwise has ten."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_whose_target_answers_no_more(number: signal.Signals, lms: MockLMS, tmp_path: Path) -> None:
    silent, end = threading.Event(), threading.Event()

    def refuse(*_: str) -> bool:
        if silent.is_set():
            end.wait(60)
        return False

    with gateway(lms.url, refuse=refuse) as between:
        command = (sys.executable, "-c", IMPATIENT)
        process = fakes.started(["run", "--base-url", between.url, *ONE], tmp_path, command, **login(lms))
        try:
            until("a call that unenrolls", lambda: ("DELETE", BULK) in between.calls, 60)
            silent.set()
            process.send_signal(number)
            said, _ = process.communicate(timeout=25)  # a call that is not answered takes 30 s
        finally:
            process.kill()
            end.set()
    assert process.returncode == 130, said
    assert "interrupted; the run cleans up for at most 1 s" in said
    assert "the cleanup was cut short: " in said
    assert said.splitlines()[-1].startswith("exit code 130: the run was interrupted: 1 of 1 requirements were not run")


# --- other statuses


def test_a_server_that_leads_every_call_to_a_path_with_a_slash_and_says_201_of_what_it_created_is_checked(
    lms: MockLMS, tmp_path: Path
) -> None:
    with gateway(lms.url, slash=True, created=True) as between:
        code, told = run(between.url, *ONE, "--only", "SINGLE-LEAVE-1", cwd=tmp_path, **login(lms))
    assert code == 0, told


# --- what stays


def test_a_run_says_what_it_leaves_behind_and_how_to_find_it(lms: MockLMS, tmp_path: Path) -> None:
    # each process has a battery of its own where nobody keeps the two requirements together
    options = (
        "--only",
        "UNENROLL-REPEAT-1",
        "--only",
        "UNENROLL-STATUS-1",
        "--report",
        tmp_path / "r",
        "--",
        "-n",
        "2",
    )
    code, told = run(lms.url, *ONE, *options, cwd=tmp_path, **login(lms))
    assert code == 0, told
    (line,) = re.findall(r"^left on the target.*$", told, re.MULTILINE)
    name = json.loads((tmp_path / "r" / "report.json").read_text())["times"]["run"]
    assert line.endswith(f"(names begin with {name})")
    session = lms.session(lms.token())
    for path, key, kind in (
        ("/manage/v1/user", "username", "users"),
        ("/learn/v1/courses", "name", "courses"),
        ("/learn/v1/lp", "name", "plans"),
    ):
        left = named(session, f"{lms.url}{path}", key, name)
        assert f" {len(left)} {kind}" in line
        assert left
    assert f"{name}" in (tmp_path / "r" / "summary.md").read_text()
    assert f"{name}" in (tmp_path / "r" / "report.html").read_text()


def named(session: requests.Session, url: str, key: str, name: str) -> list[str]:
    """Of all items of a list: what begins with the name."""
    rows: list[dict[str, Any]] = []
    for page in itertools.count(1):
        data = session.get(url, params={"page": page, "page_size": 200}).json()["data"]
        rows += data["items"]
        if not data["has_more_data"]:
            return [row[key] for row in rows if str(row.get(key)).startswith(name)]
    raise AssertionError
