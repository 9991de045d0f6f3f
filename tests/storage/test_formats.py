"""Data of older versions: opened, it is all there, and what was done with it goes on. Nothing that dies loses any."""

from __future__ import annotations

import copy
import itertools
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mock_lms.policy import Policy
from mock_lms.services.tenants import DEFAULT, Tenants
from mock_lms.storage import meta
from mock_lms.storage.database import UnusableDatabase
from mock_lms.storage.database_files import format_of
from mock_lms.storage.format_steps import STEPS
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from tests.control.test_damaged_snapshots import changed, header, put, row
from tests.support.kills import is_killed
from tests.support.lms import CREDENTIALS, Lms
from tests.support.old_data import Old, States, on_postgresql, on_sqlite
from tests.support.process import Serve, run, serve
from tests.support.snapshots import export, load, names

__all__ = ["serve"]

COUNTED_SINCE_5 = (
    *("branches", "catalogs", "categories", "certifications", "fields", "learning_objects", "locations"),
    "user_groups",
)
NEW_IN_5 = (
    *COUNTED_SINCE_5,
    *("branch_members", "group_members", "managers", "catalog_items", "course_tags"),
    *("user_field_values", "course_field_values", "enrollment_field_values"),
)

Tables = dict[str, list[dict[str, Any]]]
"""The rows of one state."""

_numbers = itertools.count()


@pytest.fixture(params=["2", "3", "4"])
def number(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, number: str, tmp_path: Path) -> Iterator[Old]:
    """Data of the older version, on each database in turn."""
    if request.param == "sqlite":
        yield on_sqlite(number, tmp_path / "old")
        return
    old = on_postgresql(number, request.getfixturevalue("postgres"), f"old{os.getpid()}_{next(_numbers)}")
    yield old
    with open_store(old) as store:
        assert isinstance(store, PostgresqlStore)
        store.clear()


@contextmanager
def open_store(old: Old) -> Iterator[TenantStore]:
    store = old.store()
    yield store
    store.release()
    store.close()


class Opened(Lms):
    """The tenant as a server of today has it, and the superadmin's token that the older version gave."""

    def __init__(self, old: Old) -> None:
        self.store = old.store()
        self.store.prepare()
        self.tenants = Tenants(self.store, CREDENTIALS.hashed(), Policy())
        self.name = DEFAULT
        self.serve()
        self.token = old.said["admin"]["access_token"]


@pytest.fixture
def opened(old: Old) -> Iterator[Opened]:
    lms = Opened(old)
    yield lms
    lms.tenants.close()
    lms.store.release()


def expected(old: States, number: str) -> States:
    """What an upgrade makes of the rows."""
    new = copy.deepcopy(old)
    for state, rows in new.items():
        if number == "2":
            _with_identities(rows, saved="$" in state)
        if number != "4":
            rows["outbox"] = [] if "$" in state else rows["events"]
            del rows["events"]
        _of_format_5(rows)
        if "$" not in state:
            rows["client_keys"] = []
        for name, unordered in rows.items():
            rows[name] = sorted(unordered, key=lambda row: json.dumps(row, sort_keys=True))
    return new


def _with_identities(rows: Tables, *, saved: bool) -> None:
    for user in rows["users"]:
        made = f"{user['created_at']} {user['level']} {user['username']}"
        user["identity"] = "admin" if user["id"] == 1 else made[:64]
    if not saved:
        rows["oauth_tokens"] = [
            token | {"identity": "admin"} for token in rows["oauth_tokens"] if token["user_id"] == 1
        ]
        through = 0
        for call in sorted(rows["journal"], key=lambda call: int(call["id"])):
            through += len(call["entry"].encode())
            call["through"] = through


