"""How long it takes to save a tenant's data, to go back to it, and to carry it elsewhere."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeAlias

from tests.benchmarks.bulk_unenroll import unenroll
from tests.benchmarks.measure import Figure, Target, WrongResult, ratio
from tests.benchmarks.reset import check_back
from tests.benchmarks.servers import Client, mock_lms
from tests.benchmarks.workshop import MILLION, Contents, Size, Workshop, check_same, contents, database_of

SMALL = Size(500, 100, 4)
QUICK = (Size(50, 20, 4), Size(200, 20, 4))
OPERATIONS = ("save", "restore", "fork", "export", "import")

COPIES = {"backup": "FULL", "backup without fsync": "OFF"}
"""What a restore is compared with: `Connection.backup` as it comes, and one that doesn't wait for the disk either."""

Samples: TypeAlias = Iterator[tuple[str, float]]
Step: TypeAlias = Callable[[Client, Path, Size, Contents], Samples]
"""Does one thing, and yields what it took under its name."""


def run(workshop: Workshop) -> list[Figure]:
    """Each operation at two sizes; the restore at the larger beside `Connection.backup`, in turns."""
    sizes = QUICK if workshop.quick else (SMALL, MILLION)
    taken = {size: _measured(workshop, size) for size in sizes}
    large = sizes[-1]
    figures = [
        Figure(
            benchmark="snapshot",
            what=f"{operation}; the value is that of {large.enrollments:,} enrollments",
            value=median(taken[large][operation]),
            unit="ms",
            samples={f"{size.enrollments:,}:": taken[size][operation] for size in sizes},
            sample_unit="ms",
        )
        for operation in OPERATIONS
    ]
    figures.append(
        Figure(
            benchmark="snapshot",
            what=f"the file of {large.enrollments:,} enrollments",
            value=median(taken[large]["file"]),
            unit="MB",
            samples={f"{size.enrollments:,}:": taken[size]["file"] for size in sizes},
            sample_unit="MB",
        )
    )
    for copy in COPIES:
        samples = {"mock-lms": taken[large]["restore"], copy: taken[large][copy]}
        target = Target("<", 4) if copy == "backup" else None
        what = f"restore of {large.enrollments:,} enrollments, to sqlite3's own {copy}"
        figures.append(ratio("snapshot", what, samples, "ms", target))
    return figures


def _measured(workshop: Workshop, size: Size) -> dict[str, list[float]]:
    """Milliseconds by operation, megabytes of the file; the first round warms up."""
    samples: dict[str, list[float]] = {name: [] for name in (*OPERATIONS, "file", *COPIES)}
    with workshop.tenant(size) as folder, mock_lms("--data", str(folder)) as server:
        # so that what is saved is not what the tenant began with
        unenroll(server.client, size.blocks(1)[0], plan=2)
        saved = contents(folder)
        for number in range(workshop.rounds(5) + 1):
            in_turns: list[Step] = [_there_and_back, *(partial(_copying, copy) for copy in COPIES)]
            turn = number % len(in_turns)
            for step in (_saving, *in_turns[turn:], *in_turns[:turn], _forking, _carrying):
                for name, value in step(server.client, folder, size, saved):
                    if number:
                        samples[name].append(value)
            for name in ("saved", "carried"):
                server.client.control.drop_snapshot(name)
    return samples


def _saving(client: Client, *_: object) -> Samples:
    os.sync()
    client.control.save_snapshot("saved")
    yield "save", client.seconds * 1e3


def _there_and_back(client: Client, folder: Path, size: Size, saved: Contents) -> Samples:
    _change(client, folder, size, saved)
    client.control.restore_snapshot("saved")
    yield "restore", client.seconds * 1e3
    check_back(client, folder, saved)


def _copying(name: str, _client: Client, folder: Path, _size: Size, saved: Contents) -> Samples:
    """Of the data as it is after a restore, to a new file."""
    target = folder / "copy.db"
    os.sync()
    start = time.perf_counter()
    with closing(sqlite3.connect(database_of(folder))) as source, closing(sqlite3.connect(target)) as copy:
        copy.execute(f"PRAGMA synchronous = {COPIES[name]}")
        source.backup(copy)
    yield name, (time.perf_counter() - start) * 1e3
    with closing(sqlite3.connect(target)) as copy:
        count = copy.execute("SELECT count(*) FROM course_enrollments").fetchone()[0]
    if count != saved["course_enrollments"][0]:
        raise WrongResult(f"the copy has {count} enrollments")
    target.unlink()


def _forking(client: Client, folder: Path, size: Size, saved: Contents) -> Samples:
    os.sync()
    client.control.fork_tenant("forked")
    yield "fork", client.seconds * 1e3
    check_same("the fork", contents(folder, "forked"), saved)
    client.control.drop_tenant("forked")


def _carrying(client: Client, folder: Path, size: Size, saved: Contents) -> Samples:
    """Out to a file, and in again under another name."""
    os.sync()
    file = client.control.export_snapshot("saved", folder / "saved.gz")
    yield "export", client.seconds * 1e3
    yield "file", file.stat().st_size / 1e6
    os.sync()
    client.control.import_snapshot("carried", file)
    yield "import", client.seconds * 1e3
    _change(client, folder, size, saved)
    client.control.restore_snapshot("carried")
    check_back(client, folder, saved)


def _change(client: Client, folder: Path, size: Size, saved: Contents) -> None:
    """Raises `WrongResult` if there is nothing to bring back."""
    unenroll(client, size.blocks(min(size.users, 1_000))[0])
    if contents(folder)["course_enrollments"][0] >= saved["course_enrollments"][0]:
        raise WrongResult("the bulk unenrollment before a restore changed nothing")
    os.sync()
