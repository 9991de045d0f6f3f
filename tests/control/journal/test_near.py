"""What a call to no operation was meant for, by the contract's own paths."""

from __future__ import annotations

import re
from pathlib import Path
from time import perf_counter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mock_lms.control.journal.near import nearest, sentence

CONTRACT = yaml.safe_load((Path(__file__).parents[3] / "openapi.yaml").read_text(encoding="utf-8"))
OPERATIONS = [
    (method.upper(), path, operation["operationId"])
    for path, methods in CONTRACT["paths"].items()
    for method, operation in methods.items()
    if isinstance(operation, dict) and "operationId" in operation
]


def test_the_contract_is_what_this_is_tried_on() -> None:
    assert len(OPERATIONS) > 20


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("DELETE", "/learn/v1/enrollment", "bulk_unenroll"),
        ("DELETE", "/learn/v1/enrollments/", "bulk_unenroll"),
        ("DELETE", "/LEARN/V1/ENROLLMENTS", "bulk_unenroll"),
        ("DELETE", "/learn/v1/enrollment/batchs", "batch_unenroll"),
        ("DELETE", "/learn/v1/enrollments/batch", "batch_unenroll"),
        ("DELETE", "/learn/v1/enrolments/7/13001", "unenroll"),
        ("DELETE", "/v1/enrollments", "bulk_unenroll"),
        ("DELETE", "/api/learn/v1/enrollments", "bulk_unenroll"),
        ("GET", "/course/v1/course", "list_courses"),
        ("GET", "/course/v1/courses/enrolments", "list_course_enrollments"),
        ("GET", "/learningplan/v1/learningplan/31/courses", "list_learning_plan_courses"),
        ("GET", "/learningplan/v1/learningplans/31/course/enrollments", "list_learning_plan_course_enrollments"),
        ("POST", "/oauth/token", "issue_token"),
        ("GET", "/manage/v1/users", "list_users"),
    ],
)
def test_the_operation_that_was_meant_comes_first(method: str, path: str, operation: str) -> None:
    found = nearest(method, path, OPERATIONS)
    assert found[0].operation == operation
    assert len(found) <= 3


def test_the_sentence_names_the_nearest() -> None:
    assert sentence("DELETE", "/learn/v1/enrollment", OPERATIONS) == (
        "DELETE /learn/v1/enrollment is no operation; nearest: DELETE /learn/v1/enrollments (bulk_unenroll)"
    )


def test_a_right_path_with_a_wrong_method_says_which_methods_there_are() -> None:
    assert sentence("PATCH", "/learn/v1/enrollments", OPERATIONS) == (
        "PATCH /learn/v1/enrollments is no operation; this path has DELETE (bulk_unenroll), GET (list_enrollments), "
        "POST (bulk_enroll), PUT (bulk_update_enrollments)"
    )
    assert sentence("PATCH", "/learn/v1/enrollments/7/11", OPERATIONS).endswith(
        "this path has GET (get_enrollment), POST (enroll), PUT (update_enrollment), DELETE (unenroll)"
    )
    assert [near.path for near in nearest("PATCH", "/learn/v1/enrollments", OPERATIONS)] == [
        "/learn/v1/enrollments"
    ] * 3


def test_a_parameter_is_never_empty() -> None:
    assert "nearest:" in sentence("PATCH", "/learn/v1/enrollments/7/", OPERATIONS)


@pytest.mark.parametrize("path", ["/", "", "/favicon.ico", "/wp-admin/setup.php", "*"])
def test_what_resembles_nothing_is_near_nothing(path: str) -> None:
    assert nearest("GET", path, OPERATIONS) == []
    assert sentence("GET", path, OPERATIONS) == f"GET {path} is no operation, and none is near"


def test_where_there_are_no_operations_none_is_near() -> None:
    assert nearest("GET", "/learn/v1/lp", []) == []


def test_as_many_are_named_as_are_asked_for() -> None:
    assert [len(nearest("GET", "/learn/v1/enrollment", OPERATIONS, most)) for most in (0, 1, 5)] == [0, 1, 5]


@given(operation=st.sampled_from(OPERATIONS), at=st.integers(0, 100), letter=st.sampled_from("xyz"))
def test_one_wrong_letter_is_forgiven(operation: tuple[str, str, str], at: int, letter: str) -> None:
    method, template, name = operation
    path = "/".join("13" if part.startswith("{") else part for part in template.split("/"))
    at = 1 + at % len(path)
    wrong = path[:at] + letter + path[at:]
    if any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", other), wrong) for _, other, _ in OPERATIONS):
        return  # it is the path of another operation
    assert name in [near.operation for near in nearest(method, wrong, OPERATIONS)]


@pytest.mark.parametrize(
    "path", ["/" + "learningplans" * 5_000, "/" * 100_000, "/".join(f"/enrollment{number}" for number in range(9_000))]
)
def test_a_hostile_path_takes_no_time(path: str) -> None:
    start = perf_counter()
    assert len(sentence("GET", path, OPERATIONS)) < 400
    assert perf_counter() - start < 1
