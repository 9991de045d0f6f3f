"""openapi.yaml as a judge of what the suite sends and of what it gets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mock_lms_contracts.contract import narrowed, operation_of, request_problems, schema_problems
from mock_lms_contracts.exchange import Answer

BULK = "/learn/v1/enrollments"
LIST = "/course/v1/courses/enrollments"
RIGHT = {"user_ids": [13001], "course_ids": [201]}
JSON = {"content-type": "application/json; charset=utf-8"}


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, JSON if headers is None else headers, body if isinstance(body, str) else json.dumps(body))


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("DELETE", BULK, None, RIGHT),
        ("DELETE", BULK, None, {**RIGHT, "user_ids": [str(number) for number in range(1, 1_002)]}),
        ("DELETE", f"{BULK}/201/13001", None, None),
        ("POST", f"{BULK}/201/13001", None, None),
        ("GET", LIST, [("course_id[]", 201), ("course_id[]", "202"), ("page", 1), ("page_size", 200)], None),
        ("GET", LIST, {"course_id[0]": 201, "course_id": [201, 202], "enrollment_status[]": "completed"}, None),
    ],
)
def test_a_right_request_has_no_problems(method: str, path: str, query: Any, body: Any) -> None:
    assert request_problems(method, path, query, body) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "said"),
    [
        ("PATCH", BULK, None, None, "PATCH /learn/v1/enrollments is not in openapi.yaml"),
        ("DELETE", BULK, None, None, "needs a body"),
        ("DELETE", BULK, None, {"course_ids": [201]}, '"user_ids"'),
        ("DELETE", BULK, None, {**RIGHT, "user_ids": [1.5]}, "the body at user_ids/0"),
        ("DELETE", BULK, None, {**RIGHT, "reset_track": True}, "the body has reset_track"),
        ("DELETE", f"{BULK}/201/13001", None, {}, "takes no body"),
        ("DELETE", f"{BULK}/all/13001", None, None, "course_id"),
        ("GET", LIST, [("course", 201)], None, "has no parameter course"),
        ("GET", LIST, [("page_size", 0)], None, "page_size"),
        ("GET", LIST, [("enrollment_status[]", "finished")], None, "enrollment_status"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(method: str, path: str, query: Any, body: Any, said: str) -> None:
    problems = request_problems(method, path, query, body)
    assert any(said in problem for problem in problems), problems


def test_a_right_answer_has_no_problems() -> None:
    assert schema_problems("DELETE", BULK, answer({"data": {"un_enrolled": [13001], "errors": []}})) == []
    refusal = {"name": "Bad Request", "message": ["user_ids: at least one id is needed."], "code": 400, "status": 400}
    assert schema_problems("DELETE", BULK, answer(refusal, 400)) == []


def test_what_creates_may_answer_201_with_the_documented_body_and_nothing_else_may() -> None:
    assert schema_problems("POST", BULK, answer({"data": {"enrolled": [], "errors": []}}, 201)) == []
    assert schema_problems("POST", BULK, answer({"data": 1}, 201))
    assert schema_problems("DELETE", BULK, answer({"data": {"un_enrolled": [], "errors": []}}, 201))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (answer({"data": {"un_enrolled": ["13001"], "errors": []}}), "answer 200 at data/un_enrolled/0"),
        (answer({"data": {"un_enrolled": []}}), '"errors"'),
        (answer({}, 204), "answers 204, which is not documented"),
        (answer({}, 500), "answers 500, which is not documented"),
        (answer("<html>", headers={"Content-Type": "text/html"}), "with the type text/html"),
        (answer("{}", headers={}), "with the type none"),
        (answer("{"), "a body that is not JSON"),
        (answer("[" * 100_000), "a body that is not JSON"),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong(wrong: Answer, said: str) -> None:
    problems = schema_problems("DELETE", BULK, wrong)
    assert any(said in problem for problem in problems), problems


def test_a_fixed_path_comes_before_one_with_parameters() -> None:
    operation = operation_of("GET", "/learningplan/v1/learningplans/enrollments")
    assert operation is not None
    assert operation.id == "list_learning_plan_enrollments"


def test_narrowed_has_the_operations_that_were_asked_for_and_no_other() -> None:
    paths = narrowed(["bulk_unenroll"])["paths"]
    assert {path: set(item) & {"get", "post", "put", "delete"} for path, item in paths.items()} == {BULK: {"delete"}}
