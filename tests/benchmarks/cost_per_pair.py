"""Whether a pair of user and course costs more to unenroll where there are more enrollments."""

from __future__ import annotations

from contextlib import ExitStack
from statistics import median

from tests.benchmarks.bulk_unenroll import unenroll
from tests.benchmarks.measure import Figure, Target, WrongResult
from tests.benchmarks.servers import Client, mock_lms
from tests.benchmarks.workshop import MILLION, PLAN, Size, Workshop

USERS = 100
COURSES = 10
FULL = (Size(1_000, 10, 1), Size(10_000, 10, 1), MILLION)
QUICK = (Size(200, 10, 1), Size(500, 10, 1), Size(1_000, 20, 2))


def run(workshop: Workshop) -> list[Figure]:
    """Calls on three servers in turns, each of which begins a round as often as the others.

    Who is unenrolled is enrolled again, untimed. Users whose ids follow each other share pages of the database at any
    size; users from all over the tenant share fewer the larger it is. That is measured too but has no target: plain SQL
    pays for these pages as well.
    """
    sizes = QUICK if workshop.quick else FULL
    near: dict[Size, list[float]] = {size: [] for size in sizes}
    far: dict[Size, list[float]] = {size: [] for size in sizes}
    with ExitStack() as stack:
        clients: dict[Size, Client] = {}
        for size in sizes:
            folder = stack.enter_context(workshop.tenant(size))
            clients[size] = stack.enter_context(mock_lms("--data", str(folder))).client
        for number in range(workshop.rounds(30) + 1):
            turn = number % len(sizes)
            for size in (*sizes[turn:], *sizes[:turn]):
                for blocks, samples in ((size.blocks(USERS), near), (size.combs(USERS), far)):
                    users = blocks[number % len(blocks)]
                    seconds = unenroll(clients[size], users)
                    _enroll_again(clients[size], users)
                    if number:  # the first round warms up
                        samples[size].append(seconds * 1e6 / (USERS * COURSES))
    return [
        _figure("neighboring users", near, Target("≤", 1.3)),
        _figure("scattered users", far, None),
    ]


def _enroll_again(client: Client, users: list[int]) -> None:
    body = {"items": {"user_ids": users}}
    answer = client.call("POST", f"/learningplan/v1/learningplans/{PLAN}/enrollments/bulk", body)
    if answer.data["enrolled"] != users or answer.data["errors"]:
        raise WrongResult(f"enrolling again answers {str(answer.data)[:300]}")


def _figure(who: str, samples: dict[Size, list[float]], target: Target | None) -> Figure:
    medians = [median(values) for values in samples.values()]
    return Figure(
        benchmark="cost_per_pair",
        what=f"slowest of three sizes to fastest, {USERS} {who} and a plan of {COURSES}",
        value=max(medians) / min(medians),
        unit="times",
        samples={f"{size.enrollments:,}:": values for size, values in samples.items()},
        sample_unit="µs",
        target=target,
    )
