"""A tenant with many enrollments, commands as processes, and what must be true in the end."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_lms.testing.control import Control
from tests.client.harness.commands import COMMAND, clean_environment

FIRST = 10_001
"""The first user's id."""

PLAN, COURSE, OTHER = 31, 201, 202
"""A learning plan, its only course, and a course that nothing is asked of."""

TIMEOUT = 120
"""Seconds that no command takes; a guard against hanging."""


def company(users: int) -> dict[str, Any]:
    """A seed: everybody in a learning plan, in its course, and in another course; a tenth have completed it."""
    ids = range(FIRST, FIRST + users)
    return {
        "users": [{"id": user, "username": f"user{user}"} for user in ids],
        "courses": [{"id": COURSE, "name": "Fire Safety", "code": "A"}, {"id": OTHER, "name": "Law", "code": "B"}],
        "learning_plans": [{"id": PLAN, "name": "Onboarding", "code": "P", "courses": [COURSE]}],
        "enrollments": [
            *({"user": user, "course": COURSE, "status": status(user)} for user in ids),
            *({"user": user, "course": OTHER} for user in ids),
        ],
        "learning_plan_enrollments": [{"user": user, "learning_plan": PLAN} for user in ids],
    }


def status(user: int) -> str:
    """Of the enrollment in the learning plan's course."""
    return "completed" if user % 10 == 0 else "in_progress"


@dataclass(frozen=True)
class Case:
    """What is requested, and what must be left of `COURSE` and `PLAN`."""

    options: Sequence[str]
    leaves_plan: bool
    leaves_course: bool
    keeps_completed: bool = False

    def left(self, requested: range, users: Iterable[int]) -> set[tuple[str, int, int]]:
        """Kind, target and user of all that is to be there in the end, of a tenant with these users."""
        left = {("course", OTHER, user) for user in users}
        for user in users:
            if user not in requested or not self.leaves_plan:
                left.add(("plan", PLAN, user))
            kept = self.keeps_completed and status(user) == "completed"
            if user not in requested or not self.leaves_course or kept:
                left.add(("course", COURSE, user))
        return left


CASES: Mapping[str, Case] = {
    "course": Case(["--courses", str(COURSE)], leaves_plan=False, leaves_course=True),
    "plan": Case(["--plans", str(PLAN)], leaves_plan=True, leaves_course=False),
    "cascade": Case(["--plans", str(PLAN), "--cascade"], leaves_plan=True, leaves_course=True),
    "keep": Case(
        ["--plans", str(PLAN), "--keep", "completed"], leaves_plan=True, leaves_course=True, keeps_completed=True
    ),
}


@dataclass
class Rehearsal:
    """Commands against one tenant, in a folder of their own."""

    settings: Mapping[str, str]
    folder: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command that runs."""
        return subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=clean_environment(**self.settings, XDG_CONFIG_HOME=str(self.folder)),
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command, to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=TIMEOUT)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def plan(self, case: Case, users: Iterable[int]) -> int:
        """Writes plan.json, and returns how many enrollments go."""
        (self.folder / "users.txt").write_text("\n".join(map(str, users)))
        done = self.run("plan", "unenroll", "--users", "users.txt", *case.options, "--json")
        assert done.returncode == 0, done.stderr
        return int(json.loads(done.stdout)["goes"])

    def apply(self, goes: int, *options: str) -> subprocess.Popen[str]:
        """An apply that runs."""
        limits = ("--max-remove", str(goes), "--max-percent", "100")
        return self.start("apply", "plan.json", "--yes", "--expect-count", str(goes), "--json", *limits, *options)

    def clear(self) -> None:
        """Forgets the apply, and keeps the plan."""
        for name in ("plan.backup.json", "plan.journal", "plan.journal-journal", "plan.result.csv"):
            (self.folder / name).unlink(missing_ok=True)


def unenrollments(control: Control) -> list[dict[str, Any]]:
    """Every bulk unenrollment that the mock's journal has, in order. None may be missing there."""
    calls: list[dict[str, Any]] = []
    since = 0
    while True:
        page = control.search_journal({"operation": "bulk_unenroll"}, since=since, limit=100)
        if not page["entries"]:
            return calls
        calls += page["entries"]
        since = page["entries"][-1]["id"]


def no_call_was_too_large(control: Control) -> None:
    """Nor could one be among those that the journal forgot."""
    control.verify_journal({"never": {"users": {"more_than": 1000}}})


def result_equals(rows: Iterable[Mapping[str, str]], left: set[tuple[str, int, int]]) -> None:
    """Whether the result file says of each of its pairs what a reader finds, and that all went as planned."""
    for row in rows:
        kind = "course" if row["kind"] == "course" else "plan"
        there = (kind, int(row["target_id"]), int(row["user_id"])) in left
        assert there == (row["result"] == "kept"), row
        assert row["result"] in {"removed", "kept"}, row
