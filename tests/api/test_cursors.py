"""Cursors: a stored search that is sent back."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.support import contract
from tests.support.lists import (
    KEYS,
    PLANS,
    page,
    pages,
    parameters,
)
from tests.support.lms import BULK, Lms

COURSE_ENROLLMENTS = "/course/v1/courses/enrollments"


OF_PEOPLE = [
    path for path in KEYS if path.endswith("/enrollments") and {"user_id[]", "id_user[]"} & parameters(path).keys()
]
"""The lists of enrollments that can be searched by user."""


OF_ENROLLMENTS = [path for path in KEYS if path.endswith("/enrollments")]

each_list = pytest.mark.parametrize("path", KEYS)
each_list_of_enrollments = pytest.mark.parametrize("path", OF_ENROLLMENTS)


@each_list
def test_there_is_a_cursor_only_if_it_is_asked_for(lms: Lms, path: str) -> None:
    for no in ("0", "false", "False", "2", ""):
        assert lms.get(f"{path}?get_cursor={no}")["cursor"] is None
    for yes in ("1", "true", "True"):
        assert isinstance(lms.get(f"{path}?get_cursor={yes}")["cursor"], str)


@each_list
def test_a_cursor_remembers_the_size_of_the_page_until_a_call_names_another(lms: Lms, path: str) -> None:
    cursor = page(lms, path, 1, 2, "&get_cursor=1")["cursor"]
    second = lms.get(f"{path}?cursor={cursor}&page=2")
    assert (second["current_page_size"], second["items"]) == (2, page(lms, path, 2, 2)["items"])
    assert second["items"]
    for size, expected in ((1, 1), (3, 3), (-1, 10)):
        assert lms.get(f"{path}?cursor={cursor}&page_size={size}")["current_page_size"] == expected
    assert lms.call("GET", path, {"cursor": cursor})["data"]["current_page_size"] == 2


@pytest.mark.parametrize("path", [path for path in KEYS if "sort_attr" in parameters(path)])
def test_a_cursor_remembers_the_order(lms: Lms, path: str) -> None:
    attribute = next(iter(contract.words(parameters(path)["sort_attr"])))
    more = f"&sort_attr={attribute}&sort_dir=desc"
    cursor = page(lms, path, 1, 3, f"{more}&get_cursor=1")["cursor"]
    assert pages(lms, path, 3, f"&cursor={cursor}") == pages(lms, path, 3, more)


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
        searches += [{"search": "\0"}, {"level": []}, {"updated_from": "2026-02-30"}]
    else:
        searches += [{"enrollment_status": [[1]]}, {"sort_attr": []}, {"page_size": "x"}]
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
