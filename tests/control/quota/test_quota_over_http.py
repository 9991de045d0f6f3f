"""The quota as a client meets it."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from tests.support import contract
from tests.support.lms import NOON, Lms

WHO = "/manage/v1/user/session"


def test_without_a_quota_nobody_is_refused(lms: Lms) -> None:
    assert lms.mock("GET", "/quota") == {"quota": None}
    for _ in range(20):
        lms.get(WHO)


@pytest.mark.both_databases
def test_the_quota_of_the_vendor_is_a_thousand_calls_an_hour(lms: Lms) -> None:
    limit = lms.mock("PUT", "/quota", {})["quota"]["limit"]
    assert limit == {"calls": 1_000, "seconds": 3_600, "retry_after": "seconds"}


@pytest.mark.both_databases
def test_what_is_over_the_quota_is_a_429_that_says_when_to_come_back(lms: Lms) -> None:
    lms.mock("PUT", "/quota", {"calls": 2, "seconds": 60})
    lms.get(WHO)
    lms.get(WHO)
    refused = lms.call("GET", WHO, status=429)
    assert (refused["name"], refused["code"]) == ("Too Many Requests", 429)
    assert lms.last.headers["Retry-After"] == "30"
    lms.advance(seconds=29)
    lms.call("GET", WHO, status=429)
    assert lms.last.headers["Retry-After"] == "1"
    lms.advance(seconds=1)
    lms.get(WHO)
    report = lms.mock("GET", "/quota")["quota"]
    assert {name: report[name] for name in ("remaining", "taken", "refused", "early")} == {
        "remaining": 0,
        "taken": 3,
        "refused": 2,
        "early": 1,
    }


def test_the_other_form_of_the_header_is_a_date_by_the_tenants_clock(lms: Lms) -> None:
    lms.mock("PUT", "/quota", {"calls": 1, "seconds": 60, "retry_after": "date"})
    lms.get(WHO)
    lms.call("GET", WHO, status=429)
    back = parsedate_to_datetime(lms.last.headers["Retry-After"])
    assert (back - NOON).total_seconds() == 60
    assert parsedate_to_datetime(lms.last.headers["Date"]) == NOON


def test_a_call_that_is_over_the_quota_does_nothing(lms: Lms) -> None:
    lms.mock("PUT", "/quota", {"calls": 1, "seconds": 3_600})
    before = lms.pairs()
    lms.mock("PUT", "/quota", {"calls": 1, "seconds": 3_600})
    lms.get(WHO)
    body = {"user_ids": [13001], "course_ids": [201]}
    lms.call("DELETE", "/learn/v1/enrollments", body, status=429)
    lms.mock("DELETE", "/quota")
    assert lms.pairs() == before


def test_the_control_api_and_the_documents_count_for_nothing(lms: Lms) -> None:
    lms.mock("PUT", "/quota", {"calls": 1, "seconds": 3_600})
    for _ in range(3):
        lms.mock("GET", "/clock")
        lms.http.get("/openapi.yaml")
    lms.get(WHO)


@pytest.mark.parametrize("body", [{"calls": 0}, {"calls": True}, {"seconds": "60"}, {"retry_after": "both"}, {"x": 1}])
def test_a_quota_that_makes_no_sense_is_refused_and_the_old_one_stays(lms: Lms, body: object) -> None:
    lms.mock("PUT", "/quota", {"calls": 7, "seconds": 8})
    lms.mock("PUT", "/quota", body, status=400)
    assert lms.mock("GET", "/quota")["quota"]["limit"]["calls"] == 7


def test_asking_for_a_token_counts_too_and_is_refused_in_its_own_envelope(lms: Lms) -> None:
    lms.mock("PUT", "/quota", {"calls": 1, "seconds": 3_600})
    lms.get(WHO)
    form = {"grant_type": "client_credentials", "client_id": "mock-lms", "client_secret": "s3cret"}
    answer = lms.http.post("/oauth2/token", data=form)
    assert answer.status_code == 429
    assert answer.get_json()["error"] == "invalid_request"
    contract.check("POST", "/oauth2/token", 429, answer.content_type, set(), answer.data)