def _of_format_5(rows: Tables) -> None:
    rows |= {name: [] for name in NEW_IN_5}
    if "tenant" in rows:  # it is no snapshot
        rows |= {"jobs": [], "job_results": [], "leases": []}
    for entry in rows["meta"] + rows.get("tenant", []):
        if entry["name"] == "format":
            entry["value"] = "5"
    for counter in rows["counters"]:
        counter["name"] = counter["name"].replace("events", "outbox")
    rows["counters"] += [{"name": name, "value": 0} for name in COUNTED_SINCE_5]
    for user in rows["users"]:
        user |= {"language": "en", "timezone": "UTC", "expires_at": None, "last_access_at": None, "email_validated": 0}
    for course in rows["courses"]:
        course |= {"language": "en", "duration": 0, "category_id": None, "credits": 0, "price": 0, "rating": None}


def test_every_row_is_there_afterwards(old: Old) -> None:
    before = old.read()
    assert len(before["default"]["outbox" if old.format == "4" else "events"]) > 0
    assert len(before["default"]["oauth_tokens"]) == 4
    store = old.store()
    assert store.prepare() == {"acme": old.format, "default": old.format}
    store.release()
    store.close()
    assert old.read() == expected(before, old.format)


def test_the_tables_are_those_of_a_new_tenant(old: Old, opened: Opened) -> None:
    opened.tenants.create("new", "empty")
    opened.tenants.close()
    shapes = old.shapes()
    for tenant in ("default", "acme"):
        assert shapes[tenant] == shapes["new"]
        assert shapes[f"{tenant}$seed"] == shapes["new$seed"]
    assert shapes["default$half"] == shapes["new$seed"]


def test_a_second_start_finds_nothing_to_do(old: Old, opened: Opened) -> None:
    opened.tenants.close()
    opened.store.release()
    after = old.read()
    assert opened.store.prepare() == {}
    assert old.read() == after


def test_the_superadmins_token_goes_on_and_a_learners_where_it_named_an_identity(old: Old, opened: Opened) -> None:
    assert opened.get("/manage/v1/user/session")["id"] == 1
    learner = old.said["learner"]["access_token"]
    opened.call("GET", "/manage/v1/user/session", token=learner, status=401 if old.format == "2" else 200)


def test_what_was_saved_and_exported_can_be_gone_back_to(old: Old, opened: Opened) -> None:
    left = {(pair["course_id"], pair["user_id"]) for pair in opened.items("/course/v1/courses/enrollments")}
    assert not {user for _, user in left} & set(old.said["unenrolled"])
    opened.mock("POST", "/snapshots/half/restore")
    half = opened.pairs()
    assert {user for _, user in half} & set(old.said["unenrolled"]) == set(old.said["unenrolled"][2:])
    load(opened, old.exported(), "in")
    assert names(opened) == ["half", "in", "seed"]
    opened.mock("POST", "/reset")
    assert {user for _, user in opened.pairs()} >= set(old.said["unenrolled"])
    opened.mock("POST", "/snapshots/in/restore")
    assert opened.pairs() == half
    opened.bulk_unenroll(old.said["unenrolled"][2:3], course_ids=[next(iter(half))[0]])
    opened.mock("POST", "/fork", {"name": "forked", "state": "half"})
    again = export(opened, "half")
    assert load(opened, again, "again")["name"] == "again"
    assert opened.mock("GET", "/clock")["now"] == "2026-03-01 12:00:00"


def test_a_file_that_is_imported_has_the_rows_of_the_snapshot_that_was_upgraded(number: str, tmp_path: Path) -> None:
    old = on_sqlite(number, tmp_path / "old")
    opened = Opened(old)
    load(opened, old.exported(), "in")
    opened.tenants.close()
    opened.store.release()
    states = old.read()
    for user in states["default$half"]["users"]:
        user["password_hash"] = None  # no file holds it
    assert states["default$in"] == states["default$half"]


def test_what_controls_a_tenant_is_as_it_was(old: Old, opened: Opened) -> None:
    opened.name = "acme"
    headers = {"X-Mock-LMS-Tenant": "acme"}
    assert opened.mock("GET", "/quota", headers=headers)["quota"]["limit"]["calls"] == 100
    assert len(opened.mock("GET", "/faults", headers=headers)["faults"]) == 2
    assert opened.tenant.policy.over_cap == "truncate"


