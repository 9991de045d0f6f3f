"""The journal as whoever controls the mock sees it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_lms.http import streaming
from mock_lms.storage import control_tables, journal
from mock_lms.storage.database import Row, Transaction
from tests.conftest import NewLms
from tests.support.lms import BULK, CREDENTIALS, Lms

WHO = "/manage/v1/user/session"


def entries(lms: Lms, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lms.mock("GET", f"/journal{query}")["entries"]
    return found


def verdict(lms: Lms, *expectations: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = lms.mock("POST", "/journal/verify", {"expectations": list(expectations), **more})
    return answer


@pytest.mark.both_databases
def test_each_call_is_noted_with_what_was_asked_and_answered(lms: Lms) -> None:
    lms.bulk_unenroll([13001, 13001, 13003], learningplan_ids=[31])
    first, second = entries(lms)
    assert (first["id"], first["operation"], first["user_id"], first["status"]) == (1, "issue_token", None, 200)
    assert {name: second[name] for name in ("id", "at", "milliseconds", "method", "path", "query")} == {
        "id": 2,
        "at": "2026-03-01T12:00:00.000Z",
        "milliseconds": 0,
        "method": "DELETE",
        "path": BULK,
        "query": "",
    }
    assert (second["operation"], second["user_id"], second["users"]) == ("bulk_unenroll", 1, 2)
    assert json.loads(second["request"]["body"])["user_ids"] == [13001, 13001, 13003]
    assert json.loads(second["answer"]["body"])["data"]["un_enrolled"] == [13001]
    assert second["answer"]["body_bytes"] == len(second["answer"]["body"])


def test_no_secret_is_in_it(lms: Lms) -> None:
    lms.log_in("admin", "pa55word")
    lms.call("POST", "/manage/v1/user", {"username": "noa", "password": "noas-own-word"})
    lms.http.get(f"/manage/v1/user?access_token={lms.token}")
    lms.http.post("/oauth2/token", data={"refresh_token": "a-refresh-token", "grant_type": "refresh_token"})
    text = json.dumps([entries(lms), lms.mock("GET", "/journal.har")])
    for secret in (CREDENTIALS.password, CREDENTIALS.client_secret, lms.token, "noas-own-word", "a-refresh-token"):
        assert secret not in text
    assert len(entries(lms)) == 5


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "/manage/v1/user/TOKEN", {}),
        ("GET", "/learn/v1/enrollments/201/TOKEN", {}),
        ("GET", "/manage/v1/user?search_text=TOKEN", {}),
        ("POST", "/manage/v1/user", {"json": {"username": "TOKEN"}}),
        ("GET", "/manage/v1/user", {"headers": {"User-Agent": "curl TOKEN"}}),
    ],
)
def test_a_token_is_not_kept_wherever_it_stands(lms: Lms, method: str, path: str, more: dict[str, Any]) -> None:
    more = json.loads(json.dumps(more).replace("TOKEN", lms.token))
    headers = {"Authorization": f"Bearer {lms.token}"} | more.pop("headers", {})
    lms.http.open(path.replace("TOKEN", lms.token), method=method, headers=headers, **more)
    text = json.dumps([entries(lms), lms.mock("GET", "/journal.har"), lms.mock("GET", "/journal/misses")])
    assert lms.token not in text
    assert "***" in json.dumps(entries(lms)[-1])


@pytest.mark.parametrize("name", ["pwd", "new_passwd", "apiKey", "api_key", "credentials", "Authorization", "jwt"])
def test_what_is_secret_by_another_usual_name_is_not_kept(lms: Lms, name: str) -> None:
    lms.call("POST", "/manage/v1/user", {"username": "noa", name: "noas-own-word"})
    assert "noas-own-word" not in json.dumps(entries(lms))


def test_what_is_refused_is_noted_too(lms: Lms) -> None:
    lms.call("GET", WHO, token="wrong", status=401)
    lms.call("GET", "/nothing/here", status=404)
    found = [(each["operation"], each["status"], each["user_id"]) for each in entries(lms, "?since=1")]
    assert found == [("get_session", 401, None), (None, 404, None)]


def test_the_control_api_and_the_documents_are_not_in_it(lms: Lms) -> None:
    lms.mock("GET", "/clock")
    lms.http.get("/openapi.yaml")
    lms.http.get("/api-browser/")
    assert len(entries(lms)) == 1


@pytest.mark.both_databases
def test_a_page_of_it_is_the_first_or_the_last_after_a_call(lms: Lms) -> None:
    for _ in range(5):
        lms.get(WHO)
    assert [each["id"] for each in entries(lms, "?since=1&limit=2")] == [2, 3]
    assert [each["id"] for each in entries(lms, "?limit=2&last=1")] == [5, 6]
    assert lms.mock("GET", "/journal?since=6") == {"entries": [], "evicted": 0, "last": 6}


@pytest.mark.both_databases
def test_a_call_that_never_was_has_nothing_after_it(lms: Lms) -> None:
    assert lms.mock("GET", "/journal?since=999999999999999")["entries"] == []
    assert lms.mock("POST", "/journal/search", {"since": 999_999_999_999_999.0})["entries"] == []
    assert verdict(lms, {"never": {"status": 200}}, since=999_999_999_999_999)["calls"] == 0


@pytest.mark.parametrize("query", ["since=-1", "limit=0", "limit=10001", "last=2", "limit=x", "since=1e3"])
def test_a_page_that_makes_no_sense_is_refused(lms: Lms, query: str) -> None:
    lms.mock("GET", f"/journal?{query}", status=400)


@pytest.mark.both_databases
def test_it_is_bounded_and_says_what_is_gone(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT", 4)
    monkeypatch.setattr(journal, "BATCH", 2)
    for _ in range(10):
        lms.get(WHO)
    answer = lms.mock("GET", "/journal?limit=4&last=1")
    kept = [each["id"] for each in answer["entries"]]
    assert kept[-1] == answer["last"] == 11
    assert kept == [8, 9, 10, 11]
    assert answer["evicted"] in {6, 7}
    refused = lms.mock("POST", "/journal/verify", {"expectations": [{"never": {"operation": "unenroll"}}]}, status=409)
    assert "no longer has calls 1 to" in refused["message"][0]
    assert verdict(lms, {"never": {"operation": "unenroll"}}, since=answer["evicted"])["verified"]


@pytest.mark.both_databases
def test_it_is_bounded_in_bytes_too(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LARGEST", 100_000)
    monkeypatch.setattr(journal, "ROOM", 20_000)
    for _ in range(30):
        lms.get("/manage/v1/user?page_size=200")
        kept = sum(len(entry.encode()) for *_, entry in lms.rows(control_tables.journal))
        assert kept <= 100_000
    answer = lms.mock("GET", "/journal?limit=10000")
    ids = [each["id"] for each in answer["entries"]]
    assert 4 < len(ids) < 31
    assert ids == list(range(answer["evicted"] + 1, 32))
    assert answer["last"] == 31


@pytest.mark.both_databases
def test_one_call_that_is_larger_than_all_that_is_kept_is_kept_alone(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LARGEST", 1_000)
    monkeypatch.setattr(journal, "ROOM", 10)
    for _ in range(3):
        lms.get("/manage/v1/user?page_size=200")
    answer = lms.mock("GET", "/journal")
    assert [each["id"] for each in answer["entries"]] == [answer["last"]]
    assert answer["evicted"] == answer["last"] - 1


@pytest.mark.both_databases
def test_calls_that_are_noted_together_are_bounded_as_those_that_come_alone(
    lms: Lms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "KEPT", 40)
    monkeypatch.setattr(journal, "BATCH", 8)
    monkeypatch.setattr(journal, "LARGEST", 3_000)
    monkeypatch.setattr(journal, "ROOM", 500)
    control = lms.tenant.control
    for size in (3, 1, 30, 7, 60):
        journal.add_all(control, [(None, '{"x":"%s"}' % ("x" * 100))] * size)
        rows = lms.rows(control_tables.journal)
        assert sum(len(entry) for *_, entry in rows) <= 3_000
        assert len(rows) <= 40 + 8
        assert [row[0] for row in rows] == list(range(rows[0][0], rows[-1][0] + 1))


@pytest.mark.both_databases
def test_whatever_is_read_of_it_is_read_a_few_calls_at_a_time(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3 * journal.PAGE):
        lms.get(WHO)
        lms.call("GET", "/nothing/here", status=404)
    most, fetched = 0, Transaction.rows

    def rows(*given: Any, **named: Any) -> list[Row]:
        nonlocal most
        found = fetched(*given, **named)
        most = max(most, len(found))
        return found

    monkeypatch.setattr(Transaction, "rows", rows)
    all_of_them = 6 * journal.PAGE + 1
    assert len(entries(lms, "?limit=10000")) == all_of_them
    assert len(lms.mock("POST", "/journal/search", {"limit": 10_000})["entries"]) == all_of_them
    assert verdict(lms, {"called": {"status": 200}, "at_least": 2})["calls"] == all_of_them
    assert len(lms.mock("GET", "/journal.har")["log"]["entries"]) == all_of_them
    assert len(lms.mock("GET", "/journal/misses")["misses"][0]["calls"]) == 3 * journal.PAGE
    assert most == journal.PAGE


def test_what_is_sent_in_pieces_says_the_same_as_what_is_sent_at_once(
    lms: Lms, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        lms.call("GET", "/nothing/here", status=404)
    asked: list[tuple[Any, ...]] = [
        ("GET", "/journal?since=1"),
        ("POST", "/journal/search", {"match": {"status": 404}}),
        ("GET", "/journal.har"),
        ("GET", "/journal/misses"),
    ]
    at_once = [lms.mock(*each) for each in asked]
    assert lms.last.content_length
    monkeypatch.setattr(streaming, "PIECE", 10)
    for each, whole in zip(asked, at_once, strict=True):
        assert lms.mock(*each) == whole
        assert lms.last.content_length is None


@pytest.mark.both_databases
def test_a_verdict_is_about_every_call_there_is(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT", 4)  # more are kept until the oldest go together
    for _ in range(10):
        lms.get(WHO)
    lms.call("GET", "/nothing/here", status=404)
    assert verdict(lms, {"called": {"status": 404}}) == {"verified": True, "calls": 12, "failures": []}


@pytest.mark.both_databases
def test_who_is_overtaken_while_reading_is_not_told_half(lms: Lms) -> None:
    for _ in range(2 * journal.PAGE):
        lms.get(WHO)
    rows = journal.live_entries(lms.tenant.control, 0, 2 * journal.PAGE)
    next(rows)
    lms.mock("DELETE", "/journal")
    with pytest.raises(journal.Overtaken):
        list(rows)


def test_searching_finds_what_matches(lms: Lms) -> None:
    lms.bulk_unenroll([13001, 13002], course_ids=[201])
    lms.get(WHO)
    found = lms.mock("POST", "/journal/search", {"match": {"users": {"more_than": 1}}})["entries"]
    assert [each["id"] for each in found] == [2]
    lms.mock("POST", "/journal/search", {"match": {"operation": "bulk_unenrol"}}, status=400)


def test_verifying_says_what_was_not_as_expected(lms: Lms) -> None:
    lms.bulk_unenroll([13001], course_ids=[201])
    assert verdict(lms, {"called": {"operation": "bulk_unenroll"}, "times": 1}) == {
        "verified": True,
        "calls": 2,
        "failures": [],
    }
    wrong = verdict(lms, {"never": {"users": {"more_than": 1_000}}}, {"called": {"operation": "unenroll"}})
    assert not wrong["verified"]
    assert [each["expectation"] for each in wrong["failures"]] == [1]
    assert "unenroll" in wrong["failures"][0]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"expectations": []},
        {"expectations": [{}]},
        {"expectations": [{"called": {"x": 1}}]},
        {"calls": 1},
        {"expectations": [{"called": {}}] * 101},
    ],
)
def test_an_expectation_that_makes_no_sense_is_no_verdict(lms: Lms, body: object) -> None:
    lms.mock("POST", "/journal/verify", body, status=400)


def test_waiting_ends_when_it_holds_or_the_time_is_up(lms: Lms) -> None:
    there = {"expectations": [{"called": {"operation": "issue_token"}}], "seconds": 60}
    assert lms.mock("POST", "/journal/wait", there)["verified"]
    missing = {"expectations": [{"called": {"operation": "unenroll"}}], "seconds": 0.1}
    assert not lms.mock("POST", "/journal/wait", missing)["verified"]
    lms.mock("POST", "/journal/wait", {**missing, "seconds": -1}, status=400)


def test_a_call_that_hit_nothing_has_its_nearest(lms: Lms) -> None:
    lms.call("DELETE", "/learn/v1/enrollment/batchs", status=404)
    (miss,) = lms.mock("GET", "/journal/misses")["misses"]
    assert miss["calls"] == [2]
    assert "nearest: DELETE /learn/v1/enrollment/batch (batch_unenroll)" in miss["message"]


def test_as_har_it_has_every_call(lms: Lms) -> None:
    lms.get(WHO)
    log = lms.mock("GET", "/journal.har")["log"]
    assert log["version"] == "1.2"
    assert [each["request"]["url"] for each in log["entries"]][-1].endswith(WHO)


@pytest.mark.both_databases
def test_cleared_it_begins_anew(lms: Lms) -> None:
    assert lms.mock("DELETE", "/journal") == {"entries": [], "evicted": 0, "last": 0}
    lms.get(WHO)
    assert [each["id"] for each in entries(lms)] == [1]


@pytest.mark.both_databases
def test_the_same_calls_at_the_same_time_are_the_same_journal_byte_for_byte(new_lms: NewLms) -> None:
    found = []
    for _ in range(2):
        lms = new_lms()
        lms.bulk_unenroll([13001, 13003], learningplan_ids=[31])
        lms.call("POST", "/learn/v1/enrollments/206/13012")
        lms.items("/learn/v1/enrollments")
        lms.call("GET", "/nothing", status=404)
        lms.advance(hours=1)
        lms.call("GET", WHO, status=401)
        lms.mock("GET", "/journal")
        found.append(lms.last.data)
    assert found[0] == found[1]
    assert found[0].count(b'"operation"') >= 6


@pytest.mark.both_databases
def test_a_nul_in_a_call_can_be_noted(lms: Lms) -> None:
    lms.call("POST", "/manage/v1/user", {"username": "a\0b"}, status=400)
    assert entries(lms)[-1]["operation"] == "create_user"
