"""Catalogs, categories, certifications, additional fields and training material."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import NewLms
from tests.support.lms import Lms

CATALOG = "/learn/v1/catalog"


def ids(items: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(item["item_type"], item["item_id"]) for item in items]


@pytest.mark.both_databases
def test_a_catalog_shows_its_items_if_it_is_asked_to(lms: Lms) -> None:
    plain = lms.items(CATALOG)
    assert [(row["catalogue_id"], row["number_items"], row["sub_items"]) for row in plain] == [
        (1, 3, []),
        (2, 3, []),
        (3, 4, []),
    ]
    for row in lms.items(f"{CATALOG}?show_item_list=1"):
        assert row["sub_items"] == lms.items(f"{CATALOG}/{row['catalogue_id']}")
        assert len(row["sub_items"]) == row["number_items"]


@pytest.mark.both_databases
def test_no_more_items_are_shown_than_were_asked_for(lms: Lms) -> None:
    rows = lms.items(f"{CATALOG}?show_item_list=1&items_per_catalog=2")
    assert [ids(row["sub_items"]) for row in rows] == [
        [("elearning", 202), ("elearning", 203)],
        [("elearning", 201), ("classroom", 204)],
        [("elearning", 201), ("classroom", 205)],
    ]
    assert [row["number_items"] for row in rows] == [3, 3, 4]


def test_a_catalog_never_shows_more_than_two_hundred_items(new_lms: NewLms, tmp_path: Any) -> None:
    courses = [{"id": number, "name": f"c{number}"} for number in range(1, 301)]
    path = tmp_path / "many.json"
    catalog = {"id": 1, "name": "All", "courses": [course["id"] for course in courses]}
    path.write_text(json.dumps({"courses": courses, "catalogs": [catalog]}))
    lms = new_lms(seed=str(path))
    (row,) = lms.items(f"{CATALOG}?show_item_list=1&items_per_catalog=99999")
    assert (len(row["sub_items"]), row["number_items"]) == (200, 300)
    assert len(lms.items(f"{CATALOG}/1")) == 300


@pytest.mark.both_databases
def test_an_item_is_a_course_or_a_learning_plan(lms: Lms) -> None:
    course, plan = lms.items(f"{CATALOG}/2")[1:]
    assert (course["item_name"], course["item_price"], course["price_status"]) == ("Forklift Driving", "480", 2)
    assert (course["item_category"], course["number_of_courses"], course["access_status"]) == (4, None, 1)
    assert (plan["item_type"], plan["item_id"], plan["item_name"]) == ("learning_plan", 32, "Warehouse Team")
    assert (plan["number_of_courses"], plan["item_price"], plan["access_status"]) == (2, None, None)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("query", "expected"),
    {
        "type[]=learning_plan": [("learning_plan", 33)],
        "type[]=classroom&type[]=learning_plan": [("classroom", 205), ("learning_plan", 33)],
        "search_text=REFRESH": [("learning_plan", 33)],
        "search_text=fire": [("elearning", 201)],
        "category_id=2": [("elearning", 201), ("classroom", 205), ("elearning", 206)],
        "category_id=9": [],
    }.items(),
)
def test_each_filter_of_a_catalog_filters(lms: Lms, query: str, expected: list[tuple[str, int]]) -> None:
    assert ids(lms.items(f"{CATALOG}/3?{query}")) == expected


def test_catalogs_are_found_by_their_code(lms: Lms) -> None:
    assert [row["catalogue_id"] for row in lms.items(f"{CATALOG}?code=WH")] == [2]
    assert lms.items(f"{CATALOG}?code=wh") == []


@pytest.mark.both_databases
def test_a_category_knows_its_level_and_what_is_above_it(lms: Lms) -> None:
    rows = lms.items("/learn/v1/categories")
    assert [(row["title"], row["title_parent"], row["lev"], row["has_child"]) for row in rows] == [
        ("Compliance", None, 1, True),
        ("Safety", "Compliance", 2, False),
        ("Privacy", "Compliance", 2, False),
        ("Warehouse", None, 1, False),
        ("Working Here", None, 1, False),
    ]


def test_a_deep_tree_is_walked_to_its_top(new_lms: NewLms, tmp_path: Any) -> None:
    path = tmp_path / "deep.json"
    tree = [{"id": n, "name": f"n{n}", **({"parent": n - 1} if n > 1 else {})} for n in range(1, 41)]
    path.write_text(json.dumps({"categories": tree}))
    rows = new_lms(seed=str(path)).items("/learn/v1/categories")
    assert [row["lev"] for row in rows] == list(range(1, 41))
    assert rows[-1]["title_parent"] == "n39"


@pytest.mark.both_databases
def test_certifications_say_how_long_they_are_good_for(lms: Lms) -> None:
    rows = lms.items("/learn/v1/certification")
    assert [(row["id_cert"], row["duration"], row["duration_unit"]) for row in rows] == [
        (1, "2", "year"),
        (2, "1", "year"),
        (3, "18", "month"),
    ]


@pytest.mark.both_databases
def test_training_material_comes_in_the_courses_order(lms: Lms) -> None:
    rows = lms.items("/learn/v1/courses/202/los")
    assert [(row["id_org"], row["object_type"]) for row in rows] == [(4, "scormorg"), (5, "test")]


@pytest.mark.both_databases
def test_the_fields_of_courses_are_those_and_no_others(lms: Lms) -> None:
    rows = lms.items("/learn/v1/courses/field")
    assert [(row["id"], row["name"]["value"], row["type"], row["mandatory"]) for row in rows] == [
        (21, "Owner", "textfield", False),
        (22, "Renewal", "dropdown", True),
        (23, "Reviewed On", "date", False),
    ]


@pytest.mark.parametrize("query", ["show_item_list=%00", "items_per_catalog=x", "code=%00", "page=x"])
def test_a_parameter_that_makes_no_sense_is_refused(lms: Lms, query: str) -> None:
    assert lms.call("GET", f"{CATALOG}?{query}", status=400)["message"][0].startswith(query.split("=", maxsplit=1)[0])