SPOILT: dict[str, Callable[[list[bytes]], Any]] = {
    "meta does not say the format": row("meta", 0, put(1, "5")),
    "row 1 of users should have": row("users", 0, lambda values: values.append("x")),
    "row 2 of users, column username: 7 is not a text": row("users", 1, put(1, 7)),
    "row 1 of counters, column name: [] is not a text": row("counters", 0, put(0, [])),
    "no counters of just": row("counters", 3, put(0, "f")),
    "two rows of counters have the same": row("counters", 4, put(0, "outbox")),
    "the table branch_members should be here": header(tables="5"),
}


CASES = [(number, problem) for number in ("2", "3", "4") for problem in SPOILT]
CASES.remove(("4", "two rows of counters have the same"))  # what makes them the same is the new name of a table


@pytest.mark.parametrize(("number", "problem"), CASES)
def test_an_older_file_is_believed_no_further_than_one_of_today(number: str, problem: str, tmp_path: Path) -> None:
    opened = Opened(on_sqlite(number, tmp_path / "old"))
    file = changed(on_sqlite(number, tmp_path / "other").exported(), SPOILT[problem])
    assert problem in load(opened, file, status=400)["message"][0]
    assert names(opened) == ["half", "seed"]
    opened.tenants.close()
    opened.store.release()


# --- dying in the middle


def test_a_start_that_is_killed_at_any_moment_loses_nothing_and_the_next_one_goes_on(old: Old, tmp_path: Path) -> None:
    with open_store(old) as store:
        # one tenant with one snapshot: each kill needs all of it anew
        store.drop("acme")
        store.forget("default", "half")
    before = old.read()
    wanted = expected(before, old.format)
    at = 1
    if isinstance(store, SqliteStore):
        shutil.copytree(store.path, tmp_path / "before")
    while is_killed(type(store), lambda: old.store().prepare(), at):
        if isinstance(store, SqliteStore):
            store.prepare()
            store.release()
            assert old.read() == wanted, at
            shutil.rmtree(store.path)
            shutil.copytree(tmp_path / "before", store.path)
        else:
            states = old.read()
            if states == wanted:
                break  # it had committed
            assert states == before, at  # so that it can be killed again
        at += 1
    assert old.read() == wanted
    assert at > (8 if isinstance(store, SqliteStore) else 4)


# --- what is not opened, and what is not changed


def set_format(old: Old, number: str) -> None:
    with open_store(old) as store:
        store.prepare()
        with closing(store.control("default")) as control, control.begin() as transaction:
            transaction.execute(f"UPDATE tenant SET value = '{number}' WHERE name = 'format'")


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ("6", r"the tenant default was made by a newer mock-lms \(format 6; this one knows formats up to 5\)"),
        ("1", r"made by another version of mock-lms \(format 1; this one knows 2, 3, 4 and 5\)"),
        ("3", r"made by an older mock-lms \(format 3\) since this one started; start it again"),
    ],
)
def test_what_is_of_no_format_that_can_be_opened_is_refused_and_left_alone(
    tmp_path: Path, found: str, why: str
) -> None:
    old = on_sqlite("3", tmp_path / "old")
    set_format(old, found)
    before = old.read()
    with open_store(old) as store:
        if found != "3":
            assert store.prepare() == {}
        tenants = Tenants(store, CREDENTIALS.hashed())
        with pytest.raises(UnusableDatabase, match=why):
            tenants.open()
        tenants.close()
    assert old.read() == before


def test_a_start_removes_nothing_from_a_tenant_of_a_newer_format(tmp_path: Path) -> None:
    old = on_sqlite("3", tmp_path / "old")
    set_format(old, "6")
    another = tmp_path / "old/lms/tenants/default/data-0123456789abcdef.db"
    another.write_bytes(b"a newer version may have several")
    with open_store(old) as store:
        store.prepare()
    assert another.exists()


