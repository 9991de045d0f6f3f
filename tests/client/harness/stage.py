"""The stage of a test: a tenant, a folder with a plan, and what is done with both. Nothing here is a process."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from mock_lms_client import Client
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.apply import run
from mock_lms_client.unenroll.apply.limits import Limits
from mock_lms_client.unenroll.decide import Request
from mock_lms_client.unenroll.document import Document
from mock_lms_client.unenroll.files import backup_of, journal_of, restored_of, result_of
from mock_lms_client.unenroll.journal import Entry, Journal
from mock_lms_client.unenroll.plan.run import make_plan
from mock_lms_client.unenroll.plan_file import check_usable, open_plan
from mock_lms_client.unenroll.restore.run import Restored, restore_backup
from mock_lms_client.unenroll.restore.source import open_source
from mock_lms_client.unenroll.verify.judge import Verified
from mock_lms_client.unenroll.verify.run import verify_plan

from mock_lms.testing import MockTenant
from tests.client.harness.between import Around, put_around
from tests.client.harness.expected import state
from tests.client.harness.time import Time

TOKEN = "issue_token"

AGAIN = "mock-lms-client apply plan.json --resume"

SECRETS = ("client_id", "client_secret", "username", "password")


class Quiet:
    """A progress bar that nobody sees."""

    def advance(self, more: int, /) -> None:
        """As a bar."""


@contextmanager
def quiet(_label: str, _total: int) -> Iterator[Quiet]:
    """Makes such bars."""
    yield Quiet()


@dataclass
class Stage:
    """A tenant, a folder with a plan, and the commands without their command line."""

    lms: MockTenant
    folder: Path
    time: Time = field(default_factory=Time)

    @property
    def path(self) -> Path:
        """The plan's."""
        return self.folder / "plan.json"

    @property
    def backup(self) -> Path:
        """Where apply writes it."""
        return backup_of(self.path)

    @property
    def journal(self) -> Path:
        """The client's own."""
        return journal_of(self.path)

    @property
    def result(self) -> Path:
        """What verify writes."""
        return result_of(self.path)

    @property
    def restored(self) -> Path:
        """What restore writes."""
        return restored_of(self.backup)

    def client(self, *, login: bool = False, patience: float = 3600.0, around: Around | None = None) -> Client:
        """Has a token, or logs in; `around` may do something before and after each call."""
        secrets: dict[str, Any] = (
            {name: getattr(self.lms, name) for name in SECRETS} if login else {"token": self.lms.token()}
        )
        client = Client(self.lms.url, session=self.lms.session(), allow_http=True, patience=patience, **secrets)
        self.time.rule(client)
        if around:
            put_around(client, around)
        return client

    @property
    def tenant(self) -> str:
        """As the client calls it."""
        return self.client().tenant

    # --- the commands

    def plan(self, users: Iterable[int], *, client: Client | None = None, **request: Any) -> Document:
        """Makes plan.json."""
        return make_plan(client or self.client(), Request([*users], **request), self.path, datetime.now(UTC))

    def apply(self, client: Client | None = None, *, resume: bool = False) -> run.Done:
        """As the command does it, without the guards and without asking."""
        client = client or self.client()
        plan = open_plan(self.path)
        standing = run.standing(plan, resume=resume, again=AGAIN)
        check_usable(plan, client.tenant, datetime.now(UTC), begun=standing.begun)
        return run.apply_plan(client, plan, allowed=Limits(), again=AGAIN, bars=quiet)

    def applied(self, users: Iterable[int], **request: Any) -> None:
        """Makes the plan, and does what it says."""
        self.plan(users, **request)
        self.apply()

    def verify(self, client: Client | None = None) -> Verified:
        """Writes the result."""
        return verify_plan(client or self.client(), open_plan(self.path), self.result)

    def restore(self, client: Client | None = None, *, dates: bool = False) -> Restored:
        """As the command does it, without asking."""
        client = client or self.client()
        with open_source(self.backup, client.tenant) as source:
            return restore_backup(client, source, self.restored, dates=dates, again="restore", bars=quiet)

    def code(self, client: Client | None = None, *, resume: bool = False) -> Exit:
        """How an apply ends."""
        try:
            return self.apply(client, resume=resume).code
        except Stopped as stopped:
            return Exit(stopped.code)

    def stopped(self, client: Client | None = None, *, resume: bool = False) -> tuple[Exit, str]:
        """How an apply ends that does not come to its end, and what it says."""
        with pytest.raises(Stopped) as caught:
            self.apply(client, resume=resume)
        return Exit(caught.value.code), str(caught.value)

    def forget(self) -> None:
        """The apply, not the plan."""
        for path in (self.backup, self.journal, self.journal.with_name("plan.journal-journal")):
            path.unlink(missing_ok=True)

    # --- what is there now

    def pairs(self) -> list[dict[str, Any]]:
        """The plan's rows."""
        return [*open_plan(self.path).rows()]

    def entries(self) -> list[Entry]:
        """What the client's journal says of each pair."""
        with Journal(self.journal) as journal:
            return [*journal.every()]

    def outcomes(self) -> dict[tuple[int, str, int], str | None]:
        """By user, kind and target."""
        return {(entry.pair.user_id, entry.pair.kind, entry.pair.target_id): entry.outcome for entry in self.entries()}

    def there(self) -> set[tuple[str, int, int]]:
        """Kind, target and user of all that the API shows."""
        return state(self.client())

    # --- what the server saw

    def calls(self, **match: Any) -> list[dict[str, Any]]:
        """In order."""
        calls: list[dict[str, Any]] = self.lms.control.search_journal(match, limit=10_000)["entries"]
        return calls

    def writes(self) -> list[dict[str, Any]]:
        """The calls that are no reading."""
        return [call for call in self.calls() if call["method"] != "GET" and call["operation"] != TOKEN]

    def bulk(self) -> list[dict[str, Any]]:
        """The bodies of the bulk unenrollments."""
        return [json.loads(call["request"]["body"]) for call in self.calls(operation="bulk_unenroll")]


def named(bodies: Iterable[dict[str, Any]]) -> list[tuple[int, str, int]]:
    """User, kind and target of all pairs that bulk unenrollments name, as often as they do."""
    pairs = []
    for body in bodies:
        for kind, key in (("learning plan", "learningplan_ids"), ("course", "course_ids")):
            pairs += [(user, kind, target) for target in body.get(key, ()) for user in body["user_ids"]]
    return pairs


def shown(journal: Path) -> list[tuple[int, str, int]]:
    """Number, stage and attempts of the calls in a journal as it lies on the disk now."""
    copy = journal.with_name(f"{journal.name}.copy")
    copy.write_bytes(journal.read_bytes())
    hot = journal.with_name(f"{journal.name}-journal")
    if hot.exists() and hot.stat().st_size:
        copy.with_name(f"{copy.name}-journal").write_bytes(hot.read_bytes())
    database = sqlite3.connect(copy)
    try:
        return database.execute("SELECT number, stage, attempts FROM calls ORDER BY number").fetchall()
    finally:
        database.close()
        copy.unlink()


def rows_of(path: Path) -> list[dict[str, str]]:
    """A CSV file, as a program reads it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file)]


def row_of(path: Path, user: int, kind: str, target: int) -> Mapping[str, str]:
    """The only row of a result about this user and target."""
    key = (str(user), kind, str(target))
    (row,) = (row for row in rows_of(path) if (row["user_id"], row["kind"], row["target_id"]) == key)
    return row
