"""enrolling: a server that enrolls or updates wrong in one thing is found out by the requirement that says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.people import names
from mock_lms_contracts.requirements import find, select
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import Verdict

from tests.contracts.driver import Mock, broken
from tests.contracts.wrong import Query, wrong

BULK = "/learn/v1/enrollments"
ONE = re.compile(rf"{BULK}/\d+/\d+")
Body = dict[str, Any]


def said(mock: Mock, *requirements: str) -> set[str]:
    """Which of these do not hold."""
    return broken(mock.check(mock.tenant(), [find(name) for name in requirements]))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("user 7 is unknown", True),
        ({"invalid_users": [7]}, True),
        ("no user 7.", True),
        ([{"id_user": "7"}], True),
        ("E1007", False),
        ("user 17", False),
        ("7.5 seconds", False),
        ("code-7", False),
        (None, False),
    ],
)
def test_an_id_is_named_as_a_whole_number_or_not_at_all(text: Any, named: bool) -> None:
    assert names(text, 7) is named


def without(*dropped: str) -> Callable[[str, str, Query, Any], tuple[Query, Any]]:
    """Fields of an update that are not heeded."""

    def ask(method: str, _: str, query: Query, body: Any) -> tuple[Query, Any]:
        kept = {name: value for name, value in (body or {}).items() if name not in dropped}
        return query, kept if method == "PUT" else body

    return ask


def new_unless_said(method: str, _: str, query: Query, body: Any) -> tuple[Query, Any]:
    return query, {"status": 0, **body} if method == "PUT" else body


def never_suspended(method: str, _: str, query: Query, body: Any) -> tuple[Query, Any]:
    return query, {**body, "status": 1} if method == "PUT" and body.get("status") == 3 else body


@pytest.mark.parametrize(
    ("ask", "requirement"),
    [
        (without("score_given"), "UPDATE-VALUES-1"),
        (without("date_complete"), "UPDATE-VALUES-1"),
        (without("status"), "UPDATE-STATUS-1"),
        (without("status"), "SINGLE-UPDATE-1"),
        (new_unless_said, "UPDATE-FIELDS-1"),
        (never_suspended, "UPDATE-STATUS-2"),
    ],
)
def test_an_update_that_does_not_heed_a_field_is_found(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, ask: Any, requirement: str
) -> None:
    wrong(monkeypatch, ask)
    assert said(mock, requirement) == {requirement}


def silent(*lists: str) -> Callable[[str, str, Query, Body], None]:
    """Answers that name nobody who failed."""

    def say(method: str, _: str, __: Query, data: Body) -> None:
        for name in lists if method in {"POST", "PUT"} else ():
            if name in data:
                data[name] = []

    return say


def misspelled(method: str, _: str, __: Query, data: Body) -> None:
    if method == "POST" and data.get("errors"):
        data["errors"] = [f"E{number}" for number in re.findall(r"\d+", str(data["errors"]))]


@pytest.mark.parametrize(
    ("say", "requirement"),
    [
        (silent("errors"), "ENROLL-ERRORS-2"),
        (misspelled, "ENROLL-ERRORS-2"),
        (silent("not_updated"), "UPDATE-MISSING-1"),
    ],
)
def test_an_answer_that_does_not_name_who_failed_is_found(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, say: Any, requirement: str
) -> None:
    wrong(monkeypatch, say=say)
    assert said(mock, requirement) == {requirement}


def also(monkeypatch: pytest.MonkeyPatch, more: Callable[[str, str, Any], tuple[str, str, Any] | None]) -> None:
    """After some calls the server does something that nobody asked for."""
    call = Target.call

    def doing(self: Target, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        answer = call(self, method, path, body, **options)
        other = more(method, path, body)
        if other:
            call(self, *other)
        return answer

    monkeypatch.setattr(Target, "call", doing)


def progress_is_lost(method: str, path: str, body: Any) -> Any:
    return ("PUT", BULK, {**body, "status": 0}) if (method, path) == ("POST", BULK) else None


def whoever_is_updated_is_enrolled(method: str, path: str, body: Any) -> Any:
    ids = {name: body[name] for name in ("user_ids", "course_ids")} if (method, path) == ("PUT", BULK) else None
    return ("POST", BULK, ids) if ids else None


def users_nearby(method: str, path: str, _: Any) -> Any:
    """Whoever of them is in the course has completed it."""
    if method not in {"POST", "PUT"} or not ONE.fullmatch(path):
        return None
    course, user = map(int, path.split("/")[-2:])
    others = [other for other in range(max(1, user - 400), user + 400) if other != user]
    return ("PUT", BULK, {"user_ids": others, "course_ids": [course], "status": 2})


@pytest.mark.parametrize(
    ("more", "requirement"),
    [
        (progress_is_lost, "ENROLL-REPEAT-1"),
        (whoever_is_updated_is_enrolled, "UPDATE-MISSING-1"),
        (users_nearby, "SINGLE-UPDATE-1"),
        (users_nearby, "SINGLE-ENROLL-1"),
    ],
)
def test_a_call_that_does_more_than_it_was_asked_is_found(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, more: Any, requirement: str
) -> None:
    also(monkeypatch, more)
    assert said(mock, requirement) == {requirement}


def test_an_unenrollment_that_cannot_be_taken_back_is_a_finding(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    left: set[int] = set()

    def ask(method: str, path: str, query: Query, body: Any) -> tuple[Query, Any]:
        if (method, path) == ("DELETE", BULK):
            left.update(body["user_ids"])
        if (method, path) == ("POST", BULK) and left & set(body["user_ids"]):
            return query, {**body, "user_ids": [1]}  # the administrator, who is nobody's concern
        return query, body

    wrong(monkeypatch, ask)
    assert said(mock, "ENROLL-BACK-1") == {"ENROLL-BACK-1"}


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.FAIL),
        (201, Verdict.FAIL),
        (400, Verdict.PASS),
        (403, Verdict.SKIPPED),
        (404, Verdict.SKIPPED),
    ],
)
def test_a_taken_username_is_refused_in_whatever_way_or_no_users_can_be_created(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, status: int, verdict: Verdict
) -> None:
    call = Target.call

    def answering(self: Target, method: str, path: str, *arguments: Any, **options: Any) -> Answer:
        answer = call(self, method, path, *arguments, **options)
        taken = path == "/manage/v1/user" and answer.status == 409
        return Answer(status, {}, '{"data": {"user_id": 7}}') if taken else answer

    monkeypatch.setattr(Target, "call", answering)
    (result,) = mock.check(mock.tenant(), [find("USER-TAKEN-1")]).results
    assert result.verdict is verdict


def created(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is posted is answered with 201."""
    call = Target.call

    def creating(self: Target, method: str, path: str, *arguments: Any, **options: Any) -> Answer:
        answer = call(self, method, path, *arguments, **options)
        return Answer(201, answer.headers, answer.text) if (method, answer.status) == ("POST", 200) else answer

    monkeypatch.setattr(Target, "call", creating)


def test_a_post_that_is_answered_with_201_is_right(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    created(monkeypatch)
    outcome = mock.check(mock.tenant(), select(["enrolling", "auth"]))
    assert broken(outcome) == set()
    assert outcome.exit_code == 0


def test_a_server_without_updates_is_judged_on_the_rest(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Target.call

    def refusing(self: Target, method: str, path: str, *arguments: Any, **options: Any) -> Answer:
        if method == "PUT":
            self.calls.append(f"curl -X PUT {path}")
            return Answer(405, {}, "")
        return call(self, method, path, *arguments, **options)

    monkeypatch.setattr(Target, "call", refusing)
    outcome = mock.check(mock.tenant(), select(["enrolling", "auth"]))
    told = {result.requirement: result.verdict for result in outcome.results}
    assert {name for name, verdict in told.items() if verdict is Verdict.SKIPPED} == {
        name for name in told if name.startswith("UPDATE-")
    } | {"SINGLE-UPDATE-1", "SINGLE-RECORD-1"}
    assert outcome.exit_code == 0
