"""The level and the dates of a new enrollment, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.tables import course_enrollments
from tests.support.lms import BULK, Lms
from tests.support.small import enroll, one, shown


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (1, "ghost"),
        (2, "guest"),
        (3, "student"),
        ("3", "student"),
        (4, "tutor"),
        ("4", "tutor"),
        (4.0, "tutor"),
        (5, "mentor"),
        (6, "instructor"),
        ("6", "instructor"),
        (7, "administrator"),
    ],
)
def test_a_level_is_a_number_or_a_numeric_string(small: Lms, level: object, name: str) -> None:
    enroll(small, [14], [21], level=level)
    small.call("POST", one(22, 14), {"level": level})
    assert [shown(small, course, 14)["level"] for course in (21, 22)] == [name, name]


def test_without_a_level_one_is_a_student(small: Lms) -> None:
    enroll(small, [14], [21])
    assert shown(small, 21, 14)["level"] == "student"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("2026-12-31", "2026-12-31 00:00:00"),
        ("2026-12-31 23:59:59", "2026-12-31 23:59:59"),
        ("2028-02-29", "2028-02-29 00:00:00"),
    ],
)
def test_a_validity_is_a_date_with_or_without_a_time(small: Lms, given: str, stored: str) -> None:
    enroll(small, [14], [21], date_begin_validity="2026-04-01", date_expire_validity=given)
    small.call("POST", one(22, 14), {"date_expire_validity": given})
    row = shown(small, 21, 14)
    assert row["validity_begin_date"] == row["validity_begin_datetime"] == "2026-04-01 00:00:00"
    assert row["validity_end_date"] == row["validity_end_datetime"] == stored
    other = shown(small, 22, 14)
    assert (other["validity_begin_date"], other["validity_end_date"]) == (None, stored)


NO_DATES = [
    "2026-02-30",
    "2026-02-29",
    "2026-13-01",
    "2026-1-1",
    "31/12/2026",
    "2026-12-31T10:00:00+24:00",
    "2026-12-31 24:00:00",
    "",
    20261231,
    None,
]


@pytest.mark.parametrize(
    ("field", "value"),
    [("date_expire_validity", value) for value in NO_DATES]
    + [("date_begin_validity", "2026-02-30")]
    + [("level", value) for value in (0, 8, "03", "student", " 3", True, None, 3.5, [3])],
)
def test_a_date_or_level_that_is_none_is_refused_and_nobody_enters(small: Lms, field: str, value: object) -> None:
    before = small.everything()
    refusals = [enroll(small, [14], [21], status=400, **{field: value})]
    refusals.append(small.call("POST", one(21, 14), {field: value}, status=400))
    assert all(refusal["message"][0].startswith(field) for refusal in refusals)
    assert small.everything() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "course_ids"),
        ({"user_ids": [14]}, "course_ids"),
        ({"course_ids": [21]}, "user_ids"),
        ({"user_ids": [], "course_ids": [21]}, "user_ids"),
        ({"user_ids": [14], "course_ids": []}, "course_ids"),
        ({"user_ids": [14], "course_ids": [0]}, "course_ids.0"),
        ({"user_ids": [14, "x"], "course_ids": [21]}, "user_ids.1"),
        ({"user_ids": 14, "course_ids": [21]}, "user_ids"),
        ({"user_ids": [14], "course_ids": [21], "atomic_enrollment": "yes"}, "atomic_enrollment"),
        ({"user_ids": [14], "course_ids": [21], "assignment_type": "perhaps"}, "assignment_type"),
        ({"user_ids": [14], "course_ids": list(range(1, 1002))}, "course_ids"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_fields_name_and_nobody_enters(
    small: Lms, body: dict[str, Any], field: str
) -> None:
    before = small.everything()
    refusal = small.call("POST", BULK, body, status=400)
    assert any(message.startswith(f"{field}:") for message in refusal["message"]), refusal
    assert small.everything() == before


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["mandatory", "required", "recommended", "optional"])
def test_the_assignment_type_is_kept(small: Lms, kind: str) -> None:
    enroll(small, [14], [21], assignment_type=kind)
    assert kind in next(row for row in small.rows(course_enrollments) if row[:2] == (21, 14))


def test_a_bulk_enrollment_needs_a_body(small: Lms) -> None:
    assert small.call("POST", BULK, status=400)["message"][0].startswith("body")
