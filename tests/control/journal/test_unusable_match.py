"""What is no match is refused, with the field and what there is instead."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mock_lms.control.journal.match import Match
from mock_lms.domain.errors import InvalidRequest

NAMES = ("operation", "method", "path", "status", "user_id", "fault", "users")


@pytest.mark.parametrize(
    ("asked", "field", "known"),
    [
        ({"operatoin": "x"}, "operatoin", "operation, method, path, status, user_id, fault, users, query, body"),
        ({"operation": None}, "operation", '"none"'),
        ({"operation": ""}, "operation", "text"),
        ({"method": "DELET"}, "method", "DELETE, GET"),
        ({"method": 1}, "method", "DELETE, GET"),
        ({"path": "learn/v1"}, "path", "Begin with /"),
        ({"path": "/learn/v1/lp?page=1"}, "path", "query"),
        ({"path": "/learn/v1/enrollments/{course_id}/1"}, "path", "*"),
        ({"status": 99}, "status", "2xx"),
        ({"status": 600}, "status", "2xx"),
        ({"status": True}, "status", "2xx"),
        ({"status": "6xx"}, "status", "2xx"),
        ({"status": []}, "status", "list"),
        ({"status": [200, "ok"]}, "status", "2xx"),
        ({"status": None}, "status", "none"),
        ({"user_id": True}, "user_id", "13001"),
        ({"user_id": "01"}, "user_id", "13001"),
        ({"user_id": [1]}, "user_id", "13001"),
        ({"fault": 3}, "fault", "none"),
        ({"users": -1}, "users", "more_than"),
        ({"users": True}, "users", "more_than"),
        ({"users": "1000"}, "users", "more_than"),
        ({"users": {}}, "users", "at_least, at_most, less_than, more_than"),
        ({"users": {"over": 3}}, "users", "at_least, at_most, less_than, more_than"),
        ({"users": {"more_than": "3"}}, "users", "more_than"),
        ({"users": {"more_than": True}}, "users", "more_than"),
        ({"users": {"at_least": 3, "less_than": 3}}, "users", "no number is at least 3 and less than 3"),
        ({"users": {"more_than": 3, "at_most": 3}}, "users", "no number"),
        ({"users": {"less_than": 0}}, "users", "no number"),
        ({"query": {}}, "query", "page"),
        ({"query": "page=1"}, "query", "page"),
        ({"query": {"page": None}}, "query", "page"),
        ({"query": {"page": []}}, "query", "page"),
        ({"query": {"page": True}}, "query", "page"),
        ({"query": {"code": "abc"}}, "query", "never kept"),
        ({"body": [1]}, "body", "user_ids"),
        ({"body": {"a": [{"password": "abc"}]}}, "body", "never kept"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_by_name(asked: dict[str, Any], field: str, known: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Match.of(asked)
    assert str(refused.value).startswith(f"{field}: ")
    assert known in str(refused.value)


@pytest.mark.parametrize("asked", ["bulk_unenroll", ["operation"], None, {"body": {"a": object()}}, {1: 2}])
def test_what_is_no_json_object_is_no_match(asked: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^match: "):
        Match.of(asked)


def test_json_that_is_nested_too_deep_is_refused() -> None:
    deep: Any = {}
    for _ in range(900):
        deep = {"a": deep}
    with pytest.raises(InvalidRequest):
        Match.of({"body": deep})


def nested(levels: int, kind: type) -> Any:
    node: Any = 1
    for _ in range(levels):
        node = [node] if kind is list else {"a": node}
    return {"b": node}


@pytest.mark.parametrize("kind", [dict, list])
def test_a_body_may_be_nested_as_deep_as_can_be_compared(kind: type) -> None:
    asked = nested(48, kind)
    body = {"body": orjson.dumps(asked).decode(), "body_bytes": 0}
    assert Match.of({"body": asked}).matches({"request": body, **dict.fromkeys(NAMES)})
    with pytest.raises(InvalidRequest, match=r"^body: it is nested deeper than 50"):
        Match.of({"body": nested(49, kind)})


def test_an_operation_that_is_not_there_is_refused_if_one_says_which_are() -> None:
    assert Match.of({"operation": "bulk_unenrol"}).operation == "bulk_unenrol"
    for known in ("bulk_unenroll", "none"):
        Match.of({"operation": known}, ["bulk_unenroll", "unenroll"])
    with pytest.raises(InvalidRequest, match="bulk_unenroll, unenroll"):
        Match.of({"operation": "bulk_unenrol"}, ["bulk_unenroll", "unenroll"])
