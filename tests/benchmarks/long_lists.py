"""Pages of lists in a tenant of a million enrollments: far into a list, right after a write, and all in a row."""

from __future__ import annotations

from statistics import median
from typing import Any
from urllib.parse import quote

from tests.benchmarks.measure import Figure, Target, WrongResult, ratio
from tests.benchmarks.servers import Client, mock_lms
from tests.benchmarks.workshop import MILLION, Size, Workshop, say

SIZE = 200
COURSE = "/course/v1/courses/enrollments?"
MIXED = "/learn/v1/enrollments?"
PLAN = "/learningplan/v1/learningplans/3/courses/enrollments?"
MEMBERS = "/learningplan/v1/learningplans/enrollments?"

UNSORTED = "no filter"

ONE: dict[str, str] = {
    UNSORTED: COURSE,
    "status completed": f"{COURSE}enrollment_status[]=completed",
    "status subscribed": f"{COURSE}enrollment_status[]=subscribed",
    "status suspended": f"{COURSE}enrollment_status[]=suspended",
    "level student": f"{COURSE}enrollment_level[]=student",
    "course type": f"{COURSE}course_type[]=elearning",
    "one course": f"{COURSE}course_id[]=50",
    "one user": f"{COURSE}user_id[]=1050",
    **{
        f"sort {name}": f"{COURSE}sort_attr={name}"
        for name in ("course_id", "user_id", "username", "course_name", "enrollment_created_at")
    },
    "sort enrollment_created_at desc": f"{COURSE}sort_attr=enrollment_created_at&sort_dir=desc",
    "sort enrollment_completion_date": f"{COURSE}sort_attr=enrollment_completion_date",
    "mixed": MIXED,
    "mixed, status": f"{MIXED}status[]=completed",
    "mixed, search by a course's name": f"{MIXED}search_text={quote('Course 4')}",
    "mixed, level": f"{MIXED}level=student",
    "a plan's courses": PLAN,
    "plans": MEMBERS,
    "plans, status": f"{MEMBERS}enrollment_status[]=in_progress",
}
"""No filter, one filter, one sort: these have targets."""

MORE: dict[str, str] = {
    "status and sort by date": f"{COURSE}enrollment_status[]=completed&sort_attr=enrollment_created_at",
    "status and sort by username": f"{COURSE}enrollment_status[]=completed&sort_attr=username",
    "status and sort by completion": (
        f"{COURSE}enrollment_status[]=completed&sort_attr=enrollment_completion_date&sort_dir=desc"
    ),
    "course and sort by username": f"{COURSE}course_id[]=50&sort_attr=username",
    "level and status": f"{COURSE}enrollment_level[]=student&enrollment_status[]=in_progress",
    "mixed, search and status": f"{MIXED}search_text={quote('Course 4')}&status[]=completed",
    "a plan's courses, status": f"{PLAN}enrollment_status[]=completed",
}
"""Combinations of them: told, and held against nothing."""


def run(workshop: Workshop) -> list[Figure]:
    """Over HTTP, pages of 200, one worker on SQLite.

    A list's first call and its first call far into it each follow a write; then every page is warm.
    """
    size = workshop.size(MILLION, Size(400, 20, 4))
    figures: list[Figure] = []
    with workshop.tenant(size) as folder, mock_lms("--data", str(folder)) as server:
        client = server.client
        for name, path in {**ONE, **MORE}.items():
            figures += _list(client, name, path, workshop.rounds(5), judged=name in ONE)
            say(", ".join(f"{figure.what}: {figure.value:.4g} {figure.unit}" for figure in figures[-2:]))
        figures.append(_all(client, size))
    return figures


def _list(client: Client, name: str, path: str, rounds: int, *, judged: bool) -> list[Figure]:
    pages = -(-_read(client, path, 1)["total_count"] // SIZE)
    far = [page for page in sorted({1, pages // 4, pages // 2, pages - 1, pages}) if page >= 1]
    first: list[float] = []
    for page in (1, max(1, pages - 1)):
        for _ in range(rounds):
            _write(client)
            _read(client, path, page)
            first.append(client.seconds * 1e3)
    unsorted: list[float] = []
    warm: dict[int, list[float]] = {page: [] for page in far}
    _read(client, ONE[UNSORTED], 1)
    for _ in range(rounds):
        _read(client, ONE[UNSORTED], 1)
        unsorted.append(client.seconds * 1e3)
        for page in far:
            _read(client, path, page)
            warm[page].append(client.seconds * 1e3)
    slowest = max(warm.values(), key=median)
    worst = max((first[:rounds], first[rounds:]), key=median)
    return [
        Figure(
            benchmark="long_lists",
            what=f"{name}: first call after a write, worse of page 1 and {max(1, pages - 1):,}",
            value=median(worst),
            unit="ms",
            samples={"page 1": first[:rounds], "far": first[rounds:]},
            sample_unit="ms",
            target=Target("≤", 400) if judged else None,
        ),
        ratio(
            "long_lists",
            f"{name}: slowest of {len(far)} warm pages to the last, {pages:,}",
            {"mock-lms": slowest, "unsorted first page": unsorted},
            "ms",
            Target("≤", 3) if judged else None,
        ),
    ]


def _all(client: Client, size: Size) -> Figure:
    """Reads every page in a row."""
    seconds, page, seen = 0.0, 0, set[tuple[int, int]]()
    data: dict[str, Any] = {"has_more_data": True}
    while data["has_more_data"]:
        page += 1
        data = _read(client, COURSE, page)
        seconds += client.seconds
        seen |= {(item["course_id"], item["user_id"]) for item in data["items"]}
    if len(seen) != size.enrollments:
        raise WrongResult(f"{len(seen)} enrollments are on the pages, not {size.enrollments}")
    return Figure(
        benchmark="long_lists",
        what=f"all {page:,} pages of {size.enrollments:,} enrollments",
        value=seconds,
        unit="s",
        samples={"mock-lms": [seconds]},
        sample_unit="s",
        target=Target("≤", 60),
    )


def _read(client: Client, path: str, page: int) -> dict[str, Any]:
    data: dict[str, Any] = client.call("GET", f"{path}&page_size={SIZE}&page={page}").data
    pages = data["total_page_count"]
    if len(data["items"]) != (SIZE if page < pages else data["total_count"] - SIZE * (pages - 1) if pages else 0):
        raise WrongResult(f"{path} has {len(data['items'])} items on page {page} of {pages}")
    return data


def _write(client: Client) -> None:
    """Changes the level of an enrollment there and back, so that nothing else differs."""
    for level in (6, 3):
        client.call("PUT", "/learn/v1/enrollments/1/1001", {"level": level})
