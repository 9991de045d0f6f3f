"""Snapshots: saved, gone back to, and carried from one database to the other."""

from __future__ import annotations

import gzip
import json
import secrets
from pathlib import Path

import pytest

from mock_lms.storage import meta
from mock_lms.storage.control_tables import oauth_tokens
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.storage.tables import metadata, users
from tests.conftest import NewLms, NewStore
from tests.support.lms import Lms
from tests.support.snapshots import DATA, TOKEN, data, export, load, names


@pytest.mark.both_databases
def test_a_snapshot_is_gone_back_to_as_often_as_one_likes(lms: Lms) -> None:
    lms.bulk_unenroll([13001], course_ids=[201])
    before = data(lms)
    saved = lms.mock("PUT", "/snapshots/before")
    assert (saved["name"], saved["saved_at"]) == ("before", "2026-03-01 12:00:00")
    assert saved["bytes"] > 10_000
    for _ in range(3):
        lms.bulk_unenroll([13001, 13002], course_ids=[202, 203], reset_tracks=True)
        assert data(lms) != before
        assert lms.mock("POST", "/snapshots/before/restore") == {"to": "before", "scopes": ["data"]}
        assert data(lms) == before
    lms.mock("POST", "/snapshots/seed/restore")
    assert data(lms) != before


@pytest.mark.both_databases
def test_a_restore_leaves_alone_what_is_no_data(lms: Lms) -> None:
    lms.mock("PUT", "/snapshots/one")
    lms.advance(days=1)
    before = {name: rows for name, rows in lms.everything().items() if name not in {"tenant", *DATA}}
    lms.mock("POST", "/snapshots/one/restore")
    assert {name: rows for name, rows in lms.everything().items() if name not in {"tenant", *DATA}} == before


@pytest.mark.both_databases
def test_saving_again_is_in_place_of_what_was_saved(lms: Lms) -> None:
    lms.mock("PUT", "/snapshots/one")
    lms.advance(minutes=30)
    lms.bulk_unenroll([13001], course_ids=[201])
    assert lms.mock("PUT", "/snapshots/one")["saved_at"] == "2026-03-01 12:30:00"
    there = data(lms)
    lms.mock("POST", "/reset", {"scopes": ["data"]})
    lms.mock("POST", "/snapshots/one/restore")
    assert data(lms) == there


@pytest.mark.both_databases
def test_the_list_says_what_there_is_and_a_dropped_one_is_none(lms: Lms) -> None:
    lms.mock("PUT", "/snapshots/b")
    lms.advance(minutes=30)
    lms.mock("PUT", "/snapshots/a")
    listed = lms.mock("GET", "/snapshots")["snapshots"]
    assert [(each["name"], each["saved_at"]) for each in listed] == [
        ("a", "2026-03-01 12:30:00"),
        ("b", "2026-03-01 12:00:00"),
        ("seed", "2026-03-01 12:00:00"),
    ]
    assert lms.mock("DELETE", "/snapshots/b") == {"dropped": "b"}
    assert names(lms) == ["a", "seed"]
    for method, path in (("DELETE", "/b"), ("POST", "/b/restore"), ("GET", "/b/file")):
        lms.mock(method, f"/snapshots{path}", status=404)
    assert not [name for name in lms.tenant.entries if name.startswith("snapshot b")]


@pytest.mark.parametrize("name", ["seed", "now"])
def test_seed_and_now_are_no_names_to_give(lms: Lms, name: str) -> None:
    before = lms.everything()
    for method, path in (("PUT", ""), ("DELETE", "")):
        lms.mock(method, f"/snapshots/{name}{path}", status=400)
    load(lms, export(lms), name, status=400)
    assert lms.everything() == before
    assert names(lms) == ["seed"]


@pytest.mark.parametrize("name", ["X", "a" * 21, "a_b", "-", "a.db", "%2e%2e", "a$b", "ü", "%00"])
def test_a_name_that_is_none_is_refused(lms: Lms, name: str) -> None:
    for method, path in (("PUT", ""), ("DELETE", ""), ("POST", "/restore"), ("GET", "/file")):
        answer = lms.http.open(
            f"/_mock/snapshots/{name}{path}", method=method, headers={"Authorization": f"Bearer {TOKEN}"}
        )
        assert answer.status_code in {400, 404}, answer.text
    assert names(lms) == ["seed"]


