"""The control API is safe to leave on: refused calls have no effect, and say nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_lms.storage.control_tables import control
from mock_lms.storage.tables import metadata
from tests.support import contract
from tests.support.lms import CREDENTIALS, Lms

PATHS = ["/_mock/learners/13001", "/_mock/learners?user_id[]=13001", "/_mock/openapi.yaml"]
TOKEN = CREDENTIALS.control_token


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "ü"])
def test_without_the_control_token_nothing_is_said(lms: Lms, path: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    refusal = lms.call("GET", path, token=None, headers=headers, status=401)
    assert refusal["message"] == ["The control token is missing or wrong. The server prints it when it starts."]


@pytest.mark.parametrize("path", PATHS)
def test_a_superadmins_token_does_not_control_the_mock(lms: Lms, path: str) -> None:
    lms.call("GET", path, status=401)


def test_the_control_token_is_no_token_of_the_vendors_api(lms: Lms) -> None:
    lms.call("GET", "/manage/v1/user", token=TOKEN, status=401)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "https://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
    ],
)
def test_a_page_of_another_origin_is_refused_though_it_has_the_token(
    lms: Lms, path: str, header: dict[str, str]
) -> None:
    lms.call("GET", path, token=TOKEN, headers=header, status=403)


@pytest.mark.parametrize(
    "header", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_a_page_of_the_mock_itself_is_let_in(lms: Lms, header: dict[str, str]) -> None:
    lms.call("GET", PATHS[0], token=TOKEN, headers=header)


@pytest.mark.parametrize("path", PATHS)
def test_a_host_that_is_not_this_machines_is_refused(lms: Lms, path: str) -> None:
    lms.call("GET", path, token=TOKEN, headers={"Host": "evil.example"}, status=403)


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_told_that_it_may_read_the_answer(lms: Lms, path: str) -> None:
    lms.call("GET", path, token=TOKEN, headers={"Origin": "http://localhost"})
    assert not [name for name, _ in lms.last.headers if name.lower().startswith("access-control-")]


def test_a_server_that_was_given_no_control_token_lets_nobody_in(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lms.app.config, "CONTROL_TOKEN_HASH", "")
    for token in ("", TOKEN, "anything"):
        headers = {"Authorization": f"Bearer {token}"}
        lms.call("GET", PATHS[0], token=None, headers=headers, status=401)


CHANGING = sorted(
    (method, path, "requestBody" in operation)
    for (method, path), operation in contract.operations(contract.CONTROL).items()
    if method != "GET"
)
GOOD: dict[str, Any] = {
    "/_mock/clock": {"frozen_at": "2030-01-01 00:00:00"},
    "/_mock/clock/advance": {"seconds": 60},
    "/_mock/faults": {"rules": [{"action": "drop"}]},
    "/_mock/quota": {"calls": 1},
    "/_mock/tenants": {"name": "new"},
}
"""Bodies that would do something; where none is needed, none."""

REFUSED: dict[str, tuple[dict[str, str], int]] = {
    "no token": ({"Authorization": ""}, 401),
    "a wrong token": ({"Authorization": "Bearer wrong"}, 401),
    "a foreign page": ({"Origin": "https://evil.example"}, 403),
    "a foreign site": ({"Sec-Fetch-Site": "cross-site"}, 403),
    "a foreign host": ({"Host": "evil.example"}, 403),
}


def change(lms: Lms, method: str, path: str, headers: dict[str, str], raw: bytes | None, *, status: int) -> None:
    """Sends it to something that is there."""
    where = path.replace("{snapshot}", "kept").replace("{name}", "other")
    sent = {"Authorization": f"Bearer {TOKEN}", **headers}
    kind = "application/gzip" if path.endswith("/file") else "application/json"
    lms.call(method, where, token=None, headers=sent, raw=raw, content_type=kind, status=status)


def whole(lms: Lms) -> Any:
    """All that a change could change."""
    store, names = lms.tenants.store, lms.tenants.names()
    tables = (*metadata.sorted_tables, *control.sorted_tables)
    return names, [store.snapshots(name) for name in names], {table.name: lms.rows(table) for table in tables}


@pytest.fixture
def rich(lms: Lms) -> Lms:
    """A tenant in which there is something to change."""
    lms.mock("POST", "/tenants", {"name": "other", "seed": "empty"})
    lms.mock("PUT", "/snapshots/kept")
    lms.mock("PUT", "/quota", {"calls": 500})
    lms.mock("PUT", "/faults", {"rules": [{"action": "drop", "operation": "create_user"}]})
    lms.bulk_unenroll([13001], course_ids=[201])
    return lms


@pytest.mark.parametrize(("method", "path", "has_body"), CHANGING)
def test_a_call_that_is_refused_changes_nothing(rich: Lms, method: str, path: str, has_body: bool) -> None:
    before = whole(rich)
    body = json.dumps(GOOD[path]).encode() if path in GOOD else None
    for why, (headers, status) in REFUSED.items():
        change(rich, method, path, headers, body, status=status)
        assert whole(rich) == before, why
    for raw in (b"{", b"[]", b'{"no_such_field": 1}') if has_body else ():
        change(rich, method, path, {}, raw, status=400)
        assert whole(rich) == before, raw
