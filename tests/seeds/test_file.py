from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mock_lms.seeds import plant
from mock_lms.storage.database import Database

Query = Callable[[str], list[tuple[Any, ...]]]
Plant = Callable[..., None]

NOW = "2026-03-01 12:00:00"

WORLD = """\
users:
  - {id: 7, username: ann}
  - {id: 8, username: bob}
courses:
  - {id: 3, name: Knots, certificate: Knotter}
  - {id: 4, name: Sails}
learning_plans:
  - {id: 5, name: Sailor, courses: [4, 3], certificate: Able Sailor}
"""


def test_what_is_left_out_has_a_default(plant_file: Plant, query: Query) -> None:
    plant_file(WORLD)
    user = "SELECT firstname, email, level, active, password_hash, created_at, updated_at FROM users WHERE id = 7"
    assert query(user) == [("", "", "user", 1, None, NOW, NOW)]
    course = (
        "SELECT uid, code, type, status, description, start_date, certificate, created_at FROM courses WHERE id = 3"
    )
    assert query(course) == [("E-000003", "", "elearning", "published", "", None, "Knotter", NOW)]
    plan = "SELECT uuid, code, description, published, certificate, created_at FROM learning_plans"
    assert query(plan) == [("00000000-0000-4000-8000-000000000005", "", "", 1, "Able Sailor", NOW)]
    assert query("SELECT course_id FROM learning_plan_courses ORDER BY position") == [(4,), (3,)]


def test_the_default_date_is_that_of_the_file(plant_file: Plant, query: Query) -> None:
    enrollments = "enrollments: [{course: 3, user: 7, status: completed}]\n"
    plans = "learning_plan_enrollments: [{learning_plan: 5, user: 7}]\n"
    certificates = "certificates: [{course: 3, user: 7}]\n"
    plant_file(f"created_at: 2020-02-29\n{WORLD}{enrollments}{plans}{certificates}")
    for table, column in (
        ("courses", "created_at"),
        ("course_enrollments", "enrolled_at"),
        ("tracks", "completed_at"),
        ("learning_plan_enrollments", "updated_at"),
        ("certificates", "issued_at"),
    ):
        assert query(f"SELECT DISTINCT {column} FROM {table}") == [("2020-02-29 00:00:00",)]


def test_the_empty_seed_and_an_empty_section_plant_nothing(plant_file: Plant, database: Database, query: Query) -> None:
    with database.begin() as transaction:
        plant(transaction, "empty", now=NOW, hash_password=str)
    plant_file("users:\ncourses: []\n")
    assert query("SELECT id FROM users") == [(1,)]


def test_what_stands_in_the_file_is_taken_as_it_is_written(plant_file: Plant, query: Query) -> None:
    plant_file("users: [{id: 7, username: 007, firstname: No, lastname: 'null', email: null}]\ncourses: []")
    assert query("SELECT username, firstname, lastname, email FROM users WHERE id = 7") == [("007", "No", "null", "")]


def test_passwords_are_stored_as_the_caller_hashes_them(plant_file: Plant, query: Query) -> None:
    plant_file("users: [{id: 7, username: ann, password: secret}, {id: 8, username: bob}]")
    hashed = query("SELECT password_hash FROM users WHERE id > 1 ORDER BY id")
    assert hashed == [("hash of secret",), (None,)]


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_json_is_read_as_well(plant_file: Plant, query: Query, ascii_only: bool, indent: int | str | None) -> None:
    name = "\N{GRINNING FACE}\N{GRINNING FACE} \\ud83d\\ude00 é \\"
    user = {"id": 7, "username": name, "active": False, "email": None}
    plant_file(json.dumps({"users": [user]}, ensure_ascii=ascii_only, indent=indent), "seed.json")
    assert query("SELECT username, active, email FROM users WHERE id = 7") == [(name, 0, "")]


def test_a_byte_order_mark_does_not_disturb(plant_file: Plant, query: Query) -> None:
    plant_file(b"\xef\xbb\xbfusers: [{id: 7, username: ann}]")
    assert query("SELECT username FROM users WHERE id = 7") == [("ann",)]


@pytest.mark.parametrize(
    ("written", "hold", "track"),
    [
        ("", None, None),
        ("status: subscribed", None, None),
        ("status: subscribed, time_spent: 60", None, ("subscribed", None, 60)),
        ("status: in_progress", None, ("in_progress", None, 0)),
        ("status: completed", None, ("completed", "2026-01-02 00:00:00", 0)),
        ("status: completed, completed_at: 2026-02-03", None, ("completed", "2026-02-03 00:00:00", 0)),
        ("status: waiting", "waiting", None),
        ("status: suspended, score: 1", "suspended", ("in_progress", None, 0)),
        ("status: overbooking, completed_at: 2026-02-03", "overbooking", ("completed", "2026-02-03 00:00:00", 0)),
        ("status: to_confirm", "to_confirm", None),
    ],
)
def test_a_hold_is_the_enrollments_and_progress_the_trackings(
    plant_file: Plant, query: Query, written: str, hold: str | None, track: tuple[object, ...] | None
) -> None:
    plant_file(f"{WORLD}enrollments: [{{course: 3, user: 7, enrolled_at: 2026-01-02, {written}}}]")
    assert query("SELECT hold FROM course_enrollments") == [(hold,)]
    assert query("SELECT status, completed_at, time_spent FROM tracks") == ([track] if track else [])


@pytest.mark.parametrize(("written", "level"), [("tutor", 4), ("6", 6), ("ghost", 1), ("student", 3)])
def test_a_level_is_a_name_or_a_number(plant_file: Plant, query: Query, written: str, level: int) -> None:
    plant_file(f"{WORLD}enrollments: [{{course: 3, user: 7, level: {written}}}]")
    assert query("SELECT level FROM course_enrollments") == [(level,)]


def test_an_enrollment_was_updated_when_anything_last_happened(plant_file: Plant, query: Query) -> None:
    dates = "enrolled_at: 2026-01-01, completed_at: 2026-01-03, last_access_at: 2026-01-02"
    plant_file(f"{WORLD}enrollments: [{{course: 3, user: 7, status: completed, {dates}}}]")
    assert query("SELECT updated_at FROM course_enrollments") == [("2026-01-03 00:00:00",)]


def test_tracking_without_an_enrollment_is_planted(plant_file: Plant, query: Query) -> None:
    plant_file(f"{WORLD}tracks: [{{course: 3, user: 7, score: 80.5, time_spent: 90}}]")
    assert query("SELECT status, score, time_spent FROM tracks") == [("in_progress", 80.5, 90)]
    assert not query("SELECT 1 FROM course_enrollments")


def test_new_ids_begin_after_those_of_the_file(plant_file: Plant, query: Query) -> None:
    more = "enrollments: [{course: 3, user: 7}, {course: 3, user: 8}]\ncertificates: [{user: 7, learning_plan: 5}]"
    plant_file(WORLD + more)
    assert dict(query("SELECT name, value FROM counters WHERE value > 0")) == {
        "users": 8,
        "courses": 4,
        "learning_plans": 5,
        "course_enrollments": 2,
        "certificates": 1,
    }
