"""How much memory a worker holds after serving a large tenant for a while."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.bulk_unenroll import unenroll
from tests.benchmarks.measure import Figure, Target, WrongResult
from tests.benchmarks.servers import Client, MockLms, mock_lms, requests_per_second
from tests.benchmarks.workshop import MILLION, Size, Workshop, say

USERS = 1_000
CONNECTIONS = 4  # at once, as the worker answers one call after the other
ENROLLMENTS = "/course/v1/courses/enrollments"
IN_PLANS = "/learningplan/v1/learningplans/enrollments"
IN_PLAN_COURSES = "/learningplan/v1/learningplans/{plan}/courses/enrollments"
LISTS = (
    "/learn/v1/enrollments",
    "/learn/v1/courses",
    "/learn/v1/lp",
    "/course/v1/courses",
    ENROLLMENTS,
    "/learningplan/v1/learningplans",
    "/learningplan/v1/learningplans/{plan}/courses",
    IN_PLANS,
    IN_PLAN_COURSES,
    "/manage/v1/user",
)
FILTERED = (
    "/learn/v1/enrollments?status[]=completed&id_course[]=3&id_course[]=7",
    "/learn/v1/enrollments?search_text=user01&level=student",
    f"{ENROLLMENTS}?enrollment_status[]=in_progress&sort_attr=username&sort_dir=desc",
    f"{ENROLLMENTS}?user_id[]=1005&user_id[]=1006",
    f"{IN_PLANS}?enrollment_status[]=in_progress",
    f"{IN_PLAN_COURSES}?enrollment_status[]=completed",
    "/course/v1/courses?search_text=Course 1&sort_attr=name&sort_dir=desc",
    "/manage/v1/user?search_text=user0101",
)


def run(workshop: Workshop) -> list[Figure]:
    """Reads the worker's memory after each kind of work; what counts is the most that it ever was."""
    size = workshop.size(MILLION, Size(4_000, 40, 4))
    resident: list[float] = []
    proportional: list[float] = []
    with workshop.tenant(size) as folder, mock_lms("--data", str(folder)) as server:
        for work in _shifts(server, size, seconds=1 if workshop.quick else 5):
            resident.append(server.worker_megabytes())
            proportional.append(server.worker_megabytes("smaps_rollup", "Pss"))
            say(f"{resident[-1]:.0f} MB resident, {proportional[-1]:.0f} MB proportional after {work}")
        peak = server.worker_megabytes("status", "VmHWM")
    return [
        _figure("resident (VmRSS), worst reading", resident, Target("<", 150)),
        _figure("proportional (Pss), worst reading", proportional, Target("<", 150)),
        _figure("resident at any moment (VmHWM)", [peak], None),
    ]


def _shifts(server: MockLms, size: Size, *, seconds: int) -> Iterator[str]:
    """Work of several kinds; the name of each when it is done."""
    client = server.client
    yield "the start"
    _lists(client, plan=1)
    yield "lists"
    for path in FILTERED:
        _pages(client, path.format(plan=2))
    yield "filters"
    for plan in range(1, size.plans + 1):
        _there_and_back(client, size, plan)
    yield "bulk calls"
    for path in (LISTS[0], "/course/v1/courses", ENROLLMENTS):
        requests_per_second(f"{server.url}{path}?page_size=200", client.token, seconds=seconds)
    yield "4 connections of wrk"
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        plans = range(1, CONNECTIONS + 1)
        for _ in pool.map(lambda plan: _everything(server, size, plan), plans):
            pass
    yield "4 connections of bulk calls and lists"
    total = client.call("GET", f"{ENROLLMENTS}?page_size=1").data["total_count"]
    if total != size.enrollments:
        raise WrongResult(f"{total} enrollments are there in the end, not {size.enrollments}")


def _everything(server: MockLms, size: Size, plan: int) -> None:
    client = server.another_client()
    try:
        _there_and_back(client, size, plan)
        _lists(client, plan)
    finally:
        client.close()


def _lists(client: Client, plan: int) -> None:
    for path in LISTS:
        _pages(client, path.format(plan=plan))


def _pages(client: Client, path: str) -> None:
    """The first pages, one in the middle, the last."""
    url = f"{path.replace(' ', '%20')}{'&' if '?' in path else '?'}page_size=200"
    pages = client.call("GET", url).data["total_page_count"]
    for page in sorted({2, 3, pages // 2, pages}):
        if 1 < page <= pages:
            client.call("GET", f"{url}&page={page}")


def _there_and_back(client: Client, size: Size, plan: int) -> None:
    """Two thousand users out of the plan and its courses, then into the courses and the plan again."""
    data = client.call("GET", f"/learningplan/v1/learningplans/{plan}/courses?page_size=200").data
    courses = [item.get("course_id", item.get("id")) for item in data["items"]]
    for users in size.blocks(USERS)[:2]:
        unenroll(client, users, plan)
        client.call("POST", "/learn/v1/enrollments", {"user_ids": users, "course_ids": courses})
        client.call("POST", f"/learningplan/v1/learningplans/{plan}/enrollments/bulk", {"items": {"user_ids": users}})


def _figure(what: str, megabytes: list[float], target: Target | None) -> Figure:
    return Figure(
        benchmark="memory",
        what=f"a worker's {what}",
        value=max(megabytes),
        unit="MB",
        samples={"mock-lms": megabytes},
        sample_unit="MB",
        target=target,
    )
