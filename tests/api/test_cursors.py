"""Cursors: a stored search that is sent back."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.support.lists import PLANS, WITH_CURSOR, page, pages, parameters
from tests.support.lms import BULK, Lms

COURSE_ENROLLMENTS = "/course/v1/courses/enrollments"

each_list_with_cursor = pytest.mark.parametrize("path", WITH_CURSOR)

OF_PEOPLE = [path for path in WITH_CURSOR if {"user_id[]", "id_user[]"} & parameters(path).keys()]
"""The lists that can be searched by user."""


@each_list_with_cursor
def test_there_is_a_cursor_only_if_it_is_asked_for(lms: Lms, path: str) -> None:
    assert lms.get(f"{path}?get_cursor=0")["cursor"] is None
    assert isinstance(lms.get(f"{path}?get_cursor=1")["cursor"], str)
    lms.call("GET", f"{path}?get_cursor=2", status=400)


@pytest.mark.parametrize("path", [path for path in OF_PEOPLE if "/201/" not in path])
def test_a_cursor_brings_back_the_search_it_was_answered_for(lms: Lms, path: str) -> None:
    user = "id_user" if path == BULK else "user_id"
    more = f"&{user}[]=13001&{user}[]=13004" + ("" if path == BULK else "&sort_attr=username&sort_dir=desc")
    cursor = page(lms, path, 1, 2, f"{more}&get_cursor=1")["cursor"]
    expected = pages(lms, path, 2, more)
    assert len(expected) > 2
    assert pages(lms, path, 2, f"&cursor={cursor}") == expected
    assert page(lms, path, 1, 2, f"&cursor={cursor}")["cursor"] == cursor


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "more",
    ["&enrollment_level[]=instructor", "&enrollment_status[]=enrolled&course_type[]=classroom", "&user_id[]=13001"],
)
def test_a_cursor_keeps_every_kind_of_filter(lms: Lms, more: str) -> None:
    expected = page(lms, COURSE_ENROLLMENTS, 1, 50, more)
    assert 0 < expected["total_count"] < 28
    cursor = page(lms, COURSE_ENROLLMENTS, 1, 50, f"{more}&get_cursor=1")["cursor"]
    assert page(lms, COURSE_ENROLLMENTS, 1, 50, f"&cursor={cursor}")["items"] == expected["items"]


@pytest.mark.both_databases
def test_a_cursor_of_a_search_for_a_thousand_users_can_be_sent_back(lms: Lms) -> None:
    users = [13001, *range(100_000, 100_999)]
    data = lms.call("GET", f"{COURSE_ENROLLMENTS}?get_cursor=1", {"user_id": users})["data"]
    again = lms.call("GET", COURSE_ENROLLMENTS, {"cursor": data["cursor"], "page_size": 10})["data"]
    assert again["items"] == data["items"]


def cursor_of(search: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(search).encode()).decode().rstrip("=")


@pytest.mark.parametrize("path", OF_PEOPLE)
def test_a_cursor_that_the_server_never_answered_is_refused(lms: Lms, path: str) -> None:
    user = "id_user" if path == BULK else "user_id"
    searches: list[Any] = [[], "x", None, {user: ["x"]}, {user: [10**30]}, {user: {}}, {"page": 2}, {"cursor": "x"}]
    if path == BULK:
        searches += [{"search": "\0"}, {"level": "x"}, {"updated_from": "2026-02-30"}]
    else:
        searches += [{"enrollment_status": [[1]]}, {"sort_attr": "password_hash"}, {"sort_attr": []}]
    for cursor in ("x", "AAAA", *map(cursor_of, searches)):
        lms.call("GET", f"{path}?cursor={cursor}", status=404)
        lms.call("GET", path, {"cursor": cursor}, status=404)
    for cursor in ("!!!!", "%C3%BC", "a%20b", "a=", "a" * 60_001):
        lms.call("GET", f"{path}?cursor={cursor}", status=400)


def test_a_cursor_of_another_list_is_refused_or_harmless(lms: Lms) -> None:
    cursor = lms.get(f"{PLANS}/enrollments?learning_plan_id[]=31&sort_attr=user_id&get_cursor=1")["cursor"]
    lms.call("GET", f"{COURSE_ENROLLMENTS}?cursor={cursor}", status=None)
    assert lms.last.status_code in {200, 404}


@pytest.mark.both_databases
def test_a_cursor_shows_a_learner_nobody_elses_enrollments(lms: Lms) -> None:
    cursor = lms.get(f"{BULK}?id_user[]=13001&get_cursor=1")["cursor"]
    token = lms.log_in("mei.chen", "learner-demo")
    assert {row["user_id"] for row in lms.items(f"{BULK}?cursor={cursor}", token=token)} <= {13002}


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/course/v1/courses/201/enrollments", "search_text=silva"),
        ("/learn/v1/catalog/3", "type[]=classroom"),
        ("/learn/v1/catalog", "code=WH"),
        ("/learn/v1/categories", "search_text=safe"),
        ("/learn/v1/certification", "search_text=first"),
    ],
)
def test_a_cursor_keeps_the_search_of_a_list_around_courses(lms: Lms, path: str, more: str) -> None:
    expected = page(lms, path, 1, 5, f"&{more}")
    assert expected["total_count"] == 1 < page(lms, path)["total_count"]
    cursor = page(lms, path, 1, 5, f"&{more}&get_cursor=1")["cursor"]
    assert page(lms, path, 1, 5, f"&cursor={cursor}")["items"] == expected["items"]
