"""Requests a second for a list: mock-lms, which reads its database, against Prism, which repeats an example."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

from tests.benchmarks.measure import Figure, Target, WrongResult, ratio
from tests.benchmarks.servers import mock_lms, prism, requests_per_second
from tests.benchmarks.workshop import MILLION, Size, Workshop, say

PATH = "/course/v1/courses"
ITEMS = 10


def run(workshop: Workshop) -> list[Figure]:
    """Three sides in turns, one worker each. Our answer has ten items, Prism's the example's one.

    Prism logs each request unless told otherwise and mock-lms doesn't, so a silent Prism is held against it as well.
    """
    seconds = 1 if workshop.quick else 4
    with (
        workshop.tenant(workshop.size(MILLION, Size(100, 100, 10))) as folder,
        mock_lms("--data", str(folder)) as server,
        prism() as as_it_comes,
        prism("--verboseLevel", "silent") as silent,
    ):
        token = server.client.token
        urls = {"mock-lms": server.url, "Prism": as_it_comes, "silent Prism": silent}
        for side, url in urls.items():
            _check(side, _get(url + PATH, token))
            requests_per_second(url + PATH, token, seconds=seconds)  # warms up
        samples: dict[str, list[float]] = {side: [] for side in urls}
        for number in range(workshop.rounds(7)):
            for side in sorted(urls, reverse=bool(number % 2)):
                samples[side].append(requests_per_second(urls[side] + PATH, token, seconds=seconds))
            say(", ".join(f"{side} {values[-1]:.0f}/s" for side, values in samples.items()))
    ours = samples["mock-lms"]
    what = f"{ITEMS} courses, one worker, 4 connections"
    return [
        ratio("list_courses", what, {"mock-lms": ours, other: samples[other]}, "requests/s", Target(">", 1))
        for other in ("Prism", "silent Prism")
    ]


def _get(url: str, token: str) -> Any:
    with urlopen(Request(url, headers={"Authorization": f"Bearer {token}"}), timeout=30) as answer:  # noqa: S310 -- loopback
        return json.load(answer)


def _check(side: str, answer: Any) -> None:
    """Raises `WrongResult` unless it is the list that is meant."""
    count = len(answer["data"]["items"])
    example = answer["data"]["items"][0]["code"] == "SAFE-101"
    if count != ITEMS if side == "mock-lms" else not example:
        raise WrongResult(f"{side} answers {str(answer)[:300]}")
