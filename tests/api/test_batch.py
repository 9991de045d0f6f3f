"""Batches of rows (`batch_enroll`, `batch_unenroll`): who is enrolled, updated, unenrolled; what rows are told."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from mock_lms.storage.tables import course_enrollments, outbox, tracks
from tests.conftest import NewLms
from tests.support.lms import BULK, Lms
from tests.support.small import NOW, happened, held, membership, one, progress, shown

BATCH = "/learn/v1/enrollment/batch"


def batch(lms: Lms, *items: Any, method: str = "POST", **options: Any) -> list[dict[str, Any]]:
    """The rows of the answer."""
    body = {"items": [*items], **({"options": options} if options else {})}
    rows: list[dict[str, Any]] = lms.call(method, BATCH, body)["data"]
    assert [row["row_index"] for row in rows] == [*range(len(items))]
    return rows


def row(course: Any, user: Any, status: Any = "subscribed", **values: Any) -> dict[str, Any]:
    return {"course_id": course, "user_id": user, "status": status, **values}


def messages(rows: list[dict[str, Any]]) -> list[str]:
    """What failed; empty for what did not."""
    assert all(row["success"] == (row["message"] == "") for row in rows)
    return [row["message"] for row in rows]


# --- whom and what a row means


@pytest.mark.both_databases
def test_rows_are_answered_in_their_order_and_those_that_fail_do_not_stop_the_others(small: Lms) -> None:
    rows = batch(small, row(21, 14), row(99, 14), row(22, 14), row(21, 98))
    assert [(each["success"], each["course_id"], each["user_id"], each["session_id"]) for each in rows] == [
        (True, 21, 14, None),
        (False, 99, 14, None),
        (True, 22, 14, None),
        (False, 21, 98, None),
    ]
    assert messages(rows) == ["", "There is no course 99.", "", "There is no user 98."]
    assert {(21, 14), (22, 14)} <= small.pairs()


@pytest.mark.both_databases
def test_a_course_is_named_by_id_or_code_and_a_user_by_id_or_username(small: Lms) -> None:
    items = [
        {"course_code": "ONE", "username": "d", "status": "subscribed"},
        {"course_id": "22", "user_id": "14", "status": "subscribed"},
        {"course_id": None, "course_code": "THREE", "user_id": "", "username": "d", "status": "subscribed"},
        {"course_code": "NO-SUCH", "username": "d", "status": "subscribed"},
        {"course_code": "ONE", "username": "nobody", "status": "subscribed"},
    ]
    rows = batch(small, *items)
    assert [(each["course_id"], each["user_id"]) for each in rows] == [
        (21, 14),
        (22, 14),
        (23, 14),
        (None, 14),
        (21, None),
    ]
    assert messages(rows)[3:] == [
        "There is no course with the code NO-SUCH.",
        "There is no user with the username nobody.",
    ]
    assert {course for course, user in small.pairs() if user == 14} == {21, 22, 23}


def test_a_code_of_two_courses_means_neither(small: Lms) -> None:
    small.call("POST", "/learn/v1/courses", {"name": "One again", "code": "ONE"})
    (answer,) = batch(small, {"course_code": "ONE", "user_id": 14, "status": "subscribed"})
    assert (answer["success"], answer["course_id"]) == (False, None)
    assert "2 courses" in answer["message"]


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        ({"course_id": "21x"}, "course_id"),
        ({"course_id": -21}, "course_id"),
        ({"course_id": [21]}, "course_id"),
        ({"course_id": None}, "course_id, course_code"),
        ({"user_id": ""}, "user_id, username"),
        ({"user_id": {}}, "user_id"),
        ({"user_id": 10**40}, "user_id"),
        ({"user_id": None, "username": "x" * 256}, "username"),
        ({"user_id": None, "username": "a\0b"}, "username"),
        ({"user_id": None, "username": ["a"]}, "username"),
        ({"status": "done"}, "status"),
        ({"status": None}, "status"),
        ({"status": True}, "status"),
        ({"level": "boss"}, "level"),
        ({"level": 9}, "level"),
        ({"enrollment_date": "2025-02-30"}, "enrollment_date"),
        ({"completion_date": "yesterday"}, "completion_date"),
        ({"active_from": 20250101}, "active_from"),
        ({"active_until": "2025-01-01 25:00"}, "active_until"),
        ({"score": -1}, "score"),
        ({"score": "nan"}, "score"),
        ({"score": "ninety"}, "score"),
        ({"score": 1e300}, "score"),
        ({"assignment_type": "voluntary"}, "assignment_type"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"session_id": 7}, "session_id"),
        ({"session_code": "S-1"}, "session_code"),
    ],
)
def test_what_is_wrong_in_a_row_fails_that_row_and_is_named(small: Lms, cells: dict[str, Any], named: str) -> None:
    before = small.everything()
    (answer,) = batch(small, {**row(21, 14), **cells})
    assert not answer["success"]
    assert answer["message"].startswith(f"{named}: ")
    assert len(answer["message"]) < 300
    assert small.everything() == before


def test_fields_that_are_not_known_are_ignored(small: Lms) -> None:
    more = {
        "batch_item_id": "7",
        "present": True,
        "dates": [],
        "evaluation_text": "good",
        "field_3": 4,
        "subscription_code": "",
    }
    body = {"items": [{**row(21, 14), **more}], "options": {"enable_waitinglist": False}, "trigger_gamification": True}
    assert messages(small.call("POST", BATCH, body)["data"]) == [""]


# --- enrolling


@pytest.mark.both_databases
def test_a_new_enrollment_is_made_as_the_row_says(small: Lms) -> None:
    values = {
        "level": "tutor",
        "enrollment_date": "2025/3/3",
        "active_from": "2025-03-04 08:00:00",
        "active_until": "2027-12-31",
        "assignment_type": "mandatory",
    }
    assert messages(batch(small, row(21, 14, **values))) == [""]
    enrollment = shown(small, 21, 14)
    assert {
        name: enrollment[name] for name in ("level", "status", "created_at", "created_by", "date_last_updated")
    } == {
        "level": "tutor",
        "status": "enrolled",
        "created_at": "2025-03-03 00:00:00",
        "created_by": 1,
        "date_last_updated": NOW,
    }
    assert enrollment["validity_begin_date"] == "2025-03-04 08:00:00"
    assert enrollment["validity_end_date"] == "2027-12-31 00:00:00"
    (kept,) = [each for each in small.rows(course_enrollments) if each[:2] == (21, 14)]
    assert "mandatory" in kept
    assert happened(small) == [("course.enrollment.created", 14, 21, 1)]


@pytest.mark.both_databases
def test_a_new_enrollment_can_be_completed_which_issues_the_certificate(small: Lms) -> None:
    batch(small, row(21, 14, "completed", completion_date="2025-03-29 10:00:00", score="77.5"))
    assert progress(small, 21, 14) == ("completed", 77.5, "2025-03-29 10:00:00", 0)
    assert (14, "Certificate One") in held(small)
    assert happened(small) == [("course.enrollment.completed", 14, 21, 1), ("course.enrollment.created", 14, 21, 1)]


@pytest.mark.both_databases
def test_completing_the_last_course_of_a_plan_completes_the_plan(small: Lms) -> None:
    batch(small, row(21, 12, "completed"))
    assert membership(small, 31, 12)["status"] == "completed"
    assert (12, "Certificate First") in held(small)


@pytest.mark.both_databases
def test_whoever_comes_back_has_the_tracking_of_before(small: Lms) -> None:
    batch(small, row(24, 13))
    assert progress(small, 24, 13) == ("completed", 81, "2026-02-04 10:00:00", 500)


@pytest.mark.both_databases
def test_where_the_policy_forgets_the_tracking_whoever_comes_back_completes_anew(
    new_lms: NewLms, seed_file: str
) -> None:
    small = new_lms(seed=seed_file, policy="reenrollment=discard")
    batch(small, row(24, 13, "completed", completion_date="2026-02-28"))
    assert progress(small, 24, 13) == ("completed", None, "2026-02-28 00:00:00", 0)
    assert ("course.enrollment.completed", 13, 24, 1) in happened(small)


@pytest.mark.both_databases
@pytest.mark.parametrize("flag", [True, 1, "1", "true"])
def test_who_is_not_active_is_enrolled_only_if_the_option_says_so(small: Lms, flag: object) -> None:
    (answer,) = batch(small, row(21, 15))
    assert (answer["success"], answer["user_id"]) == (False, 15)
    assert "enroll_disabled_users" in answer["message"]
    assert (21, 15) not in small.pairs()
    assert messages(batch(small, row(21, 15), enroll_disabled_users=flag)) == [""]
    assert (21, 15) in small.pairs()
    assert messages(batch(small, row(21, 15, "in_progress"))) == [""]


# --- updating


@pytest.mark.both_databases
def test_an_enrollment_that_is_there_is_updated(small: Lms) -> None:
    batch(small, row(21, 12, "in_progress", level="instructor", assignment_type="optional", active_until="2026-12-31"))
    enrollment = shown(small, 21, 12)
    assert (enrollment["status"], enrollment["level"]) == ("in_progress", "instructor")
    assert (enrollment["created_at"], enrollment["validity_end_date"]) == ("2026-01-01 00:00:00", "2026-12-31 00:00:00")
    (kept,) = [each for each in small.rows(course_enrollments) if each[:2] == (21, 12)]
    assert "optional" in kept
    assert happened(small) == [("course.enrollment.updated", 12, 21, 1)]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("status", "shows"),
    [
        ("not_started", "enrolled"),
        ("enrolled", "enrolled"),
        ("in_progress", "in_progress"),
        ("Completed", "completed"),
        ("suspended", "suspended"),
        ("waiting", "waiting"),
        ("to_confirm", "to_confirm"),
        (2, "completed"),
        ("-2", "waiting"),
    ],
)
def test_statuses_are_names_or_numbers(small: Lms, status: object, shows: str) -> None:
    batch(small, row(23, 11, status), row(23, 14, status))
    assert [shown(small, 23, user)["status"] for user in (11, 14)] == [shows, shows]


@pytest.mark.both_databases
def test_a_later_row_finds_what_an_earlier_one_did(small: Lms) -> None:
    assert (
        messages(batch(small, row(21, 14), row(21, 14, "completed"), row(21, 14, "in_progress", score=5))) == [""] * 3
    )
    assert progress(small, 21, 14) == ("in_progress", 5, None, 0)
    assert [name for name, *_ in happened(small)] == [
        f"course.enrollment.{what}" for what in ("completed", "created", "updated")
    ]
    assert (14, "Certificate One") in held(small)


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(6))
def test_a_batch_does_what_single_calls_do_one_after_the_other(new_lms: NewLms, seed_file: str, seed: int) -> None:
    chance = Random(seed)
    together, apart = new_lms(seed=seed_file), new_lms(seed=seed_file)
    statuses = {"in_progress": 1, "completed": 2, "suspended": 3}
    items = [
        row(chance.randint(21, 24), chance.randint(11, 14), chance.choice([*statuses]))
        | {
            name: value
            for name, value in {"score": number, "completion_date": f"2026-02-{number:02}"}.items()
            if number % 3
        }
        for number in range(1, 25)
    ]
    assert messages(batch(together, *items)) == [""] * len(items)
    for item in items:
        path = one(item["course_id"], item["user_id"])
        values = {
            "status": statuses[item["status"]],
            "score_given": item.get("score"),
            "date_complete": item.get("completion_date"),
        }
        if (item["course_id"], item["user_id"]) not in apart.pairs():
            apart.call("POST", path)
        apart.call("PUT", path, {name: value for name, value in values.items() if value is not None})
    assert together.pairs() == apart.pairs()
    assert together.rows(tracks) == apart.rows(tracks)
    # whether a plan is complete is asked once all rows of a round are carried out
    plan = {(user, "Certificate First") for user in range(11, 15)}
    assert held(together) - plan == held(apart) - plan
    assert held(together) <= held(apart)
    without_ids = [[(*each[:2], *each[3:]) for each in lms.rows(course_enrollments)] for lms in (together, apart)]
    assert without_ids[0] == without_ids[1]
    completed = [
        [event[:3] for event in happened(lms) if event[0] == "course.enrollment.completed"] for lms in (together, apart)
    ]
    assert completed[0] == completed[1]


# --- dates


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2025-03-23", "2025-03-23 00:00:00"),
        ("2025/3/23", "2025-03-23 00:00:00"),
        ("2025-3-3 8:05", "2025-03-03 08:05:00"),
        ("2025-03-23T08:30:00Z", "2025-03-23 08:30:00"),
        ("2025-03-23T08:30:00.123+02:00", "2025-03-23 06:30:00"),
        (" 2025-03-23 08:30:00 ", "2025-03-23 08:30:00"),
        ("", NOW),
        ("0000-00-00", NOW),
    ],
)
def test_dates_are_taken_as_spreadsheets_and_programs_write_them(small: Lms, written: str, stored: str) -> None:
    assert messages(batch(small, row(21, 14, enrollment_date=written))) == [""]
    assert shown(small, 21, 14)["created_at"] == stored


def test_a_time_zone_concerns_the_dates_of_enrollment_and_completion_only(small: Lms) -> None:
    day = "2025-07-01 12:00:00"
    dates = dict.fromkeys(("enrollment_date", "completion_date", "active_from", "active_until"), day)
    batch(small, row(21, 14, "completed", timezone="Europe/Rome", **dates))
    enrollment = shown(small, 21, 14)
    assert (enrollment["created_at"], enrollment["completion_date"]) == ("2025-07-01 10:00:00", "2025-07-01 10:00:00")
    assert (enrollment["validity_begin_date"], enrollment["validity_end_date"]) == (day, day)


# --- options


def test_what_the_options_say_beats_what_the_item_says(small: Lms) -> None:
    items = [
        row(21, 14, "suspended", level="tutor", active_until="2026-04-01"),
        {"course_code": "ONE", "username": "d"},
    ]
    rows = batch(small, *items, course_id="22", status="in_progress", level="instructor", active_until="2026-05-01")
    assert [(each["course_id"], each["user_id"], each["success"]) for each in rows] == [(22, 14, True), (22, 14, True)]
    enrollment = shown(small, 22, 14)
    assert (enrollment["status"], enrollment["level"]) == ("in_progress", "instructor")
    assert enrollment["validity_end_date"] == "2026-05-01 00:00:00"
    assert (21, 14) not in small.pairs()


def test_an_option_can_have_all_be_enrolled_as_of_now(small: Lms) -> None:
    batch(
        small,
        row(21, 14, enrollment_date="2020-01-01"),
        row(23, 11, enrollment_date="no date"),
        enrollment_date_now=True,
    )
    assert [shown(small, *pair)["created_at"] for pair in ((21, 14), (23, 11))] == [NOW, NOW]


def test_an_option_that_cannot_be_used_fails_all_rows(small: Lms) -> None:
    before = small.everything()
    assert all("session_id" in message for message in messages(batch(small, row(21, 14), row(22, 14), session_id=7)))
    assert all("status" in message for message in messages(batch(small, row(21, 14), row(22, 14), status="done")))
    assert small.everything() == before


def test_a_status_may_be_left_out_where_the_policy_says_so(new_lms: NewLms, seed_file: str) -> None:
    small = new_lms(seed=seed_file, policy="batch_status=optional")
    assert messages(batch(small, row(21, 14, None), row(22, 11, None, level="tutor"))) == ["", ""]
    assert shown(small, 21, 14)["status"] == "enrolled"
    assert [shown(small, 22, 11)[name] for name in ("status", "level")] == ["in_progress", "tutor"]


# --- unenrolling


@pytest.mark.both_databases
def test_rows_are_unenrolled_and_tracking_and_certificates_stay(small: Lms) -> None:
    certificates, tracking = held(small), small.rows(tracks)
    rows = batch(
        small,
        {"course_code": "ONE", "username": "a"},
        {"course_id": "21", "user_id": 14},
        {"course_id": 23, "user_id": 11},
        {"course_id": 21, "user_id": 98},
        {"course_id": 21, "user_id": 11},
        method="DELETE",
    )
    assert messages(rows) == [
        "",
        "User 14 is not enrolled in course 21.",
        "",
        "There is no user 98.",
        "User 11 is not enrolled in course 21.",
    ]
    assert {(21, 11), (23, 11)} & small.pairs() == set()
    assert (22, 11) in small.pairs()
    assert (held(small), small.rows(tracks)) == (certificates, tracking)
    assert happened(small) == [("course.enrollment.deleted", 11, 21, 1), ("course.enrollment.deleted", 11, 23, 1)]
    assert len(small.rows(outbox)) == 2


def test_the_course_of_all_rows_can_be_an_option(small: Lms) -> None:
    assert messages(batch(small, {"user_id": 11}, {"username": "b"}, method="DELETE", course_id=21)) == ["", ""]


def test_a_course_that_a_plan_holds_is_kept_where_the_policy_says_so(new_lms: NewLms, seed_file: str) -> None:
    small = new_lms(seed=seed_file, policy="course_in_plan=refuse")
    pair = {"course_id": 21, "user_id": 12}
    rows = batch(small, pair, {"course_id": 24, "user_id": 11}, pair, method="DELETE")
    assert [each["success"] for each in rows] == [False, True, False]
    assert "plan" in rows[0]["message"]


# --- the call as a whole


@pytest.mark.both_databases
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_call_takes_a_thousand_rows_and_refuses_one_more(small: Lms, method: str) -> None:
    items = [row(21, 1_000_000 + number) for number in range(1_000)]
    assert len(batch(small, *items, method=method)) == 1_000
    before = small.everything()
    refusal = small.call(method, BATCH, {"items": [*items, row(21, 14)]}, status=400)
    assert refusal["message"] == ["items: 1,001 items are more than the 1,000 of one call."]
    assert small.everything() == before


def test_no_items_are_no_rows(small: Lms) -> None:
    assert batch(small) == []
    assert batch(small, method="DELETE") == []


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "items"),
        ({"items": None}, "items"),
        ({"items": {}}, "items"),
        ({"items": "a"}, "items"),
        ({"items": [row(21, 14), 7]}, "items.1"),
        ({"items": [[]]}, "items.0"),
        ({"items": [], "options": []}, "options"),
        ([], "body"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(small: Lms, method: str, body: Any, named: str) -> None:
    before = small.everything()
    refusal = small.call(method, BATCH, body, status=400)
    assert refusal["message"][0].startswith(f"{named}: ")
    assert small.everything() == before


def test_a_learner_may_not(small: Lms) -> None:
    before = small.everything()
    token = small.log_in("a", "pass-of-a")
    for method in ("POST", "DELETE"):
        small.call(method, BATCH, {"items": [row(21, 14)]}, status=403, token=token)
    assert small.everything() == before


# --- the single unenrollment in the singular


@pytest.mark.both_databases
def test_the_path_in_the_singular_unenrolls_too(small: Lms) -> None:
    assert small.call("DELETE", "/learn/v1/enrollment/21/11")["data"]["deleted_enrollment"] > 0
    assert (21, 11) not in small.pairs()
    assert small.call("DELETE", "/learn/v1/enrollment/21/11", status=404)["message"] == [
        "User 11 is not enrolled in course 21."
    ]


def test_where_the_policy_does_not_serve_it_the_refusal_names_the_path_in_the_plural(
    new_lms: NewLms, seed_file: str
) -> None:
    small = new_lms(seed=seed_file, policy="singular_path=not_found")
    before = small.everything()
    (message,) = small.call("DELETE", "/learn/v1/enrollment/21/11", status=404)["message"]
    assert f"DELETE {BULK}/21/11" in message
    assert small.everything() == before
