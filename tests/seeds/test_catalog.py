"""What a seed file says about courses beside the enrollments."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Query = Callable[[str], list[tuple[Any, ...]]]
Plant = Callable[..., None]
Refused = Callable[..., str]

WORLD = """\
categories:
  - {id: 5, name: Sea}
  - {id: 4, name: Ropes, code: R, parent: 5}
course_fields:
  - {id: 7, title: Boat, mandatory: true}
  - {id: 8, title: Wind, type: dropdown, options: [calm, storm]}
courses:
  - {id: 3, name: Knots}
learning_plans:
  - {id: 6, name: Crew, courses: [3]}
"""


def test_a_course_holds_what_the_file_says_of_it(plant_file: Plant, query: Query) -> None:
    said = "language: nl, duration: 90, category: 4, credits: 1.5, price: 20, rating: 4.25"
    plant_file(WORLD.replace("{id: 3, name: Knots}", f"{{id: 3, name: Knots, {said}}}"))
    row = query("SELECT language, duration, category_id, credits, price, rating FROM courses")
    assert row == [("nl", 90, 4, 1.5, 20.0, 4.25)]


def test_what_the_file_does_not_say_of_a_course_has_its_default(plant_file: Plant, query: Query) -> None:
    plant_file(WORLD)
    row = query("SELECT language, duration, category_id, credits, price, rating FROM courses")
    assert row == [("en", 0, None, 0.0, 0.0, None)]
    assert not query("SELECT * FROM course_tags")


def test_the_tags_of_a_course_are_kept_by_their_kind(plant_file: Plant, query: Query) -> None:
    tags = "channels: [1, 2], skills: [1], content_partners: [p], visibility: [hidden]"
    plant_file(WORLD.replace("{id: 3, name: Knots}", f"{{id: 3, name: Knots, {tags}}}"))
    assert query("SELECT kind, tag FROM course_tags WHERE course_id = 3 ORDER BY 1, 2") == [
        ("channel", "1"),
        ("channel", "2"),
        ("content_partner", "p"),
        ("skill", "1"),
        ("visibility", "hidden"),
    ]


def test_additional_fields_and_their_values_are_planted(plant_file: Plant, query: Query) -> None:
    plant_file(WORLD.replace("{id: 3, name: Knots}", "{id: 3, name: Knots, fields: {7: Mary, 8: storm}}"))
    assert query("SELECT field_id, value FROM course_field_values WHERE course_id = 3") == [(7, "Mary"), (8, "storm")]
    fields = query("SELECT id, subject, type, title, options, mandatory, position FROM fields ORDER BY id")
    assert [(*row[:4], json.loads(row[4]), *row[5:]) for row in fields] == [
        (7, "course", "textfield", "Boat", [], 1, 1),
        (8, "course", "dropdown", "Wind", ["calm", "storm"], 0, 2),
    ]


def test_the_sections_around_courses_are_planted_in_their_order(plant_file: Plant, query: Query) -> None:
    plant_file(
        f"""{WORLD}
learning_objects:
  - {{id: 2, course: 3, title: B, type: video}}
  - {{id: 1, course: 3, title: A, type: test}}
