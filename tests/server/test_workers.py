"""Several workers are one LMS. Every call has a connection of its own, and the kernel chooses who takes it."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.support.process import Client, Served, data_of, serving

WORKERS = 3
OFTEN = 40  # three workers share that many connections: that one of them has none is a chance of 1 in 3,600,000
USERS = range(1001, 1201)
COURSES = range(1, 13)
PLANS = range(1, 5)
EVENTS = """
    SELECT CASE name WHEN 'course.enrollment.deleted' THEN 'course' ELSE 'plan' END,
           coalesce(course_id, learning_plan_id), user_id
    FROM outbox WHERE name IN ('course.enrollment.deleted', 'learningplan.enrollment.deleted')
"""


Rows: TypeAlias = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def rows(data: Path) -> Rows:
    """What a piece of SQL finds, for what no call shows."""

    def select(sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(data_of(data))) as database:
            return database.execute(sql).fetchall()

    return select


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Served]:
    sizes = ("--seed", "scale", "--users", len(USERS), "--courses", len(COURSES), "--plans", len(PLANS))
    for start in serving(tmp_path_factory.mktemp("workers")):
        yield start("--data", data, "--workers", WORKERS, "--policy", "errors_style=objects", *sizes)


@pytest.fixture(scope="module")
def client(server: Served) -> Client:
    return server.log_in()


def at_once(calls: list[Any], threads: int = 16) -> list[Any]:
    """The answers of the calls, many at a time."""
    with ThreadPoolExecutor(threads) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def test_there_are_as_many_as_were_asked_for(server: Served) -> None:
    assert len(server.workers()) == WORKERS


def test_a_token_of_one_is_good_in_all(server: Served) -> None:
    for _ in range(3):
        client = server.log_in()
        for _ in range(OFTEN):
            assert client.call("GET", "/manage/v1/user/session")["data"]["username"] == "admin"


def test_a_token_that_no_one_issued_is_good_in_none(client: Client) -> None:
    for _ in range(OFTEN):
        replace(client, token="0" * 40).call("GET", "/manage/v1/user/session", status=401)


def test_a_refresh_token_is_good_once_for_all_of_them_together(server: Served) -> None:
    names = ("client_id", "client_secret", "username", "password")
    secrets = {name: server.ready[name] for name in names}
    stranger = Client(server.url)
    issued = stranger.call("POST", "/oauth2/token", form={"grant_type": "password", **secrets})
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"], **secrets}
    answers = at_once([lambda: stranger.call("POST", "/oauth2/token", form=form, status=None)] * 16)
    assert sum("access_token" in answer for answer in answers) == 1


def test_what_one_writes_all_read_at_once(client: Client) -> None:
    path = f"/learn/v1/enrollments/{COURSES[-1]}/{USERS[-1]}"
    for _ in range(5):
        client.call("DELETE", path)
        for _ in range(OFTEN // 2):
            client.call("GET", path, status=404)
        client.call("POST", path)
        for _ in range(OFTEN // 2):
            client.call("GET", path)


def test_enrollments_made_at_once_have_ids_of_their_own(client: Client, rows: Rows) -> None:
    courses, users = COURSES[:4], USERS[-50:]
    assert client.bulk_unenroll(list(users), course_ids=list(courses))["errors"] == []
    known = {number for (number,) in rows("SELECT id FROM course_enrollments")}

    def enroll(course: int, user: int) -> Any:
        return lambda: client.call("POST", f"/learn/v1/enrollments/{course}/{user}")

    def bulk_enroll(course: int, user: int) -> Any:
        body = {"course_ids": [course], "user_ids": list(range(user, user + 5))}
        return lambda: client.call("POST", "/learn/v1/enrollments", body)

    singly = list(product(courses[:2], users))
    at_once([enroll(*pair) for pair in singly] + [bulk_enroll(*pair) for pair in product(courses[2:], users[::5])])
    ids = [number for (number,) in rows("SELECT id FROM course_enrollments")]
    assert len(ids) == len(known) + len(courses) * len(users)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("number", range(3))
def test_of_many_calls_at_once_exactly_one_removes_a_pair_and_says_so(client: Client, rows: Rows, number: int) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    users, courses, plan = USERS[number * 50 :][:50], COURSES[number * 4 :][:4], PLANS[number]
    bodies: list[dict[str, Any]] = [
        {
            "user_ids": chance.sample(users, chance.randint(1, len(users))),
            "course_ids": chance.sample(courses, chance.randint(1, len(courses))),
            "learningplan_ids": [plan] if chance.random() < 0.5 else [],
        }
        for _ in range(48)
    ]
    pairs, members = client.pairs(), client.members()
    told = Counter(rows(EVENTS))

    def unenroll(body: dict[str, Any]) -> Any:
        return lambda: client.bulk_unenroll(body.pop("user_ids"), **body)

    answers = at_once([unenroll(dict(body)) for body in bodies])

    removed: Counter[tuple[str, int, int]] = Counter()
    asked: set[tuple[str, int, int]] = set()
    for body, answer in zip(bodies, answers, strict=True):
        targets = [("course", each) for each in body["course_ids"]]
        targets += [("plan", each) for each in body["learningplan_ids"]]
        wanted = {(*target, user) for target, user in product(targets, body["user_ids"])}
        failed = {
            ("course", error["course_id"], error["user_id"])
            if "course_id" in error
            else ("plan", error["learning_plan_id"], error["user_id"])
            for error in answer["errors"]
        }
        assert failed <= wanted
        # who is reported unenrolled lost something, and only they
        assert set(answer["un_enrolled"]) == {user for *_, user in wanted - failed}
        removed.update(wanted - failed)
        asked |= wanted
    assert set(removed) == asked, f"seed {seed}"
    assert set(removed.values()) == {1}, f"seed {seed}"
    assert Counter(rows(EVENTS)) - told == removed
    assert client.pairs() == pairs - {(target, user) for kind, target, user in asked if kind == "course"}
    assert client.members() == members - {(target, user) for kind, target, user in asked if kind == "plan"}
