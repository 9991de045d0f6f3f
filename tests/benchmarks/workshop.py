"""Where the benchmarks work: a temporary folder, and tenants that are seeded once and copied for each use."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mock_lms.seeds.scale import FIRST_USER
from tests.benchmarks.measure import WrongResult
from tests.benchmarks.servers import DEFAULT, mock_lms
from tests.support.process import data_of

PLAN = 1

Contents: TypeAlias = dict[str, tuple[int, int]]
"""Of each table the number of rows, and a checksum that is good while this process lives."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a tenant of the scale seed is: every user is in every course and every plan."""

    users: int
    courses: int
    plans: int

    @property
    def enrollments(self) -> int:
        return self.users * self.courses

    def options(self) -> tuple[str, ...]:
        """What `mock-lms serve` has to be told."""
        sizes = {"--users": self.users, "--courses": self.courses, "--plans": self.plans}
        return "--seed", "scale", *(text for name, value in sizes.items() for text in (name, str(value)))

    def blocks(self, length: int) -> list[list[int]]:
        """All users, in blocks that follow each other."""
        last = FIRST_USER + self.users
        return [list(range(first, first + length)) for first in range(FIRST_USER, last - length + 1, length)]

    def combs(self, length: int) -> list[list[int]]:
        """Blocks of users that lie as far from each other as they can."""
        step = self.users // length
        return [[FIRST_USER + offset + step * place for place in range(length)] for offset in range(step)]


MILLION = Size(10_000, 100, 10)


class Workshop:
    """A folder that is removed in the end, and what was made in it."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        self.folder = folder
        self.quick = quick
        self._copies = 0

    def size(self, full: Size, quick: Size) -> Size:
        return quick if self.quick else full

    def rounds(self, full: int) -> int:
        """How often to measure."""
        return 2 if self.quick else full

    @contextmanager
    def tenant(self, size: Size) -> Iterator[Path]:
        """A copy of the tenant of this size, for `--data`. Its credentials come with it."""
        seeded = self.folder / f"{size.users}-{size.courses}-{size.plans}"
        if not seeded.exists():
            say(f"seeding {size.enrollments:,} enrollments")
            with mock_lms("--data", str(seeded), *size.options()):
                pass
        self._copies += 1
        # the planted seed is swept away by the next start anyway
        ignored = shutil.ignore_patterns(".templates")
        copy = shutil.copytree(seeded, self.folder / f"copy-{self._copies}", ignore=ignored)
        # else the kernel writes the copy out while something is timed
        os.sync()
        try:
            yield copy
        finally:
            shutil.rmtree(copy)


def database_of(folder: Path, tenant: str = DEFAULT) -> Path:
    """The file with a tenant's data. Raises `WrongResult` unless there is one."""
    try:
        return data_of(folder, tenant)
    except ValueError as error:
        raise WrongResult(f"the data of the tenant {tenant}: {error}") from None


def select(folder: Path, sql: str, *values: int) -> list[tuple[object, ...]]:
    """What the default tenant's database holds, looked up from outside."""
    with _reading(database_of(folder)) as connection:
        return connection.execute(sql, values).fetchall()


def contents(folder: Path, tenant: str = DEFAULT) -> Contents:
    """All that a tenant holds, looked up from outside."""
    with _reading(database_of(folder, tenant)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: (
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0],
                sum(map(hash, connection.execute(f"SELECT * FROM {table}"))),
            )
            for table in tables
        }


def check_same(what: str, found: Contents, expected: Contents) -> None:
    """Raises `WrongResult` for a table that is not as it should be."""
    for table in expected.keys() | found.keys():
        (rows, _), (wanted, _) = found.get(table, (0, 0)), expected.get(table, (0, 0))
        if found.get(table) != expected.get(table):
            raise WrongResult(f"{what}: {table} has {rows:,} rows where {wanted:,} were, or others")


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def say(text: str) -> None:
    """Progress, for people."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
