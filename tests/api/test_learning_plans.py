"""Learning plans: creating them, their courses, enrolling in them, and what their lists make of the tracking."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.tables import learning_plan_enrollments
from tests.conftest import NewLms
from tests.support.lms import Lms
from tests.support.small import NOW, happened, membership, one, progress, shown

PLANS = "/learningplan/v1/learningplans"
JOINED = "learningplan.enrollment.created"
ENROLLED = "course.enrollment.created"


def join(lms: Lms, plan: int, users: Any, options: Any = None, *, status: int = 200) -> Any:
    body = {"items": {"user_ids": users}} | ({} if options is None else {"options": options})
    answer = lms.call("POST", f"{PLANS}/{plan}/enrollments/bulk", body, status=status)
    return answer["data"] if status == 200 else answer


def join_one(lms: Lms, plan: int, user: int, body: Any = None) -> Any:
    return lms.call("POST", f"{PLANS}/{plan}/enrollments/{user}", body)["data"]


def courses_of(lms: Lms, plan: int) -> list[int]:
    return [item["id"] for item in lms.items(f"{PLANS}/{plan}/courses")]


# --- enrolling


@pytest.mark.both_databases
def test_who_joins_a_plan_enters_the_courses_that_they_do_not_hold_yet(small: Lms) -> None:
    pairs, members = small.pairs(), small.members()
    answer = join(small, 31, [13, 14])
    assert answer == {"enrolled": [13, 14], "errors": []}
    assert small.members() - members == {(31, 13), (31, 14)}
    assert small.pairs() - pairs == {(22, 13), (21, 14), (22, 14)}
    assert progress(small, 21, 13)[0] == "completed", "the course that they hold stays as it is"


@pytest.mark.both_databases
def test_who_is_a_member_or_nobody_at_all_is_an_error_and_stops_no_other(small: Lms) -> None:
    answer = join(small, 31, [11, 99, 14, "14"])
    assert answer["enrolled"] == [14]
    assert answer["errors"] == ["User 11 is enrolled in learning plan 31 already.", "User 99 does not exist."]


@pytest.mark.both_databases
def test_a_member_who_joins_again_changes_nothing(small: Lms) -> None:
    small.call("DELETE", one(21, 11))
    before = small.everything()
    join(small, 31, [11])
    assert join_one(small, 31, 11)["enrolled"] == []
    assert small.everything() == before


@pytest.mark.both_databases
@pytest.mark.parametrize("body", [None, {}, {"status": "subscribed"}])
def test_one_user_joins_with_or_without_a_body(small: Lms, body: Any) -> None:
    assert join_one(small, 32, 14, body) == {"enrolled": [14], "errors": []}
    assert {(22, 14), (23, 14)} <= small.pairs()
    assert (32, 14) in small.members()


@pytest.mark.parametrize("policy", ["yes", "no"])
def test_joining_enrolls_in_the_courses_only_if_the_policy_says_so(
    new_lms: NewLms, seed_file: str, policy: str
) -> None:
    lms = new_lms(seed=seed_file, policy=f"plan_enrolls_courses={policy}")
    pairs = lms.pairs()
    join(lms, 32, [13])
    join_one(lms, 31, 14)
    assert {(32, 13), (31, 14)} <= lms.members()
    courses = {(22, 13), (23, 13), (21, 14), (22, 14)}
    assert lms.pairs() - pairs == (courses if policy == "yes" else set())
    assert {event[0] for event in happened(lms)} == ({JOINED, ENROLLED} if policy == "yes" else {JOINED})


@pytest.mark.both_databases
def test_the_options_hold_for_the_plan_and_its_courses(small: Lms) -> None:
    join(small, 32, [14], {"validity_start_at": "2026-04-01", "validity_end_at": "2026-12-31 08:00:00"})
    for row in (membership(small, 32, 14), shown(small, 22, 14), shown(small, 23, 14)):
        assert row["validity_begin_date"] == "2026-04-01 00:00:00"
        assert row["validity_end_date"] == "2026-12-31 08:00:00"
        assert (row["created_by"], row["created_at"]) == (1, NOW)


@pytest.mark.both_databases
def test_tracking_that_was_left_behind_comes_back_with_the_plan(small: Lms) -> None:
    small.call("POST", f"{PLANS}/33/courses", {"course_ids": [24]})
    join_one(small, 33, 13)
    assert progress(small, 24, 13) == ("completed", 81, "2026-02-04 10:00:00", 500)
    assert membership(small, 33, 13)["status"] == "completed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "items"),
        ({"items": {}}, "items.user_ids"),
        ({"items": {"user_ids": []}}, "items.user_ids"),
        ({"items": {"user_ids": [14, 0]}}, "items.user_ids.1"),
        ({"items": [14]}, "items"),
        ({"items": None}, "items"),
        ({"items": {"user_ids": list(range(1, 1002))}}, "items.user_ids"),
        ({"items": {"user_ids": [14]}, "options": []}, "options"),
        ({"items": {"user_ids": [14]}, "options": {"validity_end_at": "2026-02-30"}}, "options.validity_end_at"),
        ({"items": {"user_ids": [14]}, "options": {"assignment_type": "x"}}, "options.assignment_type"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_fields_name_and_nobody_joins(
    small: Lms, body: dict[str, Any], field: str
) -> None:
    before = small.everything()
    refusal = small.call("POST", f"{PLANS}/31/enrollments/bulk", body, status=400)
    assert any(message.startswith(f"{field}:") for message in refusal["message"]), refusal
    assert small.everything() == before


@pytest.mark.parametrize("status", ["completed", "in_progress", "", None, 2])
def test_a_single_member_begins_as_subscribed_or_not_at_all(small: Lms, status: object) -> None:
    before = small.everything()
    small.call("POST", f"{PLANS}/31/enrollments/14", {"status": status}, status=400)
    assert small.everything() == before


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("99/enrollments/14", None),
        ("31/enrollments/99", None),
        ("99/enrollments/bulk", {"items": {"user_ids": [14]}}),
        ("99/courses", {"course_ids": [21]}),
    ],
)
def test_an_unknown_id_in_the_path_is_a_404(small: Lms, path: str, body: Any) -> None:
    before = small.everything()
    small.call("POST", f"{PLANS}/{path}", body, status=404)
    assert small.everything() == before


def test_a_bulk_enrollment_is_a_batch_and_a_single_one_is_none(small: Lms) -> None:
    join(small, 31, [13, 11])
    join_one(small, 32, 14)
    assert happened(small) == [
        (ENROLLED, 13, 22, 1),
        (ENROLLED, 14, 22, 0),
        (ENROLLED, 14, 23, 0),
        (JOINED, 13, 31, 1),
        (JOINED, 14, 32, 0),
    ]


# --- creating, and putting courses in


@pytest.mark.both_databases
def test_a_new_plan_is_listed_and_empty(small: Lms) -> None:
    made = small.call("POST", PLANS, {"title": "Leadership", "code": "LEAD", "description": "For some."})["data"]
    plan = made["learning_plan_id"]
    row = next(item for item in small.items(PLANS) if item["learning_plan_id"] == plan)
    assert (row["title"], row["code"], row["created_on"]) == ("Leadership", "LEAD", NOW)
    assert (row["assigned_courses_count"], row["assigned_enrollments_count"]) == (0, 0)
    assert next(item for item in small.items("/learn/v1/lp") if item["id"] == plan)["description"] == "For some."
    join_one(small, plan, 14)
    row = membership(small, plan, 14)
    assert (row["status"], row["completion_percentage"], row["time_spent"]) == ("not_started", 0, 0)


@pytest.mark.parametrize(
    "body", [{}, {"title": ""}, {"title": None}, {"title": "x" * 256}, {"title": "a\0b"}, {"title": 5}]
)
def test_a_plan_needs_a_title(small: Lms, body: dict[str, Any]) -> None:
    before = small.everything()
    assert small.call("POST", PLANS, body, status=400)["message"][0].startswith("title")
    assert small.everything() == before


@pytest.mark.both_databases
def test_courses_are_put_behind_those_that_are_there_in_the_order_of_the_request(small: Lms) -> None:
    assert courses_of(small, 31) == [22, 21]
    answer = small.call("POST", f"{PLANS}/31/courses", {"course_ids": [24, "23", 24]})["data"]
    assert answer == {"added": [24, 23], "errors": []}
    assert courses_of(small, 31) == [22, 21, 24, 23]
    small.call("POST", f"{PLANS}/33/courses", {"course_ids": [24]})
    small.call("POST", f"{PLANS}/33/courses", {"course_ids": [21]})
    assert courses_of(small, 33) == [24, 21]


@pytest.mark.both_databases
def test_a_course_that_is_unknown_or_there_already_is_an_error_and_stops_no_other(small: Lms) -> None:
    answer = small.call("POST", f"{PLANS}/31/courses", {"course_ids": [21, 99, 23]})["data"]
    assert answer["added"] == [23]
    assert answer["errors"] == ["Learning plan 31 contains course 21 already.", "Course 99 does not exist."]
    assert courses_of(small, 31) == [22, 21, 23]


def test_a_course_that_is_added_later_enrolls_no_member(small: Lms) -> None:
    pairs = small.pairs()
    small.call("POST", f"{PLANS}/31/courses", {"course_ids": [23]})
    assert small.pairs() == pairs
    assert membership(small, 31, 12)["completion_percentage"] == 33


@pytest.mark.parametrize("body", [{}, {"course_ids": []}, {"course_ids": [0]}, {"course_ids": [21, "x"]}])
def test_courses_that_are_no_ids_are_refused(small: Lms, body: dict[str, Any]) -> None:
    before = small.everything()
    assert small.call("POST", f"{PLANS}/31/courses", body, status=400)["message"][0].startswith("course_ids")
    assert small.everything() == before


# --- lists


@pytest.mark.both_databases
def test_the_list_of_plans_counts_courses_and_members(lms: Lms) -> None:
    counts = {
        item["code"]: (item["assigned_courses_count"], item["assigned_enrollments_count"]) for item in lms.items(PLANS)
    }
    assert counts == {"ONB": (3, 7), "WH": (2, 5), "SAFE": (2, 0)}


@pytest.mark.both_databases
def test_only_members_are_listed_among_a_plans_course_enrollments(small: Lms) -> None:
    rows = small.items(f"{PLANS}/31/courses/enrollments")
    assert {(row["course_id"], row["user_id"]) for row in rows} == {(21, 11), (22, 11), (21, 12), (22, 12)}
    rows = small.items(f"{PLANS}/31/courses/enrollments?user_id[]=12&enrollment_status[]=completed")
    assert [(row["course_id"], row["user_id"]) for row in rows] == [(22, 12)]
    assert small.items(f"{PLANS}/33/courses/enrollments") == []


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["99/courses", "99/courses/enrollments"])
def test_the_lists_of_an_unknown_plan_are_a_404(small: Lms, path: str) -> None:
    small.call("GET", f"{PLANS}/{path}", status=404)


def derived(lms: Lms, plan: int, user: int) -> tuple[Any, ...]:
    row = membership(lms, plan, user)
    return row["status"], row["completion_percentage"], row["completion_date"], row["time_spent"]


@pytest.mark.both_databases
def test_a_plans_status_follows_from_its_courses(small: Lms) -> None:
    join_one(small, 32, 14)
    assert derived(small, 32, 14) == ("not_started", 0, None, 0)
    small.call("PUT", one(22, 14), {"status": 1})
    assert derived(small, 32, 14) == ("in_progress", 0, None, 0)
    small.call("PUT", one(22, 14), {"status": 2, "date_complete": "2026-02-20"})
    assert derived(small, 32, 14) == ("in_progress", 50, None, 0)
    small.call("PUT", one(23, 14), {"status": 2, "date_complete": "2026-02-10"})
    assert derived(small, 32, 14) == ("completed", 100, "2026-02-20 00:00:00", 0)
    small.call("PUT", one(23, 14), {"status": 1})
    assert derived(small, 32, 14) == ("in_progress", 50, None, 0)
    small.call("PUT", one(23, 14), {"status": 0})
    small.call("PUT", one(22, 14), {"status": 0})
    assert derived(small, 32, 14) == ("not_started", 0, None, 0)


@pytest.mark.both_databases
def test_time_and_percentage_are_those_of_the_plans_courses(small: Lms) -> None:
    assert derived(small, 31, 11) == ("in_progress", 50, None, 900)
    assert derived(small, 32, 11) == ("in_progress", 0, None, 300)
    assert derived(small, 31, 12) == ("in_progress", 50, None, 0)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", {(31, 13006)}),
        ("not_started", {(31, 13007), (31, 13008), (32, 13009), (32, 13010)}),
        ("in_progress", {(31, 13001), (31, 13002), (31, 13004), (31, 13005), (32, 13003), (32, 13004), (32, 13005)}),
    ],
)
def test_the_status_is_a_filter(lms: Lms, status: str, expected: set[tuple[int, int]]) -> None:
    spellings = ["not_started", "subscribed", "enrolled"] if status == "not_started" else [status]
    for spelling in spellings:
        rows = lms.items(f"{PLANS}/enrollments?enrollment_status[]={spelling}")
        assert {(row["learning_plan_id"], row["user_id"]) for row in rows} == expected
        assert {row["enrollment_status"] for row in rows} == {status}
    everything = lms.items(f"{PLANS}/enrollments?enrollment_status=completed,in_progress&enrollment_status=enrolled")
    assert len(everything) == 12


@pytest.mark.both_databases
def test_plan_and_user_are_filters(lms: Lms) -> None:
    rows = lms.items(f"{PLANS}/enrollments?learning_plan_id[]=32&learning_plan_id[]=33&user_id[]=13004")
    assert [(row["learning_plan_id"], row["user_id"]) for row in rows] == [(32, 13004)]


@pytest.mark.both_databases
def test_a_new_member_is_stored_once_with_the_assignment_type(small: Lms) -> None:
    join(small, 31, [14], {"assignment_type": "mandatory"})
    (row,) = [row for row in small.rows(learning_plan_enrollments) if row[:2] == (31, 14)]
    assert "mandatory" in row


# --- the older call


@pytest.mark.both_databases
def test_the_older_call_enrolls_one_user_in_a_plan_and_its_courses(small: Lms) -> None:
    answer = small.call("POST", "/learn/v1/lp/enroll", {"id_lp": "32", "id_user": 14})["data"]
    assert answer == {"enrolled": [14], "errors": []}
    assert (32, 14) in small.members()
    assert {(22, 14), (23, 14)} <= small.pairs()
    assert small.call("POST", "/learn/v1/lp/enroll", {"id_lp": 32, "id_user": 14})["data"] == {
        "enrolled": [],
        "errors": ["User 14 is enrolled in learning plan 32 already."],
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id_lp": 99, "id_user": 14}, 404),
        ({"id_lp": 32, "id_user": 99}, 404),
        ({"id_lp": 32}, 400),
        ({"id_user": 14}, 400),
        ({"id_lp": 0, "id_user": 14}, 400),
        ({"id_lp": [32], "id_user": 14}, 400),
        ({"id_lp": 32, "id_user": None}, 400),
    ],
)
def test_the_older_call_is_refused_where_there_is_no_such_plan_or_user(
    small: Lms, body: dict[str, Any], status: int
) -> None:
    before = small.everything()
    small.call("POST", "/learn/v1/lp/enroll", body, status=status)
    assert small.everything() == before