catalogs: [{{id: 9, name: All, courses: [3], learning_plans: [6]}}]
certifications: [{{id: 4, title: Skipper, valid_for: 3, valid_unit: month}}]
locations: [{{id: 5, name: Pier, address: East}}]
"""
    )
    assert query("SELECT id, parent_id, code, name FROM categories ORDER BY id") == [
        (4, 5, "R", "Ropes"),
        (5, None, "", "Sea"),
    ]
    assert query("SELECT id, course_id, position, title, type FROM learning_objects ORDER BY position") == [
        (2, 3, 1, "B", "video"),
        (1, 3, 2, "A", "test"),
    ]
    assert query("SELECT * FROM catalog_items ORDER BY position") == [(9, 1, 3, None), (9, 2, None, 6)]
    assert query("SELECT id, code, title, valid_for, valid_unit FROM certifications") == [
        (4, "", "Skipper", 3, "month")
    ]
    assert query("SELECT id, name, address FROM locations") == [(5, "Pier", "East")]


@pytest.mark.parametrize(
    ("written", "said"),
    {
        "{id: 3, name: K, category: 9}": "courses.0.category: there is no category 9 in this file",
        "{id: 3, name: K, duration: -1}": "courses.0.duration: -1 is no number of seconds",
        "{id: 3, name: K, rating: 6}": "courses.0.rating: 6 is no rating: a number from 1 to 5",
        "{id: 3, name: K, rating: 0}": "courses.0.rating: 0 is no rating: a number from 1 to 5",
        "{id: 3, name: K, price: free}": "courses.0.price: free is no price: a number from 0 to 1000000",
        "{id: 3, name: K, skills: 1}": "courses.0.skills: this must be a list",
        "{id: 3, name: K, skills: [1, 1]}": "courses.0.skills.1: 1 is in the list already, in line 8",
        "{id: 3, name: K, channels: ['']}": "courses.0.channels.0: the text must have 1 to 255 characters",
        "{id: 3, name: K, fields: [7]}": "courses.0.fields: this must be a mapping from a field's id to its value",
        "{id: 3, name: K, fields: {9: x}}": "courses.0.fields.9: there is no course field 9 in this file",
        "{id: 3, name: K, fields: {x: x}}": "courses.0.fields.x: there is no course field x in this file",
        "{id: 3, name: K, fields: {7: a, 07: b}}": "courses.0.fields.07: there is no course field 07 in this file",
        "{id: 3, name: K, fields: {8: fog}}": "courses.0.fields.8: fog is none of calm, storm",
    }.items(),
)
def test_what_is_wrong_with_a_course_is_named(refused: Refused, written: str, said: str) -> None:
    message = refused(WORLD.replace("{id: 3, name: Knots}", written))
    assert message.startswith(f"seed.yaml:8: {said}")


@pytest.mark.parametrize(
    ("written", "said"),
    {
        "catalogs: [{id: 1, name: a, courses: [9]}]": "catalogs.0.courses.0: there is no course 9 in this file",
        "catalogs: [{id: 1, name: a, courses: [3, 3]}]": "catalogs.0.courses.1: the catalog has course 3 already",
        "catalogs: [{id: 1, name: a, learning_plans: [3]}]": "catalogs.0.learning_plans.0: there is no learning plan 3",
        "learning_objects: [{id: 1, course: 9, title: a, type: video}]": "learning_objects.0.course: there is no cour",
        "learning_objects: [{id: 1, course: 3, title: a, type: x}]": "learning_objects.0.type: x is none of scormorg, ",
        "certifications: [{id: 1, title: a, valid_unit: eon}]": "certifications.0.valid_unit: eon is none of day, week",
        "certifications: [{id: 1, title: a}, {id: 1, title: b}]": "certifications.1.id: there is a certification 1 alr",
        "locations: [{id: 1}]": "locations.0: name is missing",
    }.items(),
)
def test_what_is_wrong_around_courses_is_named(refused: Refused, written: str, said: str) -> None:
    assert refused(WORLD + written).startswith(f"seed.yaml:11: {said}")


@pytest.mark.parametrize(
    ("written", "said"),
    {
        "categories: [{id: 1, name: a, parent: 1}]": "categories.0.parent: there is no category 1 in this file",
        "categories: [{id: 1, name: a, parent: 2}, {id: 2, name: b}]": "categories.0.parent: there is no category 2",
        "course_fields: [{id: 1, title: a, options: [x]}]": "course_fields.0: a dropdown has options, and no other",
        "course_fields: [{id: 1, title: a, type: dropdown}]": "course_fields.0: a dropdown has options, and no other",
        "course_fields: [{id: 1, title: a, type: x}]": "course_fields.0.type: x is none of textfield, ",
        "course_fields: [{id: 1, title: a}, {id: 1, title: b}]": "course_fields.1.id: there is a field 1 already",
    }.items(),
)
def test_a_tree_and_fields_that_cannot_be_are_refused(refused: Refused, written: str, said: str) -> None:
    assert refused(written).startswith(f"seed.yaml:1: {said}")
