"""Random stories, each in a tenant of its own, on a server that others use at the same time.

All tenants have the same users and courses, so that whatever leaks from one into another is seen: in the enrollments,
the clock, the status of a call, or the journal. `test_isolation.py` runs this file.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from mock_lms.testing import ControlError, MockTenant

STORIES = int(os.environ.get("STORIES", "1000"))
STEPS = 8

USERS = range(11, 17)
COURSES = range(21, 25)
PAIRS = list(product(COURSES, USERS))
BEGINNINGS = [sorted(random.Random(number).sample(PAIRS, 3 + number)) for number in range(8)]
START = datetime(2026, 3, 1, 12)  # noqa: DTZ001 -- as the vendor writes it
BULK = "/learn/v1/enrollments"

Pairs = frozenset[tuple[int, int]]


def seed(pairs: list[tuple[int, int]]) -> dict[str, Any]:
    return {
        "users": [{"id": user, "username": f"user{user}"} for user in USERS],
        "courses": [{"id": course, "name": f"Course {course}", "code": f"C{course}"} for course in COURSES],
        "enrollments": [{"course": course, "user": user, "enrolled_at": "2026-01-01"} for course, user in pairs],
    }


@dataclass
class Story:
    """A tenant, and what must be the case there."""

    lms: MockTenant
    dice: random.Random
    first: Pairs
    pairs: Pairs
    now: datetime = START
    snapshots: dict[str, Pairs] = field(default_factory=dict)
    journal: list[tuple[str, str, int]] = field(default_factory=list)
    left: int | None = None
    """Calls until the quota is used up."""
    failing: int | None = None
    """The status of the next call, and of that alone."""

    def __post_init__(self) -> None:
        self.http = self.lms.session(self.lms.token())
        self.journal.append(("POST", "/oauth2/token", 200))

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Makes a call, which the quota or a fault may refuse; the answer, if it was to succeed."""
        answer = self.http.request(method, self.lms.url + path, json=body)
        expected = 200
        if self.left == 0:
            expected = 429
        elif self.failing:
            expected, self.failing = self.failing, None
        if self.left:
            self.left -= 1
        assert answer.status_code == expected, answer.text
        self.journal.append((method, path.partition("?")[0], expected))
        return answer.json()["data"] if expected == 200 else None

    # --- what can happen

    def enroll(self) -> None:
        missing = [pair for pair in PAIRS if pair not in self.pairs]
        if missing:
            course, user = self.dice.choice(missing)
            if self.call("POST", f"{BULK}/{course}/{user}"):
                self.pairs |= {(course, user)}

    def unenroll(self) -> None:
        if self.pairs:
            course, user = self.dice.choice(sorted(self.pairs))
            if self.call("DELETE", f"{BULK}/{course}/{user}"):
                self.pairs -= {(course, user)}

    def bulk_unenroll(self) -> None:
        users, courses = self.dice.sample(USERS, 3), self.dice.sample(COURSES, 2)
        answer = self.call("DELETE", BULK, {"user_ids": users, "course_ids": courses})
        if answer:
            gone = {(course, user) for course, user in self.pairs if course in courses and user in users}
            assert set(answer["un_enrolled"]) == {user for _, user in gone}
            self.pairs -= gone

    def save(self) -> None:
        name = self.dice.choice(["one", "two"])
        self.lms.control.save_snapshot(name)
        self.snapshots[name] = self.pairs

    def restore(self) -> None:
        name = self.dice.choice(["one", "two"])
        if name in self.snapshots:
            self.lms.control.restore_snapshot(name)
            self.pairs = self.snapshots[name]
        else:
            with pytest.raises(ControlError):
                self.lms.control.restore_snapshot(name)

    def reset(self) -> None:
        self.lms.control.reset_tenant()
        self.pairs, self.now, self.journal, self.left, self.failing = self.first, START, [], None, None

    def advance(self) -> None:
        seconds = self.dice.randrange(1, 100)
        self.lms.control.advance_clock(seconds)
        self.now += timedelta(seconds=seconds)
        if self.left is not None:
            self.limit()  # a bucket fills up as time goes by

    def limit(self) -> None:
        self.left = self.dice.randrange(1, 4)
        self.lms.control.set_quota(calls=self.left, seconds=3600)

    def lift(self) -> None:
        self.lms.control.clear_quota()
        self.left = None

    def fail(self) -> None:
        self.failing = self.dice.choice([500, 502, 503])
        self.lms.control.set_faults([{"action": "status", "status": self.failing, "nth": 1}])

    def forget(self) -> None:
        self.lms.control.clear_journal()
        self.journal = []

    # --- what must be the case

    def check(self) -> None:
        assert self.lms.control.get_clock()["now"] == str(self.now)
        shown = self.call("GET", "/course/v1/courses/enrollments?page_size=200")
        if shown is not None:
            assert {(row["course_id"], row["user_id"]) for row in shown["items"]} == self.pairs
        noted = self.lms.control.list_journal(limit=1000)["entries"]
        assert [(each["method"], each["path"], each["status"]) for each in noted] == self.journal


WHAT = (
    *(Story.enroll, Story.enroll, Story.unenroll, Story.bulk_unenroll, Story.save, Story.restore),
    *(Story.reset, Story.advance, Story.limit, Story.lift, Story.fail, Story.forget),
)


@pytest.fixture
def story(mock_lms_server: MockTenant, number: int) -> Iterator[Story]:
    dice = random.Random(number)
    first = dice.choice(BEGINNINGS)
    name = mock_lms_server.control.create_tenant(seed=seed(first), frozen_at=START)["name"]
    yield Story(mock_lms_server.tenant(name), dice, frozenset(first), frozenset(first))
    mock_lms_server.control.drop_tenant(name)


@pytest.mark.parametrize("number", range(STORIES))
def test_a_story(story: Story, number: int) -> None:
    for _ in range(STEPS):
        story.dice.choice(WHAT)(story)
        story.check()