@pytest.mark.both_databases
def test_the_longest_names_there_are_fit(new_store: NewStore, postgres: str) -> None:
    store = new_store()
    if isinstance(store, PostgresqlStore):  # names of schemas are cut off at 63 bytes, and a server's begin with 8
        store = PostgresqlStore(postgres, f"t{secrets.token_hex(3)}_")
    store.prepare()
    tenant, name = "t" * 30, "s" * 20
    lms = Lms(store)
    lms.mock("POST", "/tenants", {"name": tenant})
    lms.call("PUT", f"/t/{tenant}/_mock/snapshots/{name}", token=TOKEN)
    listed = lms.call("GET", f"/t/{tenant}/_mock/snapshots", token=TOKEN)["snapshots"]
    assert {each["name"] for each in listed} == {"seed", name}
    lms.call("POST", f"/t/{tenant}/_mock/snapshots/{name}/restore", token=TOKEN)
    if isinstance(store, PostgresqlStore):
        store.clear()
    lms.tenants.close()


# --- files


@pytest.mark.both_databases
def test_the_same_data_is_the_same_file(lms: Lms) -> None:
    first = export(lms)
    assert export(lms) == first
    lms.mock("PUT", "/snapshots/one")
    assert export(lms, "one") == export(lms, "one")
    lms.bulk_unenroll([13001], course_ids=[201])
    assert export(lms) != first
    lms.mock("POST", "/reset", {"scopes": ["data"]})
    assert export(lms) == first


@pytest.mark.both_databases
def test_a_file_is_lines_of_json_that_anybody_can_read(lms: Lms) -> None:
    lines = [json.loads(line) for line in gzip.decompress(export(lms, "seed")).splitlines()]
    assert lines[0] == {
        "mock_lms_snapshot": 1,
        "tables": meta.FORMAT,
        "tenant": "default",
        "saved_at": "2026-03-01 12:00:00",
    }
    tables = [line for line in lines[1:-1] if isinstance(line, dict)]
    assert [each["table"] for each in tables] == [table.name for table in metadata.sorted_tables]
    assert sum(each["rows"] for each in tables) == len(lines) - 2 - len(tables)
    assert lines[-1].keys() == {"sha256"}


@pytest.mark.both_databases
def test_no_file_holds_a_secret(lms: Lms) -> None:
    content = gzip.decompress(export(lms)).decode()
    hashes = {row[7] for row in lms.rows(users) if row[7]}
    assert hashes
    assert not [hashed for hashed in hashes if hashed in content]
    tokens = [row[0] for row in lms.rows(oauth_tokens)]
    assert tokens
    assert not [token for token in tokens if token in content]


@pytest.mark.both_databases
def test_a_file_becomes_a_snapshot_of_another_tenant(lms: Lms) -> None:
    lms.bulk_unenroll([13001], course_ids=[201])
    there = data(lms)
    file = export(lms)
    lms.mock("POST", "/reset")
    before = data(lms)
    assert load(lms, file, kind="application/octet-stream")["name"] == "in"
    assert data(lms) == before
    lms.mock("POST", "/snapshots/in/restore")
    found = data(lms)
    assert {row[7] for row in found["users"]} == {None}
    for name in DATA:
        if name != "users":
            assert found[name] == there[name]
    assert export(lms) == file
    lms.call("GET", "/manage/v1/user/session")


@pytest.mark.both_databases
def test_a_file_goes_from_one_database_to_the_other_and_back(tmp_path: Path, postgres: str, new_lms: NewLms) -> None:
    here = new_lms()
    here.bulk_unenroll([13001], course_ids=[201])
    for code in ("ü", "z", "Z", "a", "_", "😀", "-"):
        here.call("POST", "/manage/v1/user", {"username": code})
    file = export(here)
    there: TenantStore = SqliteStore(tmp_path / "there")
    if isinstance(here.tenants.store, SqliteStore):
        there = PostgresqlStore(postgres, f"{tmp_path.name[-12:]}_x")
    there.prepare()
    other = Lms(there, seed="empty")
    load(other, file)
    other.mock("POST", "/snapshots/in/restore")
    assert export(other) == file
    assert other.pairs() == here.pairs()
    if isinstance(there, PostgresqlStore):
        there.clear()
    other.tenants.close()
