"""The Python calls of the control API: one for each operation, under its name."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from mock_lms.testing import CallsDiffer, Control, ControlError, MockTenant
from mock_lms.testing.control import Json
from tests.support import contract

MATCH = {"operation": "bulk_unenroll"}

CALLS: dict[str, list[Callable[[Control], Any]]] = {
    "list_tenants": [lambda c: c.list_tenants()],
    "create_tenant": [
        lambda c: c.create_tenant(),
        lambda c: c.create_tenant("acme", seed="scale", users=10, courses=2, plans=1, policy={"over_cap": "truncate"}),
        lambda c: c.create_tenant(seed={"users": []}, frozen_at="2026-03-01 12:00:00", sabotage="no_cap"),
    ],
    "get_tenant": [lambda c: c.get_tenant("acme")],
    "drop_tenant": [lambda c: c.drop_tenant("acme")],
    "fork_tenant": [lambda c: c.fork_tenant(), lambda c: c.fork_tenant("acme", state="seed")],
    "reset_tenant": [lambda c: c.reset_tenant(), lambda c: c.reset_tenant(to="before", scopes={"data"})],
    "list_snapshots": [lambda c: c.list_snapshots()],
    "save_snapshot": [lambda c: c.save_snapshot("before")],
    "drop_snapshot": [lambda c: c.drop_snapshot("before")],
    "restore_snapshot": [lambda c: c.restore_snapshot("before")],
    "export_snapshot": [lambda c: c.export_snapshot("before", "exported.gz")],
    "import_snapshot": [lambda c: c.import_snapshot("before", __file__)],
    "diff": [lambda c: c.diff(), lambda c: c.diff("before", "acme/now", limit=10)],
    "diff_csv": [lambda c: c.diff_csv(limit=10)],
    "diff_text": [lambda c: c.diff_text("before")],
    "get_clock": [lambda c: c.get_clock()],
    "set_clock": [lambda c: c.set_clock(None), lambda c: c.set_clock("2026-03-01 12:00:00")],
    "advance_clock": [lambda c: c.advance_clock(1.5), lambda c: c.advance_clock(timedelta(days=1))],
    "list_faults": [lambda c: c.list_faults()],
    "set_faults": [
        lambda c: c.set_faults(({"action": "drop"},)),
        lambda c: c.set_faults(profile="throttled", seed=3),
    ],
    "clear_faults": [lambda c: c.clear_faults()],
    "list_fault_profiles": [lambda c: c.list_fault_profiles()],
    "get_quota": [lambda c: c.get_quota()],
    "set_quota": [lambda c: c.set_quota(10, seconds=60, retry_after="date")],
    "clear_quota": [lambda c: c.clear_quota()],
    "list_keys": [lambda c: c.list_keys()],
    "register_key": [lambda c: c.register_key("program", "-----BEGIN PUBLIC KEY-----")],
    "drop_key": [lambda c: c.drop_key("program")],
    "run_due": [lambda c: c.run_due()],
    "list_journal": [lambda c: c.list_journal(), lambda c: c.list_journal(since=1, limit=2, last=True)],
    "clear_journal": [lambda c: c.clear_journal()],
    "search_journal": [lambda c: c.search_journal(), lambda c: c.search_journal(MATCH, since=1, limit=2)],
    "verify_journal": [lambda c: c.verify_journal({"never": MATCH}, since=1)],
    "wait_for_calls": [lambda c: c.wait_for_calls({"called": MATCH, "times": 1}, {"never": MATCH}, seconds=0.5)],
    "list_misses": [lambda c: c.list_misses()],
    "export_journal": [lambda c: c.export_journal()],
    "list_learners": [lambda c: c.list_learners([1, 2])],
    "get_learner": [lambda c: c.get_learner(1)],
    "openapi_yaml": [lambda c: c.openapi_yaml()],
}

OPERATIONS = {each["operationId"]: each for each in contract.operations(contract.CONTROL).values()}


def test_there_is_exactly_one_method_for_each_operation() -> None:
    methods = {name for name, _ in inspect.getmembers(Control, inspect.isfunction) if not name.startswith("_")}
    assert methods == OPERATIONS.keys()
    assert methods == CALLS.keys()


@pytest.mark.parametrize(("name", "number"), [(name, n) for name in CALLS for n in range(len(CALLS[name]))])
def test_a_method_calls_its_operation_as_the_contract_has_it(
    name: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made: list[tuple[str, str, Json | bytes | None]] = []

    def send(method: str, path: str, body: Json | bytes | None) -> tuple[int, str, bytes]:
        made.append((method, path, body))
        return 200, "application/json", b'{"verified": true}'

    CALLS[name][number](Control(send))
    ((method, path, body),) = made
    path, _, query = path.partition("?")
    operation = contract.operation_of(method, path)
    assert operation
    assert operation["operationId"] == name
    known = {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "query"}
    for given in filter(None, query.split("&")):
        assert given.partition("=")[0].replace("%5B%5D", "[]") in known
    if "requestBody" not in operation:
        assert body is None
    elif isinstance(body, bytes):
        assert "application/gzip" in operation["requestBody"]["content"]
    else:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        contract.validator(schema).validate(json.loads(json.dumps(body)))


def test_every_field_of_a_body_can_be_said() -> None:
    for name, operation in OPERATIONS.items():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            fields = set(contract.resolved(content["schema"])["properties"]) - {"contents"}  # which is said by `seed`
            parameters = {*inspect.signature(getattr(Control, name)).parameters}
            assert fields <= parameters, name


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("2026-03-01 12:00:00", "2026-03-01 12:00:00"),
        (datetime(2026, 3, 1, 12), "2026-03-01 12:00:00"),  # noqa: DTZ001 -- that is the case
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01 12:00:00"),
        (datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2))), "2026-03-01 12:00:00"),
    ],
)
def test_a_moment_is_a_text_or_a_datetime(mock: MockTenant, given: str | datetime, sent: str) -> None:
    assert mock.control.set_clock(given) == {**mock.control.get_clock(), "now": sent, "mode": "frozen"}


def test_a_refusal_is_one_line_with_its_status(mock: MockTenant) -> None:
    with pytest.raises(ControlError, match="nonesuch") as refused:
        mock.control.restore_snapshot("nonesuch")
    assert refused.value.status == 404
    assert str(refused.value) == refused.value.message
    assert "\n" not in str(refused.value)


def test_what_is_no_mock_is_said_to_be_none() -> None:
    control = Control(lambda *_: (502, "text/html", b"<html>"))
    with pytest.raises(ControlError, match="status 502 is no mock-lms"):
        control.get_clock()
    for content in (b"<html>", b"null", b"[1]", b"[" * 200_000):
        control = Control(lambda *_, content=content: (200, "application/json", content))
        with pytest.raises(ControlError, match="is no mock-lms"):
            control.get_clock()


# --- with a mock


def unenroll(mock: MockTenant, *users: int) -> None:
    session = mock.session(mock.token())
    answer = session.delete(f"{mock.url}/learn/v1/enrollments", json={"user_ids": users, "course_ids": [201]})
    assert answer.status_code == 200, answer.text


def test_a_snapshot_goes_into_a_file_and_comes_back_in_another_tenant(mock: MockTenant, tmp_path: Path) -> None:
    unenroll(mock, 13001)
    path = tmp_path / "company.gz"
    path.write_text("what was there before")
    assert mock.control.export_snapshot("now", path) == path
    assert [each.name for each in tmp_path.iterdir()] == ["company.gz"]
    other = mock.tenant(mock.control.create_tenant(seed="empty")["name"])
    assert other.control.import_snapshot("company", str(path))["name"] == "company"
    other.control.restore_snapshot("company")
    assert other.control.get_learner(13001) == mock.control.get_learner(13001)


def test_what_cannot_be_exported_leaves_the_file_that_was_there(mock: MockTenant, tmp_path: Path) -> None:
    path = tmp_path / "company.gz"
    path.write_text("what was there before")
    with pytest.raises(ControlError):
        mock.control.export_snapshot("nonesuch", path)
    assert path.read_text() == "what was there before"
    assert [each.name for each in tmp_path.iterdir()] == ["company.gz"]


def test_the_diff_comes_as_json_as_csv_and_for_people(mock: MockTenant) -> None:
    unenroll(mock, 13001)
    (change,) = mock.control.diff()["changes"]
    assert (change["layer"], change["change"], change["user_id"], change["course_id"]) == (
        *("enrollments", "lost", 13001),
        201,
    )
    assert len(mock.control.diff_csv().splitlines()) == 2
    assert "13001" in mock.control.diff_text()


def test_calls_that_differ_are_told_in_the_exception(mock: MockTenant) -> None:
    unenroll(mock, 13001)
    assert mock.control.verify_journal({"called": MATCH, "times": 1})["verified"]
    with pytest.raises(CallsDiffer, match=r"(?s)Not the calls that were expected.*expectation 2: ") as differ:
        mock.control.verify_journal({"called": MATCH}, {"called": {**MATCH, "status": 500}})
    assert differ.value.verdict["failures"][0]["expectation"] == 1
    assert "near: call 2, DELETE /learn/v1/enrollments: status is 200, not 500" in str(differ.value)
    assert mock.control.verify_journal({"called": {**MATCH, "status": 500}}, check=False)["verified"] is False


def test_waiting_ends_without_the_calls_when_the_time_is_up(mock: MockTenant) -> None:
    with pytest.raises(CallsDiffer):
        mock.control.wait_for_calls({"called": MATCH}, seconds=0.1)
    assert not mock.control.wait_for_calls({"called": MATCH}, seconds=0.1, check=False)["verified"]


def test_many_learners_are_asked_for_at_once(mock: MockTenant) -> None:
    found = mock.control.list_learners([13001, 99])
    assert [each["user_id"] for each in found["learners"]] == [13001]
    assert found["unknown"] == [99]
    assert mock.control.list_learners(range(1, 1001))
    assert mock.control.openapi_yaml().startswith("openapi: 3.1")
