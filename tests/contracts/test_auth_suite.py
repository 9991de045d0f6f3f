"""auth and CALL-STATUS-1: a server that is wrong in one operation only, for one kind of token only, is found out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from mock_lms_contracts.adapters import World
from mock_lms_contracts.adapters.mock import MockAdapter
from mock_lms_contracts.contract import METHODS, document, request_problems
from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.requirements import find, select
from mock_lms_contracts.rightcalls import enrolled_before, needs_known_ids, right_calls
from mock_lms_contracts.scenario import Ids
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import Verdict

from tests.contracts.driver import Mock, broken

pytestmark = pytest.mark.usefixtures("brief")
CHOSEN = [find("CALL-STATUS-1"), *select(["auth"])]
LIST = "/learn/v1/enrollments"
Lets = Callable[[str, str, str], bool]
"""Whether a token passes though it should not: of the token, the method and the path."""


@contextmanager
def lets_in(monkeypatch: pytest.MonkeyPatch, lets: Lets) -> Iterator[None]:
    """Targets whose server takes these calls as if they came with our own token."""
    call = Target.call

    def letting(self: Target, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        token = options.get("token")
        if token is not None and lets(token, method, path):
            options = {**options, "token": None}
        return call(self, method, path, body, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Target, "call", letting)
        yield


def test_a_right_call_is_made_of_every_operation_that_needs_a_token() -> None:
    ids = Ids(tuple(range(1, 20)), (1, 2, 3), (1, 2))
    calls = list(right_calls(ids, "x"))
    operations = {
        item[method]["operationId"]
        for path, item in document()["paths"].items()
        for method in METHODS
        if method in item and item[method].get("security") != [] and needs_known_ids(path)
    }
    assert {call.operation for call in calls} == operations
    assert len(calls) == len(operations)
    for call in calls:
        assert request_problems(call.method, call.path, None, call.body) == []
    writing = [call for call in calls if call.writes]
    assert len(enrolled_before()) == len(writing) + 1
    users = [user for user in ids.users if any(str(user) in f"{call.path} {json.dumps(call.body)}" for call in writing)]
    assert len(users) > 5


def test_without_plans_what_needs_one_is_left_out() -> None:
    left = {call.operation for call in right_calls(Ids((1,), (1,)), "x")}
    assert "list_learning_plan_courses" not in left
    assert "list_learning_plans" in left


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/learn/v1/lp"), ("PUT", "/learn/v1/enrollments"), ("POST", "/manage/v1/user"), ("POST", "courses")],
)
def test_one_operation_that_asks_for_no_token_is_found(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    with lets_in(monkeypatch, lambda token, verb, to: not token and verb == method and to.endswith(path)):
        outcome = mock.check(mock.tenant(), CHOSEN)
    assert broken(outcome) == {"AUTH-TOKEN-1"}


@pytest.mark.parametrize(
    ("method", "requirement"), [("expired_token", "AUTH-TOKEN-3"), ("learner_token", "AUTH-TOKEN-4")]
)
def test_a_token_that_expired_or_a_learners_that_passes_is_found(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, method: str, requirement: str
) -> None:
    tokens: set[str] = set()
    give = getattr(MockAdapter, method)

    def noting(adapter: MockAdapter, world: World) -> str:
        token: str = give(adapter, world)
        tokens.add(token)
        return token

    monkeypatch.setattr(MockAdapter, method, noting)
    with lets_in(monkeypatch, lambda token, verb, _: token in tokens and verb == "DELETE"):
        outcome = mock.check(mock.tenant(), CHOSEN)
    assert broken(outcome) == {requirement}


def test_a_learner_who_sees_the_enrollments_of_others_is_found(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens: set[str] = set()
    give = MockAdapter.learner_token

    def noting(adapter: MockAdapter, world: World) -> str:
        tokens.add(token := give(adapter, world))
        return token

    monkeypatch.setattr(MockAdapter, "learner_token", noting)
    with lets_in(monkeypatch, lambda token, verb, to: token in tokens and (verb, to) == ("GET", LIST)):
        outcome = mock.check(mock.tenant(), CHOSEN)
    assert broken(outcome) == {"AUTH-TOKEN-5"}


def test_a_refusal_that_did_the_work_all_the_same_is_found(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Target.call

    def working(self: Target, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        if options.get("token") == "" and method == "POST" and path == "/learn/v1/courses":
            call(self, method, path, body)
        return call(self, method, path, body, **options)

    monkeypatch.setattr(Target, "call", working)
    assert broken(mock.check(mock.tenant(), CHOSEN)) == {"AUTH-TOKEN-1"}


def answering(monkeypatch: pytest.MonkeyPatch, status: int, method: str, path: str) -> None:
    call = Target.call

    def failing(self: Target, verb: str, to: str, body: Any = None, **options: Any) -> Answer:
        if options.get("token") is None and (verb, to) == (method, path):
            self.calls.append(f"curl -X {verb} {to}")
            return Answer(status, {}, "out of order")
        return call(self, verb, to, body, **options)

    monkeypatch.setattr(Target, "call", failing)


@pytest.mark.parametrize("status", [400, 500, 502])
def test_a_right_call_that_fails_or_is_refused_is_found_by_a_requirement_of_its_own(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    answering(monkeypatch, status, "PUT", "/learn/v1/enrollments")
    outcome = mock.check(mock.tenant(), CHOSEN)
    assert broken(outcome) == {"CALL-STATUS-1"}


@pytest.mark.parametrize(("status", "path"), [(404, LIST), (501, LIST), (400, "")])
def test_what_is_not_served_or_only_assumed_is_left_out(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, status: int, path: str
) -> None:
    method, to = ("PUT", path) if path else ("POST", "/learn/v1/courses")
    answering(monkeypatch, status, method, to)
    outcome = mock.check(mock.tenant(), CHOSEN)
    assert {result.verdict for result in outcome.results} == {Verdict.PASS}


def test_a_list_that_fails_is_said_once_and_is_no_fault_of_the_other_requirements(
    mock: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, 500, "GET", "/course/v1/courses/enrollments")
    outcome = mock.check(mock.tenant(), select(["core"]))
    assert outcome.exit_code == 1
    assert broken(outcome) == {"CALL-STATUS-1"}
    (result,) = [result for result in outcome.results if result.verdict is Verdict.FAIL]
    assert result.message == "A right call of list_course_enrollments is answered with 500."
