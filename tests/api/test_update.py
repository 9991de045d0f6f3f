"""Updating enrollments, in bulk (`bulk_update_enrollments`) and one by one (`update_enrollment`)."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.tables import course_enrollments, tracks
from tests.support.lms import BULK, Lms
from tests.support.small import NOW, one, progress, shown, update, update_one

ELEVEN_IN_21 = ("completed", 80, "2026-02-01 10:00:00", 600)


def pair(course: int, user: int) -> dict[str, int]:
    return {"course_id": course, "user_id": user}


# --- who is updated


@pytest.mark.both_databases
def test_every_enrollment_of_the_users_in_the_courses_is_updated_and_the_other_pairs_are_listed(small: Lms) -> None:
    answer = update(small, [12, 11, 14, 99], [21, 23, 88], level=4)
    assert {(each["course_id"], each["user_id"]) for each in answer["updated"]} == {(21, 11), (21, 12), (23, 11)}
    assert len(answer["updated"]) == 3
    (missing,) = answer["not_updated"]
    others = {(23, 12), (21, 14), (23, 14), (21, 99), (23, 99), (88, 11), (88, 12), (88, 14), (88, 99)}
    assert {(each["course_id"], each["user_id"]) for each in missing["invalid_enrollments"]} == others
    assert len(missing["invalid_enrollments"]) == len(others)
    levels = {(row["course_id"], row["user_id"]): row["enrollment_level"] for row in every_enrollment(small)}
    assert {at for at, level in levels.items() if level == "tutor"} == {(21, 11), (21, 12), (23, 11)}


def every_enrollment(lms: Lms) -> list[dict[str, Any]]:
    return lms.items("/course/v1/courses/enrollments")


def test_if_all_are_updated_not_updated_is_empty(small: Lms) -> None:
    assert update(small, ["11", 11.0, 11], ["21"], level=4) == {"updated": [pair(21, 11)], "not_updated": []}


def test_the_older_spelling_works_as_well(small: Lms) -> None:
    answer = small.call("PUT", BULK, {"user_id": [11, 12], "course_id": [21], "level": 6})["data"]
    assert answer == {"updated": [pair(21, 11), pair(21, 12)], "not_updated": []}
    assert shown(small, 21, 12)["level"] == "instructor"


@pytest.mark.parametrize("extra", [{"user_ids": [12]}, {"course_ids": [23]}])
def test_half_of_the_newer_spelling_beside_the_whole_older_one_does_not_change_who_is_meant(
    small: Lms, extra: dict[str, Any]
) -> None:
    """The contract's oneOf is satisfied by the older spelling alone, so that is the one that counts, or none is."""
    before = small.everything()
    answer = small.call("PUT", BULK, {"user_id": [11], "course_id": [21], "level": 6, **extra}, status=None)
    if small.last.status_code == 200:
        assert answer["data"]["updated"] == [pair(21, 11)]
    else:
        assert (small.last.status_code, small.everything()) == (400, before)


@pytest.mark.both_databases
def test_a_single_update_changes_that_enrollment_only(small: Lms) -> None:
    others = [row for row in small.rows(course_enrollments) if row[:2] != (21, 11)]
    answer = update_one(small, 21, 11, level=4, date_expire_validity="2026-12-31")
    assert answer == {"updated": [pair(21, 11)], "not_updated": []}
    assert [row for row in small.rows(course_enrollments) if row[:2] != (21, 11)] == others
    row = shown(small, 21, 11)
    assert (row["level"], row["validity_end_date"]) == ("tutor", "2026-12-31 00:00:00")


@pytest.mark.both_databases
def test_a_single_update_of_no_enrollment_lists_the_pair(small: Lms) -> None:
    before = small.everything()
    answer = update_one(small, 21, 14, to=2)
    assert answer == {"updated": [], "not_updated": [{"invalid_enrollments": [pair(21, 14)]}]}
    assert small.everything() == before


