"""`/api/learn/v1/...` is `/learn/v1/...`: two public programs write it so (what-clients-call.md 1)."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.http.operations import without_api
from tests.support.lms import Lms

WHO = "/manage/v1/user/session"
COURSES = "/learn/v1/courses?page_size=2"


def last_call(lms: Lms) -> dict[str, Any]:
    calls: list[dict[str, Any]] = lms.mock("GET", "/journal?last=1&limit=1")["entries"]
    return calls[0]


def test_an_operation_answers_below_api_as_it_does_without(lms: Lms) -> None:
    assert lms.get(f"/api{COURSES}") == lms.get(COURSES)
    lms.call("DELETE", "/api/learn/v1/enrollments", {"user_ids": [13001], "course_ids": [201]})
    assert (201, 13001) not in lms.pairs()


def test_a_tenants_path_may_come_before_it(lms: Lms) -> None:
    assert lms.get(f"/t/{lms.name}/api{WHO}") == lms.get(WHO)


def test_the_journal_has_the_path_that_was_sent_and_the_operation(lms: Lms) -> None:
    lms.get(f"/api{COURSES}")
    call = last_call(lms)
    assert (call["path"], call["operation"]) == ("/api/learn/v1/courses", "list_learn_courses")


def test_a_fault_on_the_operation_or_on_its_path_acts_below_it(lms: Lms) -> None:
    for match in ({"operation": "get_session"}, {"path": WHO}):
        lms.mock("PUT", "/faults", {"rules": [{**match, "action": "status", "status": 429}]})
        lms.call("GET", f"/api{WHO}", status=429)
        assert last_call(lms)["fault"] == "status"


def test_who_has_no_token_is_no_more_welcome_there(lms: Lms) -> None:
    lms.call("GET", f"/api{WHO}", token=None, status=401)


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api-browser/", "/api/v1/courses", "/api/learn", "/api/learn/courses", "/apis/learn/v1/courses",
     "/learn/v1/api/learn/v1/courses", "/api/_mock/v1/clock", "/api//learn/v1/courses"],
)  # fmt: skip
def test_it_stands_before_a_service_and_its_version_only(path: str) -> None:
    assert without_api(path) == path


def test_it_stands_there_once(lms: Lms) -> None:
    lms.call("GET", f"/api/api{WHO}", status=404)
    assert last_call(lms)["operation"] is None
