"""Reads a second, and the processor's time for one, with 1, 2 and 4 workers on either database."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.benchmarks.list_courses import PATH
from tests.benchmarks.measure import Figure
from tests.benchmarks.servers import MockLms, mock_lms, requests_per_second
from tests.benchmarks.workshop import Size, Workshop, say
from tests.support.postgres import own_database, server_url

WORKERS = (1, 2, 4)
CONNECTIONS = (4, 32)
SIZE = Size(100, 100, 10)
BEFORE = "BENCH_BEFORE"


@dataclass
class Side:
    """A server, and what was measured of it."""

    name: str
    server: MockLms
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def measure(self, seconds: int, connections: int, core: int) -> None:
        before = self._microseconds()
        rate = requests_per_second(
            self.server.url + PATH, self.server.client.token, seconds=seconds, connections=connections, core=core
        )
        self.rates.append(rate)
        self.costs.append((self._microseconds() - before) / (rate * seconds))

    def _microseconds(self) -> float:
        """That the workers have worked so far; PostgreSQL's own processes are not among them."""
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        tasks = (task for child in children for task in Path(f"/proc/{child}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e3


def run(workshop: Workshop) -> list[Figure]:
    """All sides in turns. The client is on the last core; the servers may take all, also what it leaves of that one."""
    seconds = 1 if workshop.quick else 4
    core = max(os.sched_getaffinity(0))
    figures: list[Figure] = []
    for database in ("SQLite", "PostgreSQL"):
        for connections in CONNECTIONS:
            with _sides(database) as sides:
                for side in sides:
                    requests_per_second(side.server.url + PATH, side.server.client.token, seconds=1)  # warms up
                for number in range(workshop.rounds(7)):
                    for side in sides if number % 2 else sides[::-1]:
                        side.measure(seconds, connections, core)
                say(", ".join(f"{side.name} {median(side.rates):.0f}/s" for side in sides))
            figures += _figures(f"{database}, {connections} connections", sides)
    return figures


@contextmanager
def _sides(database: str) -> Iterator[list[Side]]:
    programs = {"": None} | ({"before, ": os.environ[BEFORE]} if BEFORE in os.environ else {})
    with ExitStack() as stack:
        sides: list[Side] = []
        for label, program in programs.items():
            for workers in WORKERS:
                options = ["--workers", str(workers), *SIZE.options()]
                if database == "PostgreSQL":
                    name = f"bench_{os.getpid()}_{len(sides)}"
                    options += ["--database", stack.enter_context(own_database(server_url(), name))]
                server = stack.enter_context(mock_lms(*options, program=program))
                sides.append(Side(f"{label}{workers} worker{'s' * (workers > 1)}", server))
        yield sides


def _figures(what: str, sides: Sequence[Side]) -> Iterator[Figure]:
    """Those of this checkout's two workers; the others' are among the samples."""
    two = sides[WORKERS.index(2)]
    for unit, sample_unit, samples in (
        ("reads/s", "reads/s", {side.name: side.rates for side in sides}),
        ("µs", "µs", {side.name: side.costs for side in sides}),
    ):
        told = "reads with two workers" if unit == "reads/s" else "processor's time for a read with two workers"
        yield Figure(
            benchmark="workers",
            what=f"{told}, {what}",
            value=median(samples[two.name]),
            unit=unit,
            samples=samples,
            sample_unit=sample_unit,
        )