@pytest.mark.both_databases
@pytest.mark.parametrize(("course", "user"), [(21, 99), (99, 11)])
def test_the_single_form_answers_404_for_who_or_what_does_not_exist(small: Lms, course: int, user: int) -> None:
    small.call("PUT", one(course, user), {"status": 2}, status=404)


# --- what is refused

BULK_IDS: dict[str, Any] = {"user_ids": [11], "course_ids": [21]}


@pytest.mark.parametrize(
    "ids",
    [
        {},
        {"user_ids": [11]},
        {"course_ids": [21]},
        {"user_id": [11]},
        {"user_ids": [11], "course_id": [21]},
        {"user_id": [11], "course_ids": [21]},
        {**BULK_IDS, "user_id": [11], "course_id": [21]},
        {"user_ids": [], "course_ids": [21]},
        {"user_ids": [11], "course_ids": [0]},
        {"user_id": 11, "course_id": 21},
    ],
)
def test_ids_come_in_just_one_of_the_two_spellings(small: Lms, ids: dict[str, Any]) -> None:
    before = small.everything()
    small.call("PUT", BULK, {**ids, "status": 2}, status=400)
    assert small.everything() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", value) for value in (5, -3, "completed", "02", "+1", True, None, 1.5, [2])]
    + [("level", value) for value in (0, 8, "tutor", None)]
    + [("score_given", value) for value in (-1, 1_000_001, "80", True, None)]
    + [("date_complete", value) for value in ("2026-02-30", "2026-03-01T12:60:00", "", None)]
    + [(name, "2026-02-30") for name in ("date_inscr", "date_first_access", "date_last_access")]
    + [(name, "2026-02-30") for name in ("date_begin_validity", "date_expire_validity")],
)
def test_a_value_that_makes_no_sense_is_refused_and_changes_nothing(small: Lms, field: str, value: object) -> None:
    before = small.everything()
    for path, ids in ((BULK, BULK_IDS), (one(21, 11), {})):
        refusal = small.call("PUT", path, {**ids, "level": 4, field: value}, status=400)
        assert refusal["message"][0].startswith(f"{field}:")
    assert small.everything() == before


def test_an_update_needs_a_body(small: Lms) -> None:
    before = small.everything()
    small.call("PUT", BULK, status=400)
    small.call("PUT", one(21, 11), status=400)
    assert small.everything() == before


# --- status


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "enrolled"),
        (1, "in_progress"),
        (2, "completed"),
        (3, "suspended"),
        (4, "overbooking"),
        (-1, "to_confirm"),
        (-2, "waiting"),
        ("0", "enrolled"),
        ("2", "completed"),
        ("-2", "waiting"),
        (-2.0, "waiting"),
    ],
)
def test_a_status_is_a_number_or_a_numeric_string(small: Lms, number: object, name: str) -> None:
    update(small, [11], [23], to=number)
    small.call("PUT", one(24, 11), {"status": number})
    assert [shown(small, course, 11)["status"] for course in (23, 24)] == [name, name]
    assert small.get(one(23, 11))["records"]["status"] == int(str(number).removesuffix(".0"))


@pytest.mark.both_databases
@pytest.mark.parametrize("hold", [3, 4, -1, -2])
def test_behind_a_hold_the_tracking_stays_as_it_was(small: Lms, hold: int) -> None:
    before = small.rows(tracks)
    update(small, [11], [21, 22, 23], to=hold)
    assert small.rows(tracks) == before
    assert progress(small, 21, 11)[1:] == ELEVEN_IN_21[1:]


@pytest.mark.both_databases
@pytest.mark.parametrize(("number", "name"), [(0, "enrolled"), (1, "in_progress"), (2, "completed")])
def test_a_hold_ends_with_the_next_progress(small: Lms, number: int, name: str) -> None:
    update(small, [11], [23], to=3)
    assert shown(small, 23, 11)["status"] == "suspended"
    update(small, [11], [23], to=number)
    assert shown(small, 23, 11)["status"] == name


