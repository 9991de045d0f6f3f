"""The type that a body is said to be of, and what it is (what-clients-call.md 2.1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from tests.conftest import NewLms
from tests.support.lists import KEYS
from tests.support.lms import BULK, Lms
from tests.support.small import one

FORM = "application/x-www-form-urlencoded"
OTHER_TYPES = ["text/json", FORM, f"{FORM}; charset=utf-8", "text/plain", "multipart/form-data", "application/x-json"]
STRICT = "content_types=strict"
COURSES = "/learn/v1/courses"

WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", BULK, {"user_ids": [13012], "course_ids": [201, 202], "level": 4}),
    ("PUT", BULK, {"user_ids": [13001], "course_ids": [203], "status": 2}),
    ("DELETE", BULK, {"user_ids": [13001], "course_ids": [201]}),
    ("POST", one(201, 13012), {"level": 6}),
    ("POST", COURSES, {"name": "Working at Heights & more"}),
    ("POST", "/manage/v1/user", {"userid": "new.one", "password": "Secret=1&2"}),
    ("POST", "/learningplan/v1/learningplans/33/enrollments/bulk", {"items": {"user_ids": [13009]}}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_json_does_what_it_says_whatever_type_it_is_said_to_be_of(
    new_lms: NewLms, method: str, path: str, body: dict[str, Any]
) -> None:
    expected = new_lms()
    answer = expected.call(method, path, body)
    for content_type in OTHER_TYPES[:2]:
        lms = new_lms()
        assert lms.call(method, path, raw=orjson.dumps(body), content_type=content_type) == answer
        assert lms.pairs() == expected.pairs()


@pytest.mark.parametrize("content_type", OTHER_TYPES)
def test_json_of_any_type_is_taken_and_when_strict_it_is_a_415_that_changes_nothing(
    lms: Lms, new_lms: NewLms, content_type: str
) -> None:
    raw = orjson.dumps({"user_ids": [13001], "course_ids": [201]})
    assert lms.call("DELETE", BULK, raw=raw, content_type=content_type)["data"]["un_enrolled"] == [13001]
    strict = new_lms(policy=STRICT)
    before = strict.everything()
    refusal = strict.call("DELETE", BULK, raw=raw, content_type=content_type, status=415)
    assert "application/json" in refusal["message"][0]
    assert strict.everything() == before


def test_broken_json_is_refused_as_what_it_is_said_to_be(lms: Lms) -> None:
    before = lms.everything()
    raw = b'{"user_ids": [13001],}'
    assert "not JSON" in lms.call("DELETE", BULK, raw=raw, status=400)["message"][0]
    lms.call("DELETE", BULK, raw=raw, content_type="text/json", status=415)
    assert lms.call("DELETE", BULK, raw=raw, content_type=FORM, status=400)["message"][0].startswith("user_ids")
    for content_type in OTHER_TYPES:
        assert "object" in lms.call("DELETE", BULK, raw=b"[1]", content_type=content_type, status=400)["message"][0]
    assert lms.everything() == before


# --- forms


def test_the_fields_of_a_form_are_those_of_the_body(lms: Lms) -> None:
    fields = {"userid": "form.user", "firstname": "Zoë & co", "password": "a=b", "level": "6"}
    lms.call("POST", "/manage/v1/user", raw=urlencode(fields).encode(), content_type=FORM)
    (user,) = lms.items("/manage/v1/user?search_text=form.user")
    assert (user["username"], user["first_name"]) == ("form.user", "Zoë & co")
    lms.log_in("form.user", "a=b")


@pytest.mark.parametrize("written", ["user_ids[]=13001&course_ids[]=201", "user_ids[0]=13001&course_ids%5B%5D=201"])
def test_a_list_in_a_form_has_brackets_even_if_it_is_of_one(lms: Lms, written: str) -> None:
    answer = lms.call("DELETE", BULK, raw=written.encode(), content_type=FORM)
    assert answer["data"]["un_enrolled"] == [13001]


def test_a_form_that_makes_no_sense_is_refused_by_the_fields_name(lms: Lms) -> None:
    before = lms.everything()
    for raw, field in {
        b"user_ids=13001&course_ids[]=201": "user_ids",
        b"user_ids[]=13001": "course_ids",
        b"user_ids[]=x&course_ids[]=201": "user_ids.0",
        b"user_ids[]=13001&course_ids[]=201&reset_tracks=yes": "reset_tracks",
        b"x=1" + b"&" * 10_001: "body",
    }.items():
        refusal = lms.call("DELETE", BULK, raw=raw, content_type=FORM, status=400)
        assert refusal["message"][0].startswith(field)
    assert lms.everything() == before


@pytest.mark.parametrize("path", KEYS)
def test_a_form_in_a_get_names_parameters_and_the_query_wins(lms: Lms, path: str) -> None:
    expected = lms.get(f"{path}?page=2&page_size=2")
    assert lms.get(path, raw=b"page=2&page_size=2", content_type=FORM) == expected
    assert lms.get(f"{path}?page=2", raw=b"page=1&page_size=2", content_type=FORM) == expected
    for content_type in ("text/json", FORM):
        assert lms.get(path, raw=b'{"page": 2, "page_size": 2}', content_type=content_type) == expected


def test_a_form_in_a_get_filters_by_lists_too(lms: Lms) -> None:
    path = "/course/v1/courses/enrollments"
    for raw in (b"user_id[]=13002", b"user_id=13002", b"user_id[]=13002&enrollment_status[]=completed,in_progress"):
        rows = lms.get(path, raw=raw, content_type=FORM)["items"]
        assert {row["user_id"] for row in rows} == {13002}


@pytest.mark.parametrize("path", KEYS)
def test_when_strict_a_get_ignores_a_body_of_another_type(new_lms: NewLms, path: str) -> None:
    lms = new_lms(policy=STRICT)
    plain = lms.get(path)
    for raw, content_type in ((b"page=2&page_size=2", FORM), (b'{"page": 2}', FORM), (b'{"page": 2}', "text/json")):
        assert lms.get(path, raw=raw, content_type=content_type) == plain
    assert lms.get(path, body={"page": 2})["current_page"] == 2


# --- what stays strict


def test_the_control_api_takes_json_that_says_so_and_nothing_else(lms: Lms) -> None:
    before = lms.everything(but=())
    for content_type in OTHER_TYPES:
        lms.mock("POST", "/reset", raw=b"{}", content_type=content_type, status=415)
    assert lms.everything(but=()) == before


@pytest.mark.parametrize("content_type", OTHER_TYPES)
def test_no_password_is_kept_in_the_journal_whatever_type_it_came_as(lms: Lms, content_type: str) -> None:
    raw = b'{"userid": "quiet", "password": "hush-hush"}'
    lms.call("POST", "/manage/v1/user", raw=raw, content_type=content_type)
    lms.call("POST", "/manage/v1/user", raw=b"userid=quiet2&password=hush-hush", content_type=FORM)
    assert b"hush" not in orjson.dumps(lms.mock("GET", "/journal?last=1&limit=100"))
