"""What the tests of `plan` and `apply` share: a tenant in this process, a client that waits for nothing, and deaths."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from mock_lms_client import Client
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll import plan_file
from mock_lms_client.unenroll.apply import run
from mock_lms_client.unenroll.apply.limits import Limits
from mock_lms_client.unenroll.decide import Request
from mock_lms_client.unenroll.document import Document
from mock_lms_client.unenroll.files import backup_of, journal_of
from mock_lms_client.unenroll.journal import Entry, Journal
from mock_lms_client.unenroll.plan.run import make_plan

from mock_lms.testing import MockTenant
from tests.client.made import quiet
from tests.client.rehearsal import state

Send = Callable[[], requests.Response]
Around = Callable[[requests.PreparedRequest, Send], requests.Response]

TOKEN = "issue_token"

AGAIN = "mock-lms-client apply plan.json --resume"


class Time:
    """A clock that goes on only when somebody sleeps; with it goes the tenant's, where it is frozen."""

    def __init__(self, lms: MockTenant | None = None) -> None:
        self.now, self._lms = 0.0, lms

    def clock(self) -> float:
        """The seconds since it began."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Lets them pass."""
        self.now += seconds
        if self._lms:
            self._lms.control.advance_clock(seconds)


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

    def client(self, *, login: bool = False, patience: float = 3600.0, around: Around | None = None) -> Client:
        """Has a token, or logs in; `around` may do something before and after each call."""
        names = ("client_id", "client_secret", "username", "password")
        secrets: dict[str, Any] = (
            {name: getattr(self.lms, name) for name in names} if login else {"token": self.lms.token()}
        )
        client = Client(self.lms.url, session=self.lms.session(), allow_http=True, patience=patience, **secrets)
        client._waiting._clock, client._waiting._sleep = self.time.clock, self.time.sleep
        client._login._clock = self.time.clock
        if around:
            put_around(client, around)
        return client

    def plan(self, users: Iterable[int], *, client: Client | None = None, **asked: Any) -> Document:
        """Makes plan.json."""
        chosen = client or self.client()
        return make_plan(chosen, Request([*users], **asked), self.path, datetime.now(UTC))

    def apply(self, client: Client | None = None, *, resume: bool = False) -> run.Done:
        """As the command does it, without the guards and without asking."""
        document = plan_file.open_plan(self.path)
        chosen = client or self.client()
        standing = run.standing(document, resume=resume, again=AGAIN)
        plan_file.check_usable(document, chosen.tenant, datetime.now(UTC), begun=standing.begun)
        return run.apply_plan(chosen, document, allowed=Limits(), again=AGAIN, bars=quiet)

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

    def pairs(self) -> list[dict[str, Any]]:
        """The plan's rows."""
        return [*Document(self.path, plan_file.FORM, plan_file.ROWS).rows()]

    def entries(self) -> list[Entry]:
        """What the client's journal says of each pair."""
        with Journal(self.journal) as journal:
            return [*journal.every()]

    def outcomes(self) -> dict[tuple[int, str, int], str | None]:
        """By user, kind and target."""
        return {(each.pair.user_id, each.pair.kind, each.pair.target_id): each.outcome for each in self.entries()}

    def there(self) -> set[tuple[str, int, int]]:
        """Kind, target and user of all that the API shows."""
        return state(self.client())

    def forget(self) -> None:
        """The apply, not the plan."""
        for path in (self.backup, self.journal, self.journal.with_name("plan.journal-journal")):
            path.unlink(missing_ok=True)

    # --- what the server saw

    def calls(self, **match: Any) -> list[dict[str, Any]]:
        """In order."""
        found: list[dict[str, Any]] = self.lms.control.search_journal(match, limit=10_000)["entries"]
        return found

    def writes(self) -> list[dict[str, Any]]:
        """The calls that are no reading."""
        return [each for each in self.calls() if each["method"] != "GET" and each["operation"] != TOKEN]

    def bulk(self) -> list[dict[str, Any]]:
        """The bodies of the bulk unenrollments."""
        return [json.loads(each["request"]["body"]) for each in self.calls(operation="bulk_unenroll")]


def put_around(client: Client, around: Around) -> None:
    """Has every call of the client go through `around`."""
    adapter = client._session.get_adapter(f"{client.base_url}/")
    send = adapter.send

    def other(request: requests.PreparedRequest, **given: Any) -> requests.Response:
        return around(request, partial(send, request, **given))

    setattr(adapter, "send", other)  # noqa: B010 -- mypy forbids the plain way


