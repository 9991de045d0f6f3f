"""What the client adds to the server's own time, and its memory by the number of pairs.

The server's own time is that of the very same calls, made one after the other on one open connection whose answers are
read and thrown away, which is the least that any client can do.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from mock_lms_client import Client
from mock_lms_client.funnel import Call
from mock_lms_client.unenroll.apply.limits import Limits
from mock_lms_client.unenroll.apply.run import apply_plan
from mock_lms_client.unenroll.decide import Request
from mock_lms_client.unenroll.document import Document
from mock_lms_client.unenroll.files import backup_of, journal_of
from mock_lms_client.unenroll.plan.run import make_plan

from mock_lms import MockLMS
from mock_lms.testing import MockTenant
from tests.benchmarks.measure import Figure, Target, WrongResult, ratio
from tests.benchmarks.workshop import Workshop

FIRST_USER, FIRST_COURSE = 10_001, 201
LOGIN = ("client_id", "client_secret", "username", "password")

SHAPES = ((1_000, 10, 0), (10_000, 1, 0), (10_000, 1, 20))
"""Users and courses of 10,000 pairs, and the milliseconds that each answer comes late, as from another town."""

MEASURE = (
    "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); "
    "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
"""Run by a small process: what a process forks begins with its memory, which would be counted."""


def run(workshop: Workshop) -> list[Figure]:
    """All of it against a server of its own."""
    scale = 10 if workshop.quick else 1
    figures = [_over(workshop, users // scale, courses, late) for users, courses, late in SHAPES]
    return [*figures, *_memory(scale)]


def _over(workshop: Workshop, users: int, courses: int, late: int) -> Figure:
    samples: dict[str, list[float]] = {"apply": [], "the same calls alone": []}
    with (
        _tenant(users, courses) as lms,
        _Recording(lms.url, **_login(lms)) as client,
        tempfile.TemporaryDirectory() as folder,
    ):
        if late:
            lms.control.set_faults([{"action": "delay", "seconds": late / 1e3}])
        plan = make_plan(client, _request(users, courses), Path(folder) / "plan.json", datetime.now(UTC))
        for _ in range(workshop.rounds(15)):
            samples["apply"].append(_apply(client, plan) * 1e3)
            lms.control.reset_tenant(scopes=["data", "journal"])
            samples["the same calls alone"].append(_alone(client) * 1e3)
            lms.control.reset_tenant(scopes=["data", "journal"])
    what = f"apply of {users * courses:,} pairs ({users:,} users, courses: {courses})"
    what += f", each answer {late} ms late" if late else ""
    return ratio("client", what, samples, "ms", Target("<", 1.25))


def _apply(client: _Recording, plan: Document) -> float:
    backup_of(plan.path).unlink(missing_ok=True)
    journal_of(plan.path).unlink(missing_ok=True)
    client.sent.clear()
    begun = time.perf_counter()
    done = apply_plan(client, plan, allowed=Limits(), again="", bars=_Bar)
    seconds = time.perf_counter() - begun
    if done.outcomes != {"removed": plan.summary["goes"]}:
        raise WrongResult(f"apply: {done.outcomes}")
    return seconds


def _alone(client: _Recording) -> float:
    connection = http.client.HTTPConnection(urlsplit(client.base_url).netloc, timeout=60)
    begun = time.perf_counter()
    for call, authorization in client.sent:
        headers = {"Authorization": authorization or "", "Content-Type": "application/json"}
        connection.request(call.method, call.url.removeprefix(client.base_url), call.body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise WrongResult(f"{call.operation}: {answer.status}")
    seconds = time.perf_counter() - begun
    connection.close()
    return seconds


class _Recording(Client):
    """Remembers what it sent."""

    def __init__(self, base_url: str, **login: Any) -> None:
        super().__init__(base_url, **login)
        self.sent: list[tuple[Call, str | None]] = []

    def _once(self, call: Call, authorization: str | None) -> Any:
        self.sent.append((call, authorization))
        return super()._once(call, authorization)


def _memory(scale: int) -> Iterator[Figure]:
    """The largest that each command's process was, for a hundredth of the pairs and for all of them."""
    commands: dict[str, dict[str, list[float]]] = {}
    for pairs in (1_000 // scale, 100_000 // scale):
        users = pairs // 10
        with _tenant(users, 10) as lms, tempfile.TemporaryDirectory() as folder:
            variables = {f"MOCK_LMS_{name.upper()}": str(getattr(lms, name)) for name in ("url", *LOGIN)}
            Path(folder, "users.txt").write_text("\n".join(map(str, _users(users))))
            for command, megabytes in _commands(folder, variables, pairs):
                commands.setdefault(command, {})[f"{pairs:,} pairs"] = [megabytes]
    for command, samples in commands.items():
        (small,), (large,) = samples.values()
        yield Figure(
            benchmark="client",
            what=f"{command}: memory of the process with {' beside '.join(reversed(samples))}",
            value=large / small,
            unit="x",
            samples=samples,
            sample_unit="MB",
        )


def _commands(folder: str, variables: dict[str, str], pairs: int) -> Iterator[tuple[str, float]]:
    courses = ",".join(map(str, range(FIRST_COURSE, FIRST_COURSE + 10)))
    sure = ("--yes", "--expect-count", str(pairs))
    limits = ("--max-remove", str(pairs), "--max-percent", "100")
    yield "plan", _megabytes(folder, variables, "plan", "unenroll", "--users", "users.txt", "--courses", courses)
    yield "apply", _megabytes(folder, variables, "apply", "plan.json", *sure, *limits)
    yield "verify", _megabytes(folder, variables, "verify", "plan.json")
    yield "restore", _megabytes(folder, variables, "restore", "plan.backup.json", *sure)


def _megabytes(folder: str, variables: dict[str, str], *arguments: str) -> float:
    command = [sys.executable, "-S", "-E", "-c", MEASURE, sys.executable, "-m", "mock_lms_client", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_LMS_")}
    done = subprocess.run(
        command, cwd=folder, env={**environment, **variables}, capture_output=True, text=True, check=True
    )
    code, kilobytes = done.stdout.split()
    if code != "0":
        raise WrongResult(f"{arguments[0]} ends with {code}: {done.stderr[-300:]}")
    return int(kilobytes) * 1024 / 1e6


@dataclass(frozen=True)
class _Bar:
    """Shows nothing."""

    label: str
    total: int

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def advance(self, more: int) -> None:
        """Nor this."""


@contextmanager
def _tenant(users: int, courses: int) -> Iterator[MockTenant]:
    """Everybody in every course."""
    ids = range(FIRST_COURSE, FIRST_COURSE + courses)
    seed = {
        "users": [{"id": user, "username": f"user{user}"} for user in _users(users)],
        "courses": [{"id": course, "name": f"Course {course}", "code": f"C{course}"} for course in ids],
        "enrollments": [{"user": user, "course": course} for user in _users(users) for course in ids],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(seed, file)
        file.flush()
        with MockLMS(seed=Path(file.name), serve=True) as lms:
            yield lms


def _users(users: int) -> Sequence[int]:
    return range(FIRST_USER, FIRST_USER + users)


def _request(users: int, courses: int) -> Request:
    return Request(_users(users), courses=range(FIRST_COURSE, FIRST_COURSE + courses))


def _login(lms: MockTenant) -> dict[str, str]:
    return {name: getattr(lms, name) for name in LOGIN}
