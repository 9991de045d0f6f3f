"""How long it takes to go back to what a tenant began with."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.benchmarks.bulk_unenroll import unenroll
from tests.benchmarks.measure import Figure, Target, WrongResult, ratio
from tests.benchmarks.memory import ENROLLMENTS
from tests.benchmarks.moto import MISSING, Moto, moto, moto_path
from tests.benchmarks.servers import Client, mock_lms
from tests.benchmarks.workshop import PLAN, Contents, Size, Workshop, check_same, contents, say, select


def run(workshop: Workshop) -> list[Figure]:
    """A bulk unenrollment and a reset; beside it moto with as many items, in turns as to who begins.

    The first round warms up. moto is empty after its reset, so what it takes to fill it again is a figure as well.
    """
    size = workshop.size(Size(500, 100, 4), Size(50, 20, 4))
    ours: list[float] = []
    theirs: list[float] = []
    filled: list[float] = []
    path = moto_path()
    if path is None:
        say(f"{MISSING}. The reset is measured without it.")
    with ExitStack() as stack:
        folder = stack.enter_context(workshop.tenant(size))
        client = stack.enter_context(mock_lms("--data", str(folder))).client
        other = stack.enter_context(moto(path, size)) if path else None
        seeded = contents(folder)
        if other:
            other.fill()
        for number in range(workshop.rounds(15) + 1):
            if other and number % 2:
                _theirs(other, theirs, filled)
            gone = _ours(client, folder, size, seeded, ours)
            if other and not number % 2:
                _theirs(other, theirs, filled)
    what = f"{size.enrollments:,} enrollments, of which {gone:,} were gone"
    samples = {"mock-lms": ours[1:]} | ({"moto": theirs[1:]} if theirs else {})
    beside = f"; moto: {size.enrollments:,} DynamoDB items" if theirs else ""
    figures = [
        Figure(
            benchmark="reset",
            what=what + beside,
            value=median(ours[1:]),
            unit="ms",
            samples=samples,
            sample_unit="ms",
            target=Target("<", 20),
        )
    ]
    if theirs:
        again = [reset + fill for reset, fill in zip(theirs[1:], filled[1:], strict=True)]
        sides = {"mock-lms": ours[1:], "moto": again}
        figures.append(ratio("reset", "until all is there again, which moto is told item by item", sides, "ms", None))
    return figures


def _ours(client: Client, folder: Path, size: Size, seeded: Contents, samples: list[float]) -> int:
    """How many enrollments there were to bring back."""
    (everybody,) = size.blocks(size.users)
    unenroll(client, everybody)
    left = select(folder, "SELECT count(*) FROM course_enrollments")[0][0]
    (in_plan,) = select(folder, "SELECT count(*) FROM learning_plan_courses WHERE learning_plan_id = ?", PLAN)[0]
    gone = size.users * int(str(in_plan))
    if left != size.enrollments - gone:
        raise WrongResult(f"{left} enrollments are left before the reset, not {size.enrollments - gone}")
    os.sync()
    client.control.reset_tenant()
    samples.append(client.seconds * 1e3)
    check_back(client, folder, seeded)
    return gone


def check_back(client: Client, folder: Path, expected: Contents) -> None:
    """Raises `WrongResult` unless every row is as it was, and the server sees it."""
    check_same("after going back", contents(folder), expected)
    total = client.call("GET", f"{ENROLLMENTS}?page_size=1").data["total_count"]
    if total != expected["course_enrollments"][0]:
        raise WrongResult(f"the API shows {total} enrollments after going back")


def _theirs(other: Moto, samples: list[float], filled: list[float]) -> None:
    samples.append(other.reset() * 1e3)
    filled.append(other.fill() * 1e3)
