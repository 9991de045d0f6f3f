"""`kill -9` in the middle of a bulk unenrollment: it has happened whole, or not at all."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import Client, Serve, Served, data_of

USERS = range(1001, 3001)
SIZES = ("--seed", "scale", "--users", len(USERS), "--courses", 20, "--plans", 2)
COURSES = {1: range(1, 11), 2: range(11, 21)}  # of each learning plan
MOMENTS = 18
BODY = {
    "reset_tracks": True,
    "cascade_unenroll_from_courses_in_selected_learning_plan": True,
    "delete_issued_certificates": True,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A bulk unenrollment: a thousand users leave a plan."""

    users: range
    plan: int

    def send(self, client: Client) -> None:
        client.bulk_unenroll(list(self.users), learningplan_ids=[self.plan], **BODY)

    def has_happened(self, data: Path) -> bool:
        """Whether it has. Raises `AssertionError` where it has in part."""
        first, last = self.courses[0], self.courses[-1]
        users = f"user_id BETWEEN {self.users[0]} AND {self.users[-1]}"
        courses = f"{users} AND course_id BETWEEN {first} AND {last}"
        plan = f"{users} AND learning_plan_id = {self.plan}"
        with closing(sqlite3.connect(data_of(data))) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

            def per_user(table: str, condition: str) -> set[int]:
                sql = f"SELECT user_id, count(*) FROM {table} WHERE {condition} GROUP BY user_id"
                counted: dict[int, int] = dict(database.execute(sql).fetchall())
                return {counted.get(user, 0) for user in self.users}

            found: dict[str, Any] = {
                "courses": per_user("course_enrollments", courses),
                "plan": per_user("learning_plan_enrollments", plan),
                "events of courses": per_user("outbox", f"{courses} AND name = 'course.enrollment.deleted'"),
                "events of the plan": per_user("outbox", f"{plan} AND name = 'learningplan.enrollment.deleted'"),
                "tracks": per_user("tracks", courses) != {0},
                "certificates": per_user("certificates", courses) != {0},
            }
        whole = dict(zip(found, ({0}, {0}, {10}, {1}, False, False), strict=True))
        nothing = dict(zip(found, ({10}, {1}, {0}, {0}, True, True), strict=True))
        assert found in (whole, nothing)
        return found == whole

    @property
    def courses(self) -> range:
        return COURSES[self.plan]


def fresh_calls() -> Iterator[Call]:
    """Each of other users or another plan, until the tenant is used up."""
    for plan in COURSES:
        yield Call(USERS[:1000], plan)
        yield Call(USERS[1000:], plan)


class Sending(threading.Thread):
    """A call under way."""

    def __init__(self, call: Call, client: Client) -> None:
        super().__init__(daemon=True)
        self.call, self.client = call, client
        self.answered = False

    def run(self) -> None:
        try:
            self.call.send(self.client)
        except (OSError, HTTPException):
            return  # what is expected of a server that was killed
        self.answered = True


@pytest.fixture
def pristine(serve: Serve, tmp_path: Path) -> Path:
    """The tenant as it was made."""
    serve("--data", tmp_path / "pristine", *SIZES).stop()
    return tmp_path / "pristine"


def seconds_of_a_call(serve: Serve, data: Path) -> float:
    """How long it takes a server that has just been started, as it is at each moment below."""
    server = serve("--data", data)
    client, call = server.log_in(), next(fresh_calls())
    begin = time.perf_counter()
    call.send(client)
    duration = time.perf_counter() - begin
    assert call.has_happened(data)
    server.stop()
    return duration


def crash(server: Served, *, at_once: bool) -> None:
    """Kills all processes, or only the first: its workers then have a moment left."""
    if at_once:
        os.killpg(server.pid, signal.SIGKILL)
    else:
        server.process.kill()
    server.process.wait()
    server.workers_gone()


def test_a_call_that_is_cut_short_has_happened_whole_or_not_at_all(
    serve: Serve, pristine: Path, tmp_path: Path
) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    duration = seconds_of_a_call(serve, shutil.copytree(pristine, tmp_path / "measured"))
    happened: list[bool] = []
    data = tmp_path
    calls: Iterator[Call] = iter(())
    server: Served | None = None
    call: Call | None = None
    for moment in range(MOMENTS):
        if call is None and (call := next(calls, None)) is None:
            data, calls, server = shutil.copytree(pristine, tmp_path / f"data{moment}"), fresh_calls(), None
            call = next(calls)
        delay = duration * (moment + chance.random()) / MOMENTS
        where = f"seed {seed}, {delay:.4f} s into a call of {duration:.4f} s"

        server = server or serve("--data", data)
        sending = Sending(call, server.log_in())
        sending.start()
        time.sleep(delay)
        if moment == MOMENTS - 1:
            sending.join(5)
        crash(server, at_once=moment % 2 == 0)
        sending.join(5)

        server = serve("--data", data)
        try:
            happened.append(call.has_happened(data))
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}") from None
        assert happened[-1] or not sending.answered, f"{where}: what was answered is lost"
        if happened[-1]:
            call = None
    # else no moment was well chosen
    assert set(happened) == {True, False}, f"seed {seed}: {happened}"
