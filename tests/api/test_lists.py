"""What all lists have in common: pages, order, how parameters are written, cursors. Filters are in the files beside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import NewLms
from tests.support.lists import KEYS, SORTS, key, page, pages
from tests.support.lms import BULK, Lms

COURSE_ENROLLMENTS = "/course/v1/courses/enrollments"

each_list = pytest.mark.parametrize("path", KEYS)


def test_every_list_is_tried() -> None:
    assert len(KEYS) == 18
    assert len(SORTS) == 49


@pytest.mark.both_databases
@each_list
def test_the_envelope_counts_what_is_there(lms: Lms, path: str) -> None:
    answer = lms.call("GET", f"{path}?page=1&page_size=2")
    assert (answer["version"], answer["extra_data"], answer["_links"]) == ("1.0.0", [], [])
    data = answer["data"]
    total = len(lms.items(path))
    assert total > 2
    assert len(data["items"]) == data["count"] == 2
    assert (data["current_page"], data["current_page_size"]) == (1, 2)
    assert (data["total_count"], data["total_page_count"]) == (total, (total + 1) // 2)
    assert (data["has_more_data"], data["cursor"], data["sort"]) == (True, None, [])


@pytest.mark.both_databases
@each_list
def test_without_parameters_it_is_the_first_page_of_ten(lms: Lms, path: str) -> None:
    data = lms.get(path)
    assert (data["current_page"], data["current_page_size"]) == (1, 10)
    assert data["count"] == len(data["items"]) == min(10, data["total_count"])


@each_list
def test_page_zero_is_the_first_page(lms: Lms, path: str) -> None:
    assert page(lms, path, 0) == page(lms, path, 1)


@each_list
def test_a_larger_page_than_two_hundred_is_two_hundred(lms: Lms, path: str) -> None:
    for size in (201, 500, 99999, 999_999_999_999_999):
        assert page(lms, path, 1, size)["current_page_size"] == 200
    for size in (1, 199, 200):
        assert page(lms, path, 1, size)["current_page_size"] == size


@pytest.mark.both_databases
def test_a_page_never_holds_more_than_two_hundred(new_lms: NewLms, tmp_path: Any) -> None:
    path = tmp_path / "many.json"
    path.write_text(json.dumps({"users": [{"id": 1000 + n, "username": f"u{n}"} for n in range(300)]}))
    lms = new_lms(seed=str(path))
    data = page(lms, "/manage/v1/user", 1, 99999)
    assert (data["count"], data["has_more_data"], data["total_page_count"]) == (200, True, 2)
    data = page(lms, "/manage/v1/user", 2, 99999)
    assert (data["count"], data["has_more_data"]) == (101, False)


@each_list
def test_a_page_that_cannot_be_is_refused(lms: Lms, path: str) -> None:
    for name, values in {
        "page_size": ("1.5", "", "x", "9999999999999999"),
        "page": ("x", "", "1.5", "%D9%A2", "9999999999999999", "1&page=2"),
    }.items():
        for value in values:
            refusal = lms.call("GET", f"{path}?{name}={value}", status=400)
            assert refusal["message"][0].startswith(f"{name}:")


@pytest.mark.both_databases
@each_list
def test_beyond_the_end_there_is_nothing(lms: Lms, path: str) -> None:
    for number in (100, 999_999_999_999_999):
        data = page(lms, path, number)
        assert (data["items"], data["count"], data["has_more_data"]) == ([], 0, False)
        assert (data["total_count"], data["current_page"]) == (page(lms, path)["total_count"], number)


@pytest.mark.both_databases
@each_list
def test_pages_do_not_overlap_and_together_are_everything(lms: Lms, path: str) -> None:
    for size in (1, 3, 7):
        found = [key(path, item) for item in pages(lms, path, size)]
        assert len(found) == len(set(found)) == page(lms, path)["total_count"]


def test_a_last_page_that_is_full_has_no_more_data(lms: Lms) -> None:
    data = page(lms, BULK, 4, 10)
    assert (data["count"], data["total_count"], data["has_more_data"]) == (10, 40, False)


# --- order


SHOWN_AS = {"last_update": ("date_last_updated", "updated_on")}
"""The fields in which an item shows what it is sorted by, where they have another name."""


def in_order(items: list[dict[str, Any]], attribute: str, direction: str) -> bool:
    shown = next(name for name in (attribute, *SHOWN_AS.get(attribute, ())) if name in items[0])
    values = [int(item[shown]) if attribute == "user_id" else item[shown] for item in items]
    given = [value for value in values if value is not None]
    at_the_end = [None] * (len(values) - len(given))
    return values == sorted(given, reverse=direction == "desc") + at_the_end


@pytest.mark.both_databases
@pytest.mark.parametrize(("path", "attribute"), SORTS)
def test_every_order_is_kept_from_page_to_page(lms: Lms, path: str, attribute: str) -> None:
    for direction in ("asc", "desc"):
        more = f"&sort_attr={attribute}&sort_dir={direction}"
        items = pages(lms, path, 4, more)
        found = [key(path, item) for item in items]
        assert len(found) == len(set(found)) == page(lms, path)["total_count"]
        assert in_order(items, attribute, direction)
        assert page(lms, path, 1, 4, more)["sort"] == [{"sort_attr": attribute, "sort_dir": direction}]
    assert in_order(pages(lms, path, 4, f"&sort_attr={attribute}"), attribute, "asc")


# --- how parameters are written


@pytest.mark.parametrize(
    "query",
    [
        "user_id[]=13001&user_id[]=13002",
        "user_id[0]=13001&user_id[1]=13002",
        "user_id[7]=13002&user_id[7]=13001",
        "user_id=13001&user_id=13002",
        "user_id=13001&user_id[]=13002",
        "user_id%5B%5D=13001&user_id%5B1%5D=13002",
        "user_id[]=13001.0&user_id[]=13002",
    ],
)
def test_an_array_may_be_written_in_many_ways(lms: Lms, query: str) -> None:
    rows = lms.items(f"{COURSE_ENROLLMENTS}?{query}")
    assert {row["user_id"] for row in rows} == {13001, 13002}


@pytest.mark.parametrize("query", ["user_id=13001", "user_id[]=13001", "user_id[0]=13001"])
def test_an_array_of_one_may_be_a_scalar(lms: Lms, query: str) -> None:
    assert {row["user_id"] for row in lms.items(f"{COURSE_ENROLLMENTS}?{query}")} == {13001}


@pytest.mark.parametrize(
    "query",
    [
        "enrollment_status=completed,in_progress",
        "enrollment_status[]=completed,in_progress",
        "enrollment_status[]=in_progress&enrollment_status[]=completed",
    ],
)
def test_statuses_may_be_a_list_with_commas(lms: Lms, query: str) -> None:
    rows = lms.items(f"{COURSE_ENROLLMENTS}?{query}")
    assert {row["enrollment_status"] for row in rows} == {"completed", "in_progress"}


@pytest.mark.parametrize(
    "wrong", ["x", "", "0", "-1", "1.5", "1,2", "%D9%A1", "99999999999999999999", "013001", "13001%00"]
)
@pytest.mark.parametrize("spelling", ["user_id[]", "user_id"])
def test_what_is_no_id_is_refused(lms: Lms, spelling: str, wrong: str) -> None:
    refusal = lms.call("GET", f"{COURSE_ENROLLMENTS}?{spelling}={wrong}", status=400)
    assert refusal["message"][0].startswith("user_id")


@pytest.mark.parametrize("body", [{"user_id": [13001, "13002"]}, {"user_id": [13001, 13002], "page": 1}])
def test_parameters_may_come_in_a_json_body(lms: Lms, body: Any) -> None:
    rows = lms.call("GET", f"{COURSE_ENROLLMENTS}?page_size=200", body)["data"]["items"]
    assert {row["user_id"] for row in rows} == {13001, 13002}


def test_where_query_and_body_name_the_same_the_query_wins(lms: Lms) -> None:
    body = {"user_id": [13001], "enrollment_status": "completed", "page_size": 5}
    data = lms.call("GET", f"{COURSE_ENROLLMENTS}?user_id[]=13002&page_size=100", body)["data"]
    assert [(row["user_id"], row["enrollment_status"]) for row in data["items"]] == [(13002, "completed")]
    assert data["current_page_size"] == 100


@pytest.mark.both_databases
def test_a_scalar_in_the_body_is_an_array_of_one_and_an_empty_array_no_filter(lms: Lms) -> None:
    assert lms.call("GET", COURSE_ENROLLMENTS, {"user_id": 13002})["data"]["total_count"] == 3
    assert lms.call("GET", COURSE_ENROLLMENTS, {"user_id": []})["data"]["total_count"] == 28


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": ["x"]},
        {"user_id": [True]},
        {"user_id": None},
        {"user_id": {"a": 1}},
        {"page": "x"},
        {"page_size": [0]},
        {"enrollment_status": [[1]]},
        {"sort_attr": ["user_id"]},
        {"sort_attr": {}},
        {"page": 1.5},
        {"page": [1]},
        {"cursor": 5},
    ],
)
def test_a_wrong_value_in_the_body_is_refused(lms: Lms, body: Any) -> None:
    lms.call("GET", COURSE_ENROLLMENTS, body, status=400)


@each_list
def test_a_body_that_is_said_to_be_json_and_is_not_is_refused(lms: Lms, path: str) -> None:
    for raw in (b"{", b"\xff", b'{"page": }'):
        lms.call("GET", path, raw=raw, status=400)


@each_list
def test_names_that_the_list_does_not_know_are_ignored(lms: Lms, path: str) -> None:
    assert lms.get(f"{path}?nonsense=1&skills[]=x&deadline=soon&=&%00=1&a[b]=c") == lms.get(path)
