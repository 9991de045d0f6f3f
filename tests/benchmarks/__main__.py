"""Measures mock-lms against its targets: `python -m tests.benchmarks` from the repository's root, on Linux.

    --only NAME ...   some of the benchmarks
    --quick           small tenants and few rounds: tries the harness, says nothing about mock-lms
    --json FILE       where the figures go, with every raw sample (bench.json)

    bulk_unenroll   1,000 users out of a plan of 10 courses with cascade, of a million enrollments, over HTTP, as a
                    multiple of the same deletes and event rows by plain `sqlite3`: ≤ 1.5
    cost_per_pair   the same with 100 users at 10 thousand, 100 thousand and a million enrollments: a pair of user and
                    course costs at most 1.3 times as much at the worst size as at the best
    list_courses    requests a second for 10 courses, as a multiple of Prism 5's with the example: > 1
    long_lists      pages of 200 in a million enrollments, for no filter, one filter and one sort: warm ones, wherever
                    they are, at most 3 times the unsorted first page; the first call after a write ≤ 400 ms; all pages
                    in a row ≤ 60 s. Beside it combinations of filters and sorts
    start           process start to ready with the demo tenant, as a multiple of Prism 5's: ≤ 0.667
    memory          a worker that serves a million enrollments: < 150 MB
    seed            making a tenant of a million enrollments: < 30 s
    reset           /_mock/reset of 50,000 enrollments after a bulk unenrollment: < 20 ms. Beside it moto's own reset of
                    a DynamoDB table with an item for each enrollment, and with what it takes to fill that again
    snapshot        save, restore, fork, export and import over HTTP, at 50,000 and a million enrollments; the restore
                    of the million as a multiple of `sqlite3.Connection.backup` of the same data: < 4
    tenants         making one, of the seed demo and of a small seed file; a thousand in a row, the last hundred of
                    which take ≤ 1.25 times as long as the first; the worker's memory and its calls when they are there
    in_process      a call through requests to a MockLMS in this process, as a multiple of one to a served MockLMS; and
                    making either
    client          `apply` of 10,000 pairs, as a multiple of the very same calls made alone: < 1.25; and the memory of
                    each command with 1,000 and with 100,000 pairs
    journal         what of a call's time is spent on noting it
    journal_size    what 10,000 large pages take of the disk (< 120 MB), and reading them as HAR, as a list and as near
                    misses of memory (< 30 MB)
    workers         reads a second with 1, 2 and 4 workers, 4 and 32 connections, on SQLite and on PostgreSQL, with wrk
                    kept to one core; and the processor's time for a read. Beside it another checkout, if there is one

The two sides of a comparison are measured in turns, in the same run on the same machine; medians are compared. Each
side's work is checked, and a wrong result is no figure. Everything listens on the loopback, lives in a temporary folder
and ends with the program. `memory`, `list_courses` and `workers` need wrk (`apt-get install wrk`), `list_courses` and
`start` Prism (`npm install --prefix .bench @stoplight/prism-cli@5`, or its path in BENCH_PRISM). `reset` is measured
without moto where there is none: `pip install 'moto[server]'` in a venv .bench/moto, or the path of its `moto_server`
in BENCH_MOTO. `workers` needs a PostgreSQL: that of the tests unless MOCK_LMS_TEST_POSTGRES_URL names one; another
checkout is measured beside this one where BENCH_BEFORE is the path of its `mock-lms`.

A missed target is printed as such and is no failure: exit code 0. Exit code 1 says that something could not be
measured, 2 that the command line or a needed program is wrong.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from http.client import HTTPException
from pathlib import Path
from subprocess import SubprocessError
from typing import Any

from mock_lms.testing import ControlError
from mock_lms.testing.process import ServerFailed
from tests.benchmarks import (
    bulk_unenroll,
    client,
    cost_per_pair,
    in_process,
    journal,
    journal_size,
    list_courses,
    long_lists,
    memory,
    reset,
    seed,
    snapshot,
    start,
    tenants,
    workers,
)
from tests.benchmarks.measure import CannotMeasure, Figure, WrongResult, environment, table
from tests.benchmarks.moto import moto_path, moto_version
from tests.benchmarks.servers import prism_path, prism_version, wrk_path
from tests.benchmarks.workshop import Workshop, say

BENCHMARKS: dict[str, Callable[[Workshop], list[Figure]]] = {
    "bulk_unenroll": bulk_unenroll.run,
    "cost_per_pair": cost_per_pair.run,
    "list_courses": list_courses.run,
    "long_lists": long_lists.run,
    "start": start.run,
    "memory": memory.run,
    "seed": seed.run,
    "reset": reset.run,
    "snapshot": snapshot.run,
    "tenants": tenants.run,
    "in_process": in_process.run,
    "client": client.run,
    "journal": journal.run,
    "journal_size": journal_size.run,
    "workers": workers.run,
}
FAILURES = (WrongResult, OSError, HTTPException, SubprocessError, ControlError, ServerFailed)
"""What ends one benchmark and not the others: a wrong result, or somebody who died."""

NEED_WRK = {"list_courses", "memory", "workers"}
NEED_PRISM = {"list_courses", "start"}


def main() -> int:
    """The exit code."""
    options = _options()
    names: list[str] = options.only or list(BENCHMARKS)
    # SIGTERM must not leave servers behind, so it ends the program by way of every `finally`
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        described = _environment(names)
    except CannotMeasure as error:
        say(f"{error}. Or measure something else with --only.")
        return 2
    figures, failures = _measure(names, quick=options.quick)
    sys.stdout.write(f"{_summary(figures, quick=options.quick)}\n")
    report = {"environment": described, "quick": options.quick, "figures": [figure.as_json() for figure in figures]}
    options.json.write_text(json.dumps(report | {"failures": failures}, indent=2, ensure_ascii=False) + "\n")
    return 1 if failures else 0


def _summary(figures: Sequence[Figure], *, quick: bool) -> str:
    missed = [figure for figure in figures if figure.verdict == "missed"]
    judged = sum(figure.target is not None for figure in figures)
    lines = [table(figures), "", f"{judged - len(missed)} of {judged} targets met"]
    lines += [f"missed: {figure.benchmark}, {figure.what}" for figure in missed]
    if quick:
        lines.append("--quick tries the harness: these figures say nothing about mock-lms")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    described = "Measures mock-lms against its targets."
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=described)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the harness")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), metavar="FILE", help="its report [bench.json]")
    return parser.parse_args()


def _environment(names: Sequence[str]) -> dict[str, Any]:
    """What is measured with. Raises `CannotMeasure` before anything is, if a program is missing."""
    described = environment()
    if NEED_WRK.intersection(names):
        wrk_path()
    if NEED_PRISM.intersection(names):
        prism_path()
        described["prism"] = prism_version()
    moto = moto_path() if "reset" in names else None
    if moto:
        described["moto"] = moto_version(moto)
    return described


def _measure(names: Sequence[str], *, quick: bool) -> tuple[list[Figure], dict[str, str]]:
    """The figures, and of each benchmark that failed, why."""
    figures: list[Figure] = []
    failures: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="mock-lms-bench-") as folder:
        workshop = Workshop(Path(folder), quick=quick)
        for name in names:
            say(f"{name} …")
            began = time.monotonic()
            try:
                figures += BENCHMARKS[name](workshop)
            except FAILURES as error:
                failures[name] = str(error) or type(error).__name__
                say(f"{name} has no figure: {failures[name]}")
            say(f"{name} took {time.monotonic() - began:.0f} s")
    return figures, failures


if __name__ == "__main__":
    sys.exit(main())
