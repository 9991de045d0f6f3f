"""What the tests of `verify` and `restore` begin with: a tenant, a plan made for it, and the plan applied."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mock_lms_client.client import Client
from mock_lms_client.unenrolling import planning, restoring, running
from mock_lms_client.unenrolling.deciding import Asked
from mock_lms_client.unenrolling.document import Document
from mock_lms_client.unenrolling.files import backup_of, journal_of
from mock_lms_client.unenrolling.limits import Limits
from mock_lms_client.unenrolling.restoring import Restored

from mock_lms.testing import MockTenant
from tests.client.support import client_of

Row = dict[str, str]


class Quiet:
    """A progress bar that nobody sees."""

    def advance(self, more: int, /) -> None:
        pass


@contextmanager
def quiet(_label: str, _total: int) -> Iterator[Quiet]:
    yield Quiet()


@dataclass
class Made:
    """A plan and its tenant."""

    lms: MockTenant
    client: Client
    path: Path

    @property
    def plan(self) -> Document:
        return Document(self.path, planning.FORM, planning.ROWS)

    @property
    def backup(self) -> Path:
        return backup_of(self.path)

    @property
    def journal(self) -> Path:
        return journal_of(self.path)

    @property
    def restored(self) -> Path:
        return self.path.with_suffix(".restored.csv")

    def apply(self) -> None:
        running.run(self.client, self.plan, allowed=Limits(), again="apply --resume", bars=quiet)

    def restore(self, *, dates: bool = False) -> Restored:
        with restoring.source(self.backup, self.client.tenant) as source:
            return restoring.restore(self.client, source, self.restored, dates=dates, again="restore", bars=quiet)

    def lost(self, before: str) -> dict[str, dict[str, int]]:
        """How the tenant differs from a snapshot, by layer."""
        summary: dict[str, dict[str, int]] = self.lms.control.diff(before)["summary"]
        return summary


def made(
    lms: MockTenant,
    folder: Path,
    users: Sequence[int],
    *,
    courses: Sequence[int] = (),
    plans: Sequence[int] = (),
    **how: Any,
) -> Made:
    """A plan for the tenant."""
    client = client_of(lms)
    path = folder / "plan.json"
    planning.make(client, Asked(users, courses, plans, **how), path, datetime.now(UTC))
    return Made(lms, client, path)


def rows_of(path: Path) -> list[Row]:
    """A CSV file, as a program reads it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file)]


def calls_of(lms: MockTenant, operation: str) -> list[dict[str, Any]]:
    """The calls of an operation that the server saw."""
    found: list[dict[str, Any]] = lms.control.search_journal({"operation": operation}, limit=1000)["entries"]
    return found