def at_bulk(number: int, act: Callable[[], object]) -> Around:
    """Does something just before the n-th bulk unenrollment is sent."""
    seen = 0

    def around(request: requests.PreparedRequest, send: Send) -> requests.Response:
        nonlocal seen
        if request.method == "DELETE":
            seen += 1
            if seen == number:
                act()
        return send()

    return around


def named(bodies: Iterable[dict[str, Any]]) -> list[tuple[int, str, int]]:
    """User, kind and target of all pairs that bulk unenrollments name, as often as they do."""
    found = []
    for body in bodies:
        for kind, key in (("learning plan", "learningplan_ids"), ("course", "course_ids")):
            found += [(user, kind, target) for target in body.get(key, ()) for user in body["user_ids"]]
    return found


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


# --- deaths


class Killed(BaseException):
    """Stands for `kill -9`: from then on nothing that the process does has an effect."""


class Fate:
    """Counts what a run does to the outside, and ends it after so much of it."""

    def __init__(self, after: int, kind: type[BaseException] = Killed) -> None:
        self.after, self.kind = after, kind
        self.count = 0
        self.met = False

    def moment(self, where: str = "") -> None:  # noqa: ARG002 -- who inherits may ask
        """Something happened in a `file` or `database`. Who is killed is dead; who is interrupted can tidy up."""
        if self.met and self.kind is Killed:
            raise Killed
        if self.count == self.after and not self.met:
            self.met = True
            raise self.kind
        self.count += 1

    def check(self) -> None:
        """The dead do nothing."""
        if self.met and self.kind is Killed:
            raise Killed

    def around(self, _: requests.PreparedRequest, send: Send) -> requests.Response:
        """Around every call."""
        self.check()
        answer = send()
        self.moment()
        return answer


WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN", "COMMIT", "CREATE", "ROLLBACK")


def mortal(monkeypatch: pytest.MonkeyPatch, fate: Fate) -> None:
    """Has the client's writing to the disk count as moments."""

    class Mortal(sqlite3.Connection):
        def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
            fate.check()
            done = super().execute(sql, *given)
            if sql.lstrip().startswith(WRITES):
                fate.moment("database")
            return done

        def executemany(self, *given: Any) -> sqlite3.Cursor:
            fate.check()
            done = super().executemany(*given)
            fate.moment("database")
            return done

    def after(function: Callable[..., Any]) -> Callable[..., Any]:
        def other(*given: Any, **named: Any) -> Any:
            fate.check()
            done = function(*given, **named)
            fate.moment("file")
            return done

        return other

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Mortal))
    monkeypatch.setattr(os, "fsync", after(os.fsync))
    monkeypatch.setattr(os, "replace", after(os.replace))


def people(first: int, count: int) -> Sequence[int]:
    """So many ids."""
    return range(first, first + count)


def small(users: Sequence[int], courses: Iterable[int] = (201, 202)) -> dict[str, Any]:
    """A seed: everybody is in learning plan 31 and its courses; every third one in 32, too, which has 202 as well."""
    courses = [*courses]
    return {
        "created_at": "2026-01-01 00:00:00",
        "users": [{"id": user, "username": f"user{user}"} for user in users],
        "courses": [{"id": course, "name": f"Course {course}", "code": f"C{course}"} for course in (*courses, 209)],
        "learning_plans": [
            {"id": 31, "name": "Onboarding", "code": "A", "courses": courses},
            {"id": 32, "name": "Team", "code": "B", "courses": courses[-1:]},
        ],
        "enrollments": [
            {"user": user, "course": course, "status": ("subscribed", "in_progress", "completed")[user % 3]}
            for user in users
            for course in (*courses, 209)
        ],
        "learning_plan_enrollments": [
            {"user": user, "learning_plan": plan} for user in users for plan in (31, 32) if plan == 31 or user % 3 == 0
        ],
    }


def tenants(lms: MockTenant) -> Iterator[Callable[..., MockTenant]]:
    """Yields what makes tenants of one mock, and drops them in the end."""
    made: list[str] = []

    def new(**given: Any) -> MockTenant:
        made.append(lms.control.create_tenant(**given)["name"])
        return lms.tenant(made[-1])

    yield new
    for name in made:
        lms.control.drop_tenant(name)


def without(*names: str) -> Any:
    """A server that does not know these filters, and ignores them."""

    def around(request: requests.PreparedRequest, send: Send) -> requests.Response:
        parts = urlsplit(str(request.url))
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in names]
        request.url = parts._replace(query=urlencode(kept)).geturl()
        return send()

    return around
