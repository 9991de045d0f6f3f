"""Faults as a client meets them, in process; over a socket they are in tests/server/test_faults.py."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, TestResponse

from mock_lms.storage.tables import outbox
from tests.support.lms import BULK, Lms

WHO = "/manage/v1/user/session"
BODY = {"user_ids": [13001, 13002, 13004, 13006], "course_ids": [201, 202, 203]}
GONE = {(course, user) for course in BODY["course_ids"] for user in BODY["user_ids"]}


def faulty(lms: Lms, **rule: Any) -> None:
    lms.mock("PUT", "/faults", {"rules": [{"operation": "bulk_unenroll", **rule}]})


def call(lms: Lms, method: str, path: str, body: Any = None) -> TestResponse:
    """The answer, whatever it is: faults do not keep to the contract."""
    return lms.http.open(path, method=method, json=body, headers={"Authorization": f"Bearer {lms.token}"})


def cut_of(lms: Lms) -> int | None:
    """Calls the bulk unenrollment; after how many bytes its answer breaks off."""
    headers = {"Authorization": f"Bearer {lms.token}"}
    environ = EnvironBuilder(BULK, method="DELETE", json=BODY, headers=Headers(headers)).get_environ()
    b"".join(lms.edge(environ, lambda *_: None))
    cut: int | None = environ["mock_lms.cut"]
    return cut


def removed(lms: Lms, before: set[tuple[int, int]]) -> set[tuple[int, int]]:
    lms.mock("DELETE", "/faults")
    return before - lms.pairs()


def test_a_status_is_answered_in_the_vendors_envelope_and_nothing_is_done(lms: Lms) -> None:
    before = lms.pairs()
    faulty(lms, action="status", status=503, message="Down.", retry_after=7)
    answer = call(lms, "DELETE", BULK, BODY)
    assert answer.status_code == 503
    assert answer.get_json() == {"name": "Service Unavailable", "message": ["Down."], "code": 503, "status": 503}
    assert answer.headers["Retry-After"] == "7"
    assert removed(lms, before) == set()


def test_other_operations_are_spared(lms: Lms) -> None:
    faulty(lms, action="status", status=503)
    lms.get(WHO)


def test_a_dropped_call_does_nothing(lms: Lms) -> None:
    before = lms.pairs()
    faulty(lms, action="drop")
    assert cut_of(lms) == -1
    assert removed(lms, before) == set()


@pytest.mark.both_databases
def test_a_lost_answer_is_one_of_a_call_that_was_done(lms: Lms) -> None:
    before = lms.pairs()
    faulty(lms, action="lost_answer")
    assert cut_of(lms) == -1
    assert removed(lms, before) == GONE & before


@pytest.mark.both_databases
def test_what_is_not_committed_was_not_done_and_fired_no_event(lms: Lms) -> None:
    before = lms.pairs()
    faulty(lms, action="before_commit")
    assert cut_of(lms) == -1
    assert removed(lms, before) == set()
    assert lms.rows(outbox) == []
    lms.bulk_unenroll([13001], course_ids=[201])  # the connection is as good as before


def test_half_a_body_comes_of_a_call_that_was_done(lms: Lms) -> None:
    before = lms.pairs()
    faulty(lms, action="half_body")
    assert (cut_of(lms) or 0) > 10
    assert removed(lms, before) == GONE & before


@pytest.mark.both_databases
def test_a_batch_that_breaks_off_has_done_its_first_half(lms: Lms) -> None:
    before = lms.pairs()
    faulty(lms, action="mid_batch", status=502)
    assert call(lms, "DELETE", BULK, BODY).status_code == 502
    assert removed(lms, before) == {pair for pair in GONE & before if pair[1] in BODY["user_ids"][:2]}


def test_a_stripped_body_is_refused_and_never_means_everybody(lms: Lms) -> None:
    before = lms.pairs()
    faulty(lms, action="strip_body")
    lms.call("DELETE", BULK, BODY, status=400)
    assert removed(lms, before) == set()


def test_a_good_token_can_be_rejected_once_and_is_good_again(lms: Lms) -> None:
    faulty(lms, action="reject_token", count=1)
    lms.call("DELETE", BULK, BODY, status=401)
    lms.call("DELETE", BULK, BODY)


def test_a_token_that_expires_mid_run_stays_expired_and_a_refresh_helps(lms: Lms) -> None:
    faulty(lms, action="expire_token", nth=1)
    lms.call("DELETE", BULK, BODY, status=401)
    lms.call("GET", WHO, status=401)
    lms.token = lms.log_in("admin", "pa55word")
    lms.call("DELETE", BULK, BODY)


@pytest.mark.both_databases
def test_rules_act_in_order_and_count_what_they_concern(lms: Lms) -> None:
    first = {"action": "status", "status": 500, "nth": 2}
    second = {"action": "status", "status": 503, "path": "/manage/*"}
    lms.mock("PUT", "/faults", {"rules": [first, second]})
    found = [call(lms, "GET", path).status_code for path in (WHO, WHO, "/learn/v1/courses", WHO)]
    assert found == [503, 500, 200, 503]
    counts = [(each["seen"], each["fired"]) for each in lms.mock("GET", "/faults")["faults"]]
    assert counts == [(4, 1), (3, 2)]


def test_a_fault_is_in_the_journal(lms: Lms) -> None:
    faulty(lms, action="lost_answer")
    cut_of(lms)
    entry = lms.mock("GET", "/journal?last=1&limit=1")["entries"][0]
    assert (entry["operation"], entry["status"], entry["fault"]) == ("bulk_unenroll", None, "lost_answer")
    assert entry["answer"]["body"] is None


def test_a_call_without_a_token_can_go_wrong_too(lms: Lms) -> None:
    lms.mock("PUT", "/faults", {"rules": [{"action": "status", "status": 503, "operation": "issue_token"}]})
    answer = lms.http.post("/oauth2/token", data={"grant_type": "password"})
    assert answer.status_code == 503
    assert answer.get_json()["error"] == "server_error"


@pytest.mark.parametrize("name", ["flaky-network", "throttled", "lost-answer", "maintenance"])
def test_a_profile_is_a_list_of_rules(lms: Lms, name: str) -> None:
    ready = {each["name"]: each["rules"] for each in lms.mock("GET", "/fault-profiles")["profiles"]}
    found = lms.mock("PUT", "/faults", {"profile": name, "seed": 7})["faults"]
    assert [each["rule"]["action"] for each in found] == [rule["action"] for rule in ready[name]]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rules": [], "profile": "throttled"},
        {"rules": [{"action": "explode"}]},
        {"rules": {}},
        {"profile": "calm"},
        {"rules": [], "seed": 1},
        {"rules": [{"action": "drop", "operation": "bulk_unenrol"}]},
    ],
)
def test_rules_that_make_no_sense_are_refused_and_the_old_ones_stay(lms: Lms, body: object) -> None:
    faulty(lms, action="drop")
    before = lms.mock("GET", "/faults")
    lms.mock("PUT", "/faults", body, status=400)
    assert lms.mock("GET", "/faults") == before


def test_an_environment_without_a_length_has_no_body(lms: Lms) -> None:
    environ = EnvironBuilder(WHO, headers=Headers({"Authorization": f"Bearer {lms.token}"})).get_environ()
    environ["wsgi.input"] = io.BytesIO(b"left over from the connection")
    started: list[Any] = []
    b"".join(lms.edge(environ, lambda status, *_: started.append(status)))
    assert started == ["200 OK"]
