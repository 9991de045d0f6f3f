"""Users changed, created in a batch, deactivated and deleted; and enrolled by their groups and branches."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.tables import (
    branch_members,
    certificates,
    course_enrollments,
    group_members,
    learning_plan_enrollments,
    managers,
    tracks,
    user_field_values,
    users,
)
from tests.support.lms import BULK, Lms
from tests.support.small import enroll, happened

USER = "/manage/v1/user"
BATCH = f"{USER}/batch"


def view(lms: Lms, user_id: int) -> dict[str, Any]:
    data: dict[str, Any] = lms.get(f"{USER}/{user_id}")["user_data"]
    return data


def batch(lms: Lms, *items: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = lms.call("POST", BATCH, {"items": items, "options": options})["data"]
    assert [row["row_index"] for row in rows] == list(range(len(items)))
    return rows


# --- update


@pytest.mark.both_databases
def test_an_update_changes_what_it_names_and_nothing_else(lms: Lms) -> None:
    before = view(lms, 13001)
    body = {
        "userid": "ana.costa",
        "lastname": "Costa",
        "email": "ac@example.com",
        "language": "pt",
        "level": "6",
        "timezone": "Europe/Madrid",
        "expiration": "2027-01-31",
        "email_validation_status": "0",
        "manager": 13004,
        "additional_fields": [{"id": "1", "value": "Controller"}, {"id": 3, "value": None}],
    }
    assert lms.call("PUT", f"{USER}/13001", body)["data"] == {"success": True, "updated_id": 13001}
    after = view(lms, 13001)
    assert {name for name in after if after[name] != before[name]} == {
        *("username", "encoded_username", "last_name", "fullname", "email", "language", "lang_code", "timezone"),
        *("expiration_date", "email_validation_status", "managers", "manager_names", "last_update", "field_1"),
        "field_3",
    }
    assert (after["expiration_date"], after["field_1"], after["field_3"]) == ("2027-01-31 00:00:00", "Controller", None)
    assert [manager["manager_id"] for manager in after["managers"]] == [13004]
    lms.call("PUT", f"{USER}/13001", {"expiration": None})
    assert view(lms, 13001)["expiration_date"] is None


def test_a_new_password_is_the_one_that_works(lms: Lms) -> None:
    lms.call("PUT", f"{USER}/13002", {"password": "another"})
    lms.log_in("mei.chen", "another")


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("user", "body", "status"),
    [
        (999, {"lastname": "x"}, 404),
        (13001, {"userid": "mei.chen"}, 409),
        (13001, {"username": ""}, 400),
        (13001, {"timezone": "Nowhere/Land"}, 400),
        (13001, {"expiration": "soon"}, 400),
        (13001, {"level": "7"}, 400),
        (13001, {"manager": 999}, 400),
        (13001, {"manager": 13001}, 400),
        (13001, {"additional_fields": [{"id": 21, "value": "of a course"}]}, 400),
        (13001, {"additional_fields": [{"value": "x"}]}, 400),
        (13001, {"additional_fields": [{"id": 2, "value": "forever"}]}, 400),
        (13001, {"additional_fields": [{"id": 1, "value": "a\0b"}]}, 400),
        (1, {"level": "user"}, 400),
        (1, {"password": "x"}, 400),
        (1, {"userid": "root"}, 400),
    ],
)
def test_a_refused_update_changes_nothing(lms: Lms, user: int, body: dict[str, Any], status: int) -> None:
    before = lms.everything()
    lms.call("PUT", f"{USER}/{user}", {"firstname": "Changed", **body}, status=status)
    assert lms.everything() == before


# --- batch


@pytest.mark.both_databases
def test_a_batch_creates_and_changes_row_by_row(lms: Lms) -> None:
    rows = batch(
        lms,
        {
            "username": "noa.levi",
            "first_name": "Noa",
            "lastname": "Levi",
            "branch_code": "FIN",
            "manager_1": "lena.fischer",
        },
        {"user_id": "13012", "new_username": "zoe", "active": "false", "field_1": "Picker", "branch_code": "WH-LATE"},
        {"username": "ben", "level": "superadmin", "expiration_date": "2027/3/1", "password": "p", "email": ""},
        {"username": "ana.silva", "timezone": "Europe/Madrid"},
        update_user_info=True,
    )
    assert [row["user_id"] for row in rows] == [13013, 13012, 13014, 13001]
    assert all(row["success"] and not row["message"] for row in rows)
    noa, zoe, ben, ana = (view(lms, row["user_id"]) for row in rows)
    assert (noa["first_name"], noa["status"], noa["manager_names"]["1"]["manager_name"]) == ("Noa", "1", "Lena Fischer")
    assert (zoe["username"], zoe["status"], zoe["field_1"], zoe["first_name"]) == ("zoe", "0", "Picker", "Zoe")
    assert (ben["level"], ben["expiration_date"]) == ("superadmin", "2027-03-01 00:00:00")
    assert (ana["timezone"], ana["last_name"]) == ("Europe/Madrid", "Silva")
    assert {(3, 13013), (6, 13012)} <= set(lms.rows(branch_members))
    lms.log_in("ben", "p")


@pytest.mark.both_databases
def test_a_row_that_fails_leaves_the_others_alone(lms: Lms) -> None:
    failing: dict[str, dict[str, Any]] = {
        "user_id, username: one of them is needed.": {"firstname": "x"},
        "user_id: user 999 does not exist.": {"user_id": 999},
        'user_id: "x" is no id.': {"user_id": "x"},
        "username: there is a user ana.silva already.": {"username": "n1", "new_username": "ana.silva"},
        "username: an earlier row is about this user.": {"username": "first"},
        "branch_code: no branch has the code NO.": {"username": "n2", "branch_code": "NO"},
        "manager: user nobody does not exist.": {"username": "n3", "manager_1": "nobody"},
        "field_9: there is no such field of users.": {"username": "n4", "field_9": "x"},
        "field_2: x is none of permanent, temporary.": {"username": "n5", "field_2": "x"},
        'timezone: "Mars" is no time zone such as Europe/Rome.': {"username": "n6", "timezone": "Mars"},
        'expiration_date: "soon" is no date, such as 2025-03-23 08:30:00 or 2025/3/23.': {
            "username": "n7",
            "expiration_date": "soon",
        },
        'active: "maybe" is none of true, false, 1, 0.': {"username": "n8", "active": "maybe"},
        "level: the superadmin that every tenant has keeps it.": {"username": "admin", "level": "user"},
    }
    rows = batch(lms, {"username": "first"}, *failing.values(), {"username": "last"}, update_user_info=True)
    assert [row["message"] for row in rows] == ["", *failing, ""]
    assert [row[1] for row in lms.rows(users)][-2:] == ["first", "last"]


def test_who_is_there_is_changed_only_where_the_option_says_so(lms: Lms) -> None:
    (row,) = batch(lms, {"username": "ana.silva", "lastname": "x"})
    assert (row["success"], row["message"]) == (False, "username: there is a user ana.silva already.")
    assert view(lms, 13001)["last_name"] == "Silva"


@pytest.mark.both_databases
def test_a_thousand_rows_are_one_batch_and_one_more_is_refused(lms: Lms) -> None:
    rows = [{"username": f"u{number}", "password": f"p{number % 3}", "field_1": "x"} for number in range(1000)]
    assert all(row["success"] for row in batch(lms, *rows))
    before = lms.everything()
    bodies: list[Any] = [{}, {"items": [*rows, {}]}, {"items": {}}, {"items": ["x"]}, {"items": [], "options": 5}]
    for body in bodies:
        lms.call("POST", BATCH, body, status=400)
    lms.call("POST", BATCH, {"items": [], "options": {"update_user_info": "perhaps"}}, status=400)
    assert lms.everything() == before


# --- status and deletion


@pytest.mark.both_databases
def test_who_is_deactivated_cannot_log_in_and_stays_enrolled(lms: Lms) -> None:
    token = lms.log_in("mei.chen", "learner-demo")
    pairs = lms.pairs()
    answer = lms.call("PUT", f"{USER}/change_status", {"user_ids": [13002, 99, 1], "status": "0"})["data"]
    assert answer == {
        "updated_users": [13002],
        "errors": ["User 99 does not exist.", "User 1 is the superadmin that every tenant has, and stays."],
    }
    lms.call("GET", f"{USER}/session", token=token, status=401)
    assert (view(lms, 13002)["status"], lms.pairs()) == ("0", pairs)
    lms.call("PUT", f"{USER}/change_status", {"user_ids": [13002], "status": 1})
    lms.log_in("mei.chen", "learner-demo")


@pytest.mark.both_databases
def test_with_a_user_goes_everything_about_them(lms: Lms) -> None:
    token = lms.log_in("mei.chen", "learner-demo")
    gone = [13002, 13004]
    courses = {(course, user) for course, user in lms.pairs() if user in gone}
    plans = {(plan, user) for plan, user in lms.members() if user in gone}
    answer = lms.call("DELETE", f"{USER}/delete", {"user_ids": [*gone, 13004, 99, 1]})["data"]
    assert answer["deleted_users"] == gone
    assert len(answer["errors"]) == 2
    for table in (
        *(course_enrollments, learning_plan_enrollments, tracks, certificates, branch_members, group_members),
        *(managers, user_field_values),
    ):
        names = [column.name for column in table.c]
        for name in {"user_id", "manager_id"} & set(names):
            assert not [row for row in lms.rows(table) if row[names.index(name)] in gone], table.name
    lms.call("GET", f"{USER}/13002", status=404)
    lms.call("GET", f"{USER}/session", token=token, status=401)
    expected = [("course.enrollment.deleted", user, course, 1) for course, user in courses]
    expected += [("learningplan.enrollment.deleted", user, plan, 1) for plan, user in plans]
    assert happened(lms) == sorted(expected)
    # an id is not given again
    assert batch(lms, {"username": "mei.chen"})[0]["user_id"] == 13013


@pytest.mark.both_databases
@pytest.mark.parametrize("body", [{}, {"user_ids": []}, {"user_ids": ["x"]}, {"user_ids": [13001], "status": 2}])
def test_a_refused_call_about_users_changes_nothing(lms: Lms, body: dict[str, Any]) -> None:
    before = lms.everything()
    lms.call("PUT", f"{USER}/change_status", body, status=400)
    if "status" not in body:
        lms.call("DELETE", f"{USER}/delete", body, status=400)
    lms.call(
        "DELETE", f"{USER}/delete", {"user_ids": [13002]}, token=lms.log_in("mei.chen", "learner-demo"), status=403
    )
    assert lms.everything() == before


# --- groups and branches enrolled


@pytest.mark.both_databases
def test_groups_and_branches_are_enrolled_with_the_users(lms: Lms) -> None:
    answer = lms.call("POST", BULK, {"course_ids": [206], "user_ids": [13001], "group_ids": [2], "branch_ids": ["3"]})
    assert {row["id_user"] for row in answer["data"]["enrolled"]} == {13001, 13008, 13009, 13010, 13012}
    assert answer["data"]["errors"] == []


@pytest.mark.both_databases
def test_a_branch_is_enrolled_without_those_below_it(lms: Lms) -> None:
    assert lms.call("POST", BULK, {"course_ids": [206], "branch_ids": [4]})["data"]["enrolled"] == []
    people = lms.call("POST", BULK, {"course_ids": [206], "branch_ids": [1]})["data"]["enrolled"]
    assert [row["id_user"] for row in people] == [13006]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "user_ids: users, groups or branches are needed."),
        ({"group_ids": [1, 99]}, "group_ids: group 99 does not exist."),
        ({"branch_ids": [99]}, "branch_ids: branch 99 does not exist."),
        ({"user_ids": [], "group_ids": [1]}, "user_ids: at least one id is needed."),
    ],
)
def test_an_unknown_group_or_branch_is_refused(lms: Lms, body: dict[str, Any], message: str) -> None:
    before = lms.everything()
    answer = lms.call("POST", BULK, {"course_ids": [206], **body}, status=400)
    assert answer["message"] == [message]
    assert lms.everything() == before


def test_without_groups_enrolling_is_as_it_was(lms: Lms) -> None:
    assert [row["id_user"] for row in enroll(lms, [13012], [206])["enrolled"]] == [13012]