@pytest.mark.both_databases
def test_an_update_without_a_status_leaves_the_hold(small: Lms) -> None:
    update(small, [11], [23], to=3)
    update(small, [11], [23], level=4)
    assert shown(small, 23, 11)["status"] == "suspended"


# --- tracking


def track(lms: Lms, course: int, user: int) -> tuple[Any, ...]:
    """Status, first access, last access, completion, score, time."""
    (row,) = [row for row in lms.rows(tracks) if row[:2] == (course, user)]
    return tuple(row[2:])


@pytest.mark.both_databases
def test_completing_fills_the_tracking(small: Lms) -> None:
    update(small, [11], [23], to=2)
    assert track(small, 23, 11) == ("completed", NOW, NOW, NOW, None, 0)
    assert progress(small, 23, 11) == ("completed", None, NOW, 0)


@pytest.mark.both_databases
def test_completing_at_a_date_fills_the_tracking_with_that_date(small: Lms) -> None:
    update(small, [11], [23], to=2, date_complete="2026-02-20 12:00:00", score_given=88.5)
    at = "2026-02-20 12:00:00"
    assert track(small, 23, 11) == ("completed", at, at, at, 88.5, 0)


@pytest.mark.both_databases
def test_each_date_and_the_score_are_written_where_they_belong(small: Lms) -> None:
    update_one(
        small,
        22,
        11,
        date_inscr="2026-01-02",
        date_first_access="2026-01-03",
        date_last_access="2026-01-04 10:00:00",
        date_begin_validity="2026-01-05",
        date_expire_validity="2026-01-06",
        score_given=0,
    )
    assert track(small, 22, 11) == ("in_progress", "2026-01-03 00:00:00", "2026-01-04 10:00:00", None, 0, 300)
    row = shown(small, 22, 11)
    assert (row["created_at"], row["date_last_updated"]) == ("2026-01-02 00:00:00", NOW)
    assert (row["validity_begin_date"], row["validity_end_date"]) == ("2026-01-05 00:00:00", "2026-01-06 00:00:00")
    assert (row["status"], row["score"]) == ("in_progress", 0)


@pytest.mark.both_databases
def test_completing_again_without_a_date_keeps_the_date_of_the_completion(small: Lms) -> None:
    update(small, [11], [21], to=2)
    assert progress(small, 21, 11) == ELEVEN_IN_21


@pytest.mark.both_databases
def test_completing_again_with_a_date_moves_the_completion(small: Lms) -> None:
    update(small, [11], [21], to=2, date_complete="2026-02-15")
    assert shown(small, 21, 11)["completion_date"] == "2026-02-15 00:00:00"


@pytest.mark.both_databases
@pytest.mark.parametrize(("number", "name"), [(0, "enrolled"), (1, "in_progress")])
def test_going_back_clears_the_completion_but_neither_score_nor_time(small: Lms, number: int, name: str) -> None:
    update(small, [11], [21], to=number)
    assert progress(small, 21, 11) == (name, 80, None, 600)
    small.advance(minutes=30)
    update(small, [11], [21], to=2)
    assert shown(small, 21, 11)["completion_date"] == "2026-03-01 12:30:00"


@pytest.mark.both_databases
def test_an_enrollment_that_is_not_completed_gets_no_completion_date(small: Lms) -> None:
    update(small, [11], [22], date_complete="2026-02-20")
    row = shown(small, 22, 11)
    assert (row["status"] == "completed") == (row["completion_date"] is not None)


@pytest.mark.both_databases
def test_an_update_touches_nobody_elses_tracking(small: Lms) -> None:
    before = {row[:2]: row for row in small.rows(tracks)}
    update(small, [11], [22, 23], to=2)
    after = {row[:2]: row for row in small.rows(tracks)}
    assert {at for at in after if after[at] != before.get(at)} == {(22, 11), (23, 11)}
    assert after.keys() - before.keys() == {(23, 11)}
