"""Large tenants are made by a process of their own: the worker goes on answering, and the caller notices nothing."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from mock_lms import MockLMS
from mock_lms.services.planting import LARGE_CONTENTS, MANY_PASSWORDS, is_large
from tests.support.process import Client, Serve, Served, until

LARGE = {"seed": "scale", "users": 60_000, "courses": 4, "plans": 1}
LONG = "users:\n" + "".join(f"  - {{id: {number}, username: user{number}}}\n" for number in range(2_000, 12_000))


def control_of(server: Served) -> Client:
    return Client(server.url, server.ready["control_token"])


def planters(server: Served) -> list[int]:
    """The processes that make a tenant for the server's workers."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [int(pid) for pid, group, *rest in rows if int(group) == server.pid and "mock_lms.planter" in str(rest)]


def making(server: Served, **asked: Any) -> tuple[threading.Thread, list[dict[str, Any]]]:
    """A call that makes a tenant, under way; and what it is answered."""
    answers: list[dict[str, Any]] = []
    call = threading.Thread(
        target=lambda: answers.append(control_of(server).call("POST", "/_mock/tenants", asked, status=None))
    )
    call.start()
    return call, answers


def test_others_are_answered_while_a_large_tenant_is_made(serve: Serve, tmp_path: Path) -> None:
    server = serve("--data", tmp_path / "data")
    client, control = server.log_in(), control_of(server)
    call, answers = making(
        server, name="large", frozen_at="2026-03-01 12:00:00", policy={"over_cap": "truncate"}, **LARGE
    )
    answered = 0
    while call.is_alive():
        client.call("GET", "/manage/v1/user/session")
        control.call("POST", "/_mock/reset")
        answered += 1
    assert answered >= 20
    (made,) = answers
    assert (made["name"], made["clock"]["now"]) == ("large", "2026-03-01 12:00:00")
    assert made["policy"]["over_cap"] == "truncate"
    data = control.call("GET", "/t/large/_mock/tenants/large")
    assert data["seed"] == "scale"
    # as it is planted now, another of its kind is a copy
    assert control.call("POST", "/_mock/tenants", {"name": "too", **LARGE})["name"] == "too"
    assert planters(server) == []


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ({"name": "bad", "contents": LONG + "  - {id: 5}\n"}, 400, "line:10002: users.10000: username is missing"),
        ({"name": "default", **LARGE}, 409, "There is a tenant default already."),
        ({"name": "big", "seed": "scale", "users": 1_000_000, "courses": 100}, 400, "enrollments, and scale plants"),
    ],
)
def test_what_is_refused_is_refused_as_ever(server: Served, asked: dict[str, Any], status: int, says: str) -> None:
    answer = control_of(server).call("POST", "/_mock/tenants", asked, status=status)
    assert says in answer["message"][0]


@pytest.mark.parametrize(
    ("contents", "large"),
    [
        (LONG, True),
        (LONG[: LARGE_CONTENTS // 2], False),
        ("password " * MANY_PASSWORDS, False),
        ("password " * (MANY_PASSWORDS + 1), True),
    ],
)
def test_a_text_is_large_by_its_length_or_by_its_passwords(contents: str, *, large: bool) -> None:
    assert is_large("contents", {}, contents) is large


def test_a_long_text_is_planted_elsewhere_too(server: Served) -> None:
    made = control_of(server).call("POST", "/_mock/tenants", {"name": "long", "contents": LONG})
    assert made["seed"] == "contents"
    found = control_of(server).call("GET", "/t/long/_mock/learners?user_id[]=2100")
    assert found["unknown"] == []


@pytest.mark.parametrize("end", [lambda server: server.stop(signal.SIGTERM), lambda server: server.kill()])
def test_with_the_server_ends_what_it_was_making(serve: Serve, tmp_path: Path, end: Callable[[Served], object]) -> None:
    server = serve("--data", tmp_path / "data")
    threading.Thread(target=lambda: _give_up(server), daemon=True).start()
    until("the process that plants", lambda: bool(planters(server)), 30)
    end(server)
    until("its end", lambda: not planters(server), 30)
    again = serve("--data", tmp_path / "data")
    assert control_of(again).call("GET", "/_mock/tenants")["tenants"] == ["default"]


def _give_up(server: Served) -> None:
    with suppress(OSError, HTTPException):  # the server is stopped meanwhile
        control_of(server).call("POST", "/_mock/tenants", {"name": "large", **LARGE, "users": 500_000})


def test_a_module_in_the_current_folder_is_not_taken_for_one_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    for name in ("flask", "orjson"):
        (tmp_path / f"{name}.py").write_text(f"open({str(taken)!r}, 'w')\nraise SystemExit(9)\n")
    monkeypatch.setattr("mock_lms.testing.process.subprocess", subprocess)  # a fork has imported everything
    monkeypatch.chdir(tmp_path)  # of the server, and so of the process that makes the tenant
    with MockLMS(serve=True) as lms:
        assert lms.control.create_tenant("long", seed=LONG)
    assert not taken.exists()
