"""What it costs a call that it is noted in the journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from statistics import median
from unittest.mock import patch

import orjson

from mock_lms.edge import watch
from mock_lms.testing import MockLMS, MockTenant
from mock_lms.testing.inside import Inside
from tests.benchmarks.list_courses import ITEMS, PATH
from tests.benchmarks.measure import Figure, WrongResult
from tests.benchmarks.workshop import Workshop

TENANT = "large"
SIDES: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "noted": nullcontext,
    "not noted": lambda: patch.object(watch, "note", lambda *_: None),
}


def run(workshop: Workshop) -> list[Figure]:
    """The calls of `list_courses`, in this process and without a client, in batches: with the journal and without it.

    The first round warms up. There are more calls than the journal keeps, so the oldest go meanwhile.
    """
    calls = 20 if workshop.quick else 1_000
    samples: dict[str, list[float]] = {side: [] for side in SIDES}
    with MockLMS() as lms:
        lms.control.create_tenant(TENANT, seed="scale", users=100, courses=100, plans=10)
        large = lms.tenant(TENANT)
        call = _caller(large)
        _check(call())
        for number in range(workshop.rounds(20) + 1):
            for side in sorted(SIDES, reverse=bool(number % 2)):
                with SIDES[side]():
                    noted = _last(large)
                    start = time.perf_counter()
                    for _ in range(calls):
                        call()
                    seconds = time.perf_counter() - start
                    noted = _last(large) - noted
                if noted != (calls if side == "noted" else 0):
                    raise WrongResult(f"{side}: {noted} of {calls} calls are in the journal")
                if number:
                    samples[side].append(seconds * 1e6 / calls)
        _check(call())
    return [
        Figure(
            benchmark="journal",
            what=f"noting a call that lists {ITEMS} courses",
            value=median(samples["noted"]) - median(samples["not noted"]),
            unit="µs",
            samples=samples,
            sample_unit="µs",
        )
    ]


def _caller(lms: MockTenant) -> Callable[[], bytes]:
    """Makes the call, below requests: its own work would be most of what is measured."""
    mock = lms._backend
    assert isinstance(mock, Inside)
    headers = {"Host": mock.host, "Authorization": f"Bearer {lms.token()}", "User-Agent": "benchmark", "Accept": "*/*"}
    target = f"/t/{lms.name}{PATH}"
    return lambda: mock.answer("GET", target, headers.items(), b"").body


def _last(lms: MockTenant) -> int:
    return int(lms.control.list_journal(limit=1)["last"])


def _check(body: bytes) -> None:
    if len(orjson.loads(body)["data"]["items"]) != ITEMS:
        raise WrongResult(f"the list of courses is {body[:300]!r}")
