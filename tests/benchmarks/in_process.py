"""A call through requests to a mock in this process, beside the same to a server; and what making either takes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from statistics import median
from typing import Any

import requests

from mock_lms.testing import MockLMS
from tests.benchmarks.measure import Figure, WrongResult, ratio
from tests.benchmarks.workshop import Workshop

PATH = "/course/v1/courses"
FIRST = """
import time
start = time.perf_counter()
from mock_lms.testing import MockLMS
with MockLMS():
    print(time.perf_counter() - start)
"""


def run(workshop: Workshop) -> list[Figure]:
    """Both with the demo tenant, and a session that is kept, as tests have it."""
    return [_calls(workshop), _making(workshop), _first(workshop)]


def _calls(workshop: Workshop) -> Figure:
    samples: dict[str, list[float]] = {"in process": [], "served": []}
    with MockLMS() as inside, MockLMS(serve=True) as served:
        sides = {"in process": inside, "served": served}
        sessions = {side: lms.session(lms.token()) for side, lms in sides.items()}
        answers = {side: _call(sessions[side], lms.url)[1] for side, lms in sides.items()}
        if answers["in process"] != answers["served"] or len(answers["served"]["items"]) != 6:
            raise WrongResult(f"the mocks answer {str(answers)[:300]}")
        for number in range(workshop.rounds(1_000)):
            for side in sorted(sides, reverse=bool(number % 2)):
                seconds, answer = _call(sessions[side], sides[side].url)
                if answer != answers[side]:
                    raise WrongResult(f"{side}: the answer is {str(answer)[:300]}")
                samples[side].append(seconds * 1e3)
        for session in sessions.values():
            session.close()
    return ratio("in_process", "GET of a page of courses through requests", samples, "ms", None)


def _call(session: requests.Session, url: str) -> tuple[float, Mapping[str, Any]]:
    start = time.perf_counter()
    answer = session.get(url + PATH, timeout=30)
    content = answer.json()
    seconds = time.perf_counter() - start
    data: Mapping[str, Any] = content.get("data", {})
    if not answer.ok:
        raise WrongResult(f"{url} answers {answer.status_code}: {answer.text[:300]}")
    return seconds, data


def _making(workshop: Workshop) -> Figure:
    """None is the first of the process, and ending it is not counted."""
    samples: dict[str, list[float]] = {"in process": [], "served": []}
    for _ in range(workshop.rounds(15)):
        for side, serve in (("in process", False), ("served", True)):
            start = time.perf_counter()
            lms = MockLMS(serve=serve)
            samples[side].append((time.perf_counter() - start) * 1e3)
            lms.close()
    return Figure(
        benchmark="in_process",
        what="making a MockLMS; the value is that of one in process",
        value=median(samples["in process"]),
        unit="ms",
        samples=samples,
        sample_unit="ms",
    )


def _first(workshop: Workshop) -> Figure:
    """What a run of tests pays once: the imports, the application, the seed."""
    samples = [
        float(subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True).stdout) * 1e3
        for _ in range(workshop.rounds(9))
    ]
    return Figure(
        benchmark="in_process",
        what="making the first MockLMS of a process, imports included",
        value=median(samples),
        unit="ms",
        samples={"in process": samples},
        sample_unit="ms",
    )