@pytest.mark.parametrize("name", ["snapshots/half.db", "data-*.db"])
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"x" * 9_000)])
def test_a_damaged_file_stops_the_upgrade_and_is_named(
    tmp_path: Path, name: str, damage: Callable[[Path], object]
) -> None:
    old = on_sqlite("3", tmp_path / "old")
    (path,) = (tmp_path / "old/lms/tenants/default").glob(name)
    damage(path)
    with open_store(old) as store, pytest.raises(UnusableDatabase, match=f"{path.name} was made by an older mock-lms"):
        store.prepare()


@pytest.mark.parametrize("content", [b"", b"x" * 9_000])
def test_a_damaged_control_file_is_named_among_all_tenants(tmp_path: Path, content: bytes) -> None:
    old = on_sqlite("3", tmp_path / "old")
    path = tmp_path / "old/lms/tenants/default/control.db"
    path.with_name("control.db-wal").unlink(missing_ok=True)  # SQLite would mend it from there
    path.write_bytes(content)
    with open_store(old) as store, pytest.raises(UnusableDatabase, match=r"default/control\.db cannot be read: "):
        store.prepare()


def test_an_upgrade_changes_no_file_that_has_another_name_too(tmp_path: Path, number: str) -> None:
    old = on_sqlite(number, tmp_path / "old")
    seed, other = tmp_path / "old/lms/tenants/default/snapshots/seed.db", tmp_path / "other.db"
    os.link(seed, other)
    before = other.read_bytes()
    with open_store(old) as store:
        store.prepare()
    assert other.read_bytes() == before
    assert seed.read_bytes() != before


def test_snapshots_that_were_one_file_are_one_file_afterwards(tmp_path: Path, number: str) -> None:
    old = on_sqlite(number, tmp_path / "old")
    seed = tmp_path / "old/lms/tenants/default/snapshots/seed.db"
    os.link(seed, seed.with_name("same.db"))
    with open_store(old) as store:
        store.prepare()
    assert seed.samefile(seed.with_name("same.db"))
    assert format_of(seed) == meta.FORMAT


def test_a_snapshot_of_an_unknown_format_stops_the_upgrade(tmp_path: Path, number: str) -> None:
    old = on_sqlite(number, tmp_path / "old")
    seed = tmp_path / "old/lms/tenants/default/snapshots/seed.db"
    with closing(sqlite3.connect(seed)) as connection, connection:
        connection.execute("UPDATE meta SET value = '6' WHERE name = 'format'")
    with open_store(old) as store, pytest.raises(UnusableDatabase, match="made by a newer mock-lms"):
        store.prepare()
    assert format_of(seed) == "6"


def test_steps_lead_to_the_format_of_today_one_after_the_other() -> None:
    assert [int(found) + 1 for found in STEPS] == [*map(int, list(STEPS)[1:]), int(meta.FORMAT)]


def test_a_server_starts_on_data_of_an_older_version_and_says_so_once(
    number: str, tmp_path: Path, serve: Serve
) -> None:
    old = on_sqlite(number, tmp_path / "old")
    folder = tmp_path / "old" / "lms"
    server = serve("--data", folder)
    for tenant in ("acme", "default"):
        assert server.stderr.count(f"the tenant {tenant} was upgraded from format {number} to {meta.FORMAT}.\n") == 1
    assert server.ready["control_token"] == old.said["control_token"]
    assert server.log_in().pairs()
    server.stop()
    assert "upgraded" not in serve("--data", folder).stderr


def test_a_server_does_not_start_on_data_of_a_newer_version(tmp_path: Path) -> None:
    old = on_sqlite("3", tmp_path / "old")
    set_format(old, "6")
    refused = run("serve", "--data", str(tmp_path / "old" / "lms"), "--port", "0")
    assert refused.returncode == 2
    assert "made by a newer mock-lms (format 6; this one knows formats up to 5)" in refused.stderr
    assert "Traceback" not in refused.stderr
