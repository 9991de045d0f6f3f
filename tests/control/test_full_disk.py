"""A full disk is said to be full, on every path. What reads goes on, nothing is half there, and room heals it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.storage.tables import course_enrollments
from tests.support.disk import fill, make_room, small_disk
from tests.support.lms import BULK, CREDENTIALS, Lms

__all__ = ["small_disk"]

LOGIN = {
    "grant_type": "password",
    "client_id": CREDENTIALS.client_id,
    "client_secret": CREDENTIALS.client_secret,
    "username": CREDENTIALS.username,
    "password": CREDENTIALS.password,
}
FILE = b"the snapshot, as a file"
WRITING: list[tuple[str, str, dict[str, Any]]] = [
    ("DELETE", BULK, {"json": {"user_ids": [13001], "course_ids": [201]}}),
    ("POST", "/learn/v1/enrollments/206/13012", {}),
    ("POST", "/oauth2/token", {"data": LOGIN}),
    ("POST", "/_mock/reset", {}),
    ("PUT", "/_mock/snapshots/two", {}),
    ("POST", "/_mock/snapshots/one/restore", {}),
    ("PUT", "/_mock/snapshots/three/file", {"data": FILE, "content_type": "application/gzip"}),
    ("POST", "/_mock/fork", {"json": {"name": "forked"}}),
    ("POST", "/_mock/tenants", {"json": {"name": "made", "seed": "empty"}}),
    ("PUT", "/_mock/clock", {"json": {"frozen_at": None}}),
    ("POST", "/_mock/clock/advance", {"json": {"seconds": 60}}),
    ("PUT", "/_mock/faults", {"json": {"rules": [{"action": "status", "status": 500}]}}),
    ("PUT", "/_mock/quota", {"json": {}}),
    ("DELETE", "/_mock/journal", {}),
]
READING = [
    "/manage/v1/user/session",
    "/course/v1/courses",
    "/_mock/journal",
    "/_mock/snapshots",
    "/_mock/snapshots/now/file",
    "/_mock/diff",
    "/_mock/tenants",
]


@pytest.fixture
def lms(small_disk: Path) -> Iterator[Lms]:
    """The demo tenant on a small disk, with a snapshot."""
    store = SqliteStore(small_disk / "tenants")
    store.prepare()
    made = Lms(store)
    made.mock("PUT", "/snapshots/one")
    yield made
    made.tenants.close()
    store.release()


def _headers(lms: Lms, path: str) -> dict[str, str]:
    token = CREDENTIALS.control_token if path.startswith("/_mock") else lms.token
    return {} if path == "/oauth2/token" else {"Authorization": f"Bearer {token}"}


def send(lms: Lms, method: str, path: str, options: dict[str, Any] | None = None) -> Any:
    """The answer, whatever it is: no contract promises a full disk."""
    given = dict(options or {})
    if given.get("data") == FILE:
        given["data"] = send(lms, "GET", "/_mock/snapshots/one/file").data
    return lms.http.open(path, method=method, headers=_headers(lms, path), **given)


def fill_to_the_last(lms: Lms, disk: Path) -> None:
    """Until not even a page fits into a journal that is there already."""
    fill(disk)
    for _ in range(200):
        if send(lms, *WRITING[0]).status_code == 507:
            send(lms, *WRITING[2])
            return
    raise AssertionError("there is always room")


@pytest.mark.parametrize(("method", "path", "options"), WRITING, ids=lambda value: str(value) if "/" in value else "")
def test_what_writes_is_refused_and_changes_nothing(
    lms: Lms, small_disk: Path, caplog: pytest.LogCaptureFixture, method: str, path: str, options: dict[str, Any]
) -> None:
    fill_to_the_last(lms, small_disk)
    before, names = lms.everything(), lms.tenants.names()
    caplog.clear()
    answer = send(lms, method, path, options)
    assert answer.status_code == 507, answer.text
    said = answer.get_json()
    text = said["error_description"] if path.startswith("/oauth2") else said["message"][0]
    assert "disk under the mock is full" in text
    assert "Make room" in text
    assert path.startswith("/oauth2") or (said["code"], said["status"]) == (507, 507)
    assert [record.exc_info for record in caplog.records if "the mock is full" in record.getMessage()] == [None]
    assert all(record.exc_info is None for record in caplog.records)
    assert (lms.everything(), lms.tenants.names()) == (before, names)
    make_room(small_disk)
    assert send(lms, method, path, options).status_code in {200, 201}, path
    hidden = [entry.name for entry in (small_disk / "tenants").iterdir() if entry.name.startswith((".new", ".copy"))]
    assert hidden == []


def test_what_reads_goes_on_and_the_log_says_what_the_journal_lost(
    lms: Lms, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill_to_the_last(lms, small_disk)
    for path in READING:
        caplog.clear()
        assert send(lms, "GET", path).status_code == 200, path
        said = [record.getMessage() for record in caplog.records]
        assert all("the journal of default lost 1 of its calls" in line for line in said)
        assert len(said) == (not path.startswith("/_mock"))
    make_room(small_disk)
    caplog.clear()
    assert send(lms, "GET", READING[0]).status_code == 200
    assert caplog.records == []
    assert send(lms, "GET", "/_mock/journal?last=1&limit=1").get_json()["entries"][0]["path"] == READING[0]


@pytest.mark.parametrize("what", ["quota", "faults"])
def test_a_call_that_cannot_even_be_counted_is_refused(lms: Lms, small_disk: Path, what: str) -> None:
    rule = {"rules": [{"action": "status", "status": 500, "after": 1000}]}
    assert lms.mock("PUT", f"/{what}", {} if what == "quota" else rule)
    before = lms.rows(course_enrollments)
    fill_to_the_last(lms, small_disk)
    answer = send(lms, "GET", READING[0])
    assert answer.status_code == 507
    assert "disk under the mock is full" in answer.get_json()["message"][0]
    assert lms.rows(course_enrollments) == before


def test_calls_noted_together_are_lost_together_and_keep_nobody_waiting(
    lms: Lms, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lms.edge.later = lambda _: None
    fill(small_disk)
    for _ in range(100):
        send(lms, "GET", READING[0])
        assert send(lms, "GET", "/_mock/journal").status_code == 200
    assert any("lost 1 of its calls" in record.getMessage() for record in caplog.records)
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
