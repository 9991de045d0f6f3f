"""How long a tenant takes to make, and whether a thousand of them make anything slower."""

from __future__ import annotations

import random
import time
from statistics import median
from typing import Any

from tests.benchmarks.measure import Figure, Target, WrongResult
from tests.benchmarks.servers import Client, MockLms, mock_lms
from tests.benchmarks.workshop import Workshop

COURSES = "/course/v1/courses"
LEARNER = 11
CONTENTS = """
users:
  - {id: 11, username: ann}
  - {id: 12, username: bob}
courses:
  - {id: 21, name: One, certificate: Certificate One}
  - {id: 22, name: Two}
learning_plans:
  - {id: 31, name: First, courses: [21, 22]}
enrollments:
  - {course: 21, user: 11, status: completed, enrolled_at: 2026-01-01, completed_at: "2026-02-01 10:00:00"}
  - {course: 22, user: 11, enrolled_at: 2026-01-01}
  - {course: 21, user: 12, enrolled_at: 2026-01-01}
learning_plan_enrollments:
  - {learning_plan: 31, user: 11, enrolled_at: 2026-01-01}
"""
DEMO_LEARNER = 13001


def run(workshop: Workshop) -> list[Figure]:
    """One server for both: tenants one at a time, then a thousand at once."""
    with mock_lms("--data", str(workshop.folder / "tenants-0")) as server:
        return [_one_at_a_time(workshop, server), *_many(workshop, server)]


def _one_at_a_time(workshop: Workshop, server: MockLms) -> Figure:
    """Three kinds in turns, each dropped again; the first round warms up."""
    control = server.client.control
    samples: dict[str, list[float]] = {"demo": [], "contents": [], "contents not seen before": []}
    for number in range(workshop.rounds(40) + 1):
        asked: dict[str, dict[str, Any]] = {
            "demo": {"seed": "demo"},
            "contents": {"seed": CONTENTS},
            "contents not seen before": {"seed": f"{CONTENTS}# {number}\n"},
        }
        for kind in sorted(asked, reverse=bool(number % 2)):
            name = f"one-{number}"
            control.create_tenant(name, **asked[kind])
            if number:
                samples[kind].append(server.client.seconds * 1e3)
            _check(server.client, name, *((DEMO_LEARNER, 3) if kind == "demo" else (LEARNER, 2)))
            control.drop_tenant(name)
    return Figure(
        benchmark="tenants",
        what="making a tenant; the value is that of the seed demo",
        value=median(samples["demo"]),
        unit="ms",
        samples=samples,
        sample_unit="ms",
    )


def _many(workshop: Workshop, server: MockLms) -> list[Figure]:
    count = 20 if workshop.quick else 1_000
    part = count // 10
    names = [f"many-{number}" for number in range(count)]
    control = server.client.control
    before = server.worker_megabytes()
    seconds: list[float] = []
    start = time.perf_counter()
    for name in names:
        control.create_tenant(name, seed="demo")
        seconds.append(server.client.seconds)
    total = time.perf_counter() - start
    if not set(names) < set(control.list_tenants()["tenants"]):
        raise WrongResult("some of the tenants are not there")
    made = server.worker_megabytes()
    first, last = seconds[:part], seconds[-part:]
    calls = _calls(workshop, server.client, names)
    called = server.worker_megabytes()
    return [
        Figure(
            benchmark="tenants",
            what=f"{count:,} tenants of the seed demo in a row",
            value=total,
            unit="s",
            samples={"each:": [each * 1e3 for each in seconds]},
            sample_unit="ms",
        ),
        Figure(
            benchmark="tenants",
            what=f"the last {part:,} of them to the first {part:,}",
            value=median(last) / median(first),
            unit="times",
            samples={"last": [each * 1e3 for each in last], "first": [each * 1e3 for each in first]},
            sample_unit="ms",
            target=Target("≤", 1.25),
        ),
        Figure(
            benchmark="tenants",
            what=f"the worker's memory (VmRSS): before the {count:,}, with them, when all were called",
            value=max(made, called),
            unit="MB",
            samples={"before": [before], "made": [made], "called": [called]},
            sample_unit="MB",
        ),
        Figure(
            benchmark="tenants",
            what=f"a list of courses from a random one of the {count:,}, and from always the same",
            value=median(calls["random"]),
            unit="ms",
            samples=calls,
            sample_unit="ms",
        ),
    ]


def _calls(workshop: Workshop, client: Client, names: list[str]) -> dict[str, list[float]]:
    """Milliseconds of calls to one or the other, in turns; everybody has logged in everywhere before."""
    chance = random.Random(1)
    clients = {name: client.of(name) for name in names}
    samples: dict[str, list[float]] = {"random": [], "same": []}
    for number in range(workshop.rounds(600)):
        sides = {"random": clients[chance.choice(names)], "same": client}
        for side in sorted(sides, reverse=bool(number % 2)):
            samples[side].append(_courses(sides[side]))
    return samples


def _courses(client: Client) -> float:
    answer = client.call("GET", COURSES)
    if answer.data["total_count"] != 6:
        raise WrongResult(f"a tenant of the seed demo has {answer.data['total_count']} courses, not 6")
    return answer.seconds * 1e3


def _check(client: Client, name: str, user: int, enrollments: int) -> None:
    """Raises `WrongResult` unless the tenant holds what it should."""
    found = client.of(name).control.get_learner(user)["enrollments"]
    if len(found) != enrollments:
        raise WrongResult(f"user {user} of the tenant {name} has {len(found)} enrollments, not {enrollments}")
