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
from mock_lms_client.unenroll import plan_file
from mock_lms_client.unenroll.apply import run
from mock_lms_client.unenroll.apply.limits import Limits
from mock_lms_client.unenroll.decide import Request
from mock_lms_client.unenroll.document import Document
from mock_lms_client.unenroll.files import backup_of, journal_of
from mock_lms_client.unenroll.plan.run import make_plan
from mock_lms_client.unenroll.restore.run import Restored, restore_backup
from mock_lms_client.unenroll.restore.source import open_source

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
        return Document(self.path, plan_file.FORM, plan_file.ROWS)

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
        run.apply_plan(self.client, self.plan, allowed=Limits(), again="apply --resume", bars=quiet)

    def restore(self, *, dates: bool = False) -> Restored:
        with open_source(self.backup, self.client.tenant) as source:
            return restore_backup(self.client, source, self.restored, dates=dates, again="restore", bars=quiet)

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
    make_plan(client, Request(users, courses, plans, **how), path, datetime.now(UTC))
    return Made(lms, client, path)


def rows_of(path: Path) -> list[Row]:
    """A CSV file, as a program reads it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file)]


def calls_of(lms: MockTenant, operation: str) -> list[dict[str, Any]]:
    """The calls of an operation that the server saw."""
    found: list[dict[str, Any]] = lms.control.search_journal({"operation": operation}, limit=1000)["entries"]
    return found
