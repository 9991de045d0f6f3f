"""Each operation against the mock: what a method sends, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from mock_lms_client import Client, Refused

from mock_lms.testing import MockTenant
from tests.support.contract import operations

CASCADE = "cascade_unenroll_from_courses_in_selected_learning_plan"
BACK = "http://127.0.0.1/back"

NewClient = Callable[..., Client]


def courses_of(client: Client, user_id: int) -> set[int]:
    return {row["course_id"] for row in client.list_course_enrollments(user_id=[user_id])}


FILES = {"learn": {"learn", "learn_courses", "learn_rows"}}
"""The tags that have more operations than a file holds."""


def test_an_operation_is_in_a_file_that_has_its_tags_name() -> None:
    for operation in operations().values():
        method = getattr(Client, operation["operationId"])
        (tag,) = operation["tags"]
        file = method.__module__.removeprefix("mock_lms_client.")
        assert file in FILES.get(tag, {tag})
        assert method.__qualname__.lower() == f"{file.replace('_', '')}.{operation['operationId']}"


# --- learn


def test_a_bulk_unenrollment_says_who_lost_something_and_what_failed(admin: Client) -> None:
    assert admin.bulk_unenroll([13001, 13003], learningplan_ids=[31]) == {
        "un_enrolled": [13001],
        "errors": ["User 13003 is not enrolled in learning plan 31."],
    }


def test_the_flags_of_a_bulk_unenrollment_reach_the_server(admin: Client, lms: MockTenant) -> None:
    before = courses_of(admin, 13001)
    admin.bulk_unenroll(
        [13001],
        learningplan_ids=[31],
        reset_tracks=True,
        cascade_unenroll_from_courses_in_selected_learning_plan=True,
        delete_issued_certificates=True,
    )
    assert courses_of(admin, 13001) < before
    flags = {"reset_tracks": True, CASCADE: True, "delete_issued_certificates": True}
    lms.control.verify_journal({"called": {"operation": "bulk_unenroll", "body": flags}, "times": 1})


def test_enrollments_are_listed_by_all_that_filters_them(admin: Client) -> None:
    rows = admin.list_enrollments(
        id_user=[13001], id_course=[201], type=["elearning"], status=["completed"], level="student"
    ).complete()
    assert [(row["id"], row["user_id"], row["status"]) for row in rows] == [(201, 13001, "completed")]


def test_a_flag_in_a_query_is_one_or_zero(admin: Client) -> None:
    every = admin.list_enrollments(exclude_courses_in_lp=False).complete()
    assert 0 < len(admin.list_enrollments(exclude_courses_in_lp=True).complete()) < len(every)


def test_a_bulk_enrollment_says_who_is_in_what(admin: Client) -> None:
    answer = admin.bulk_enroll([13012], [201, 202], level=3)
    assert [(pair["id_user"], pair["id_course"]) for pair in answer["enrolled"]] == [(13012, 201), (13012, 202)]
    assert answer["errors"] == []


def test_a_bulk_update_says_what_is_no_enrollment(admin: Client) -> None:
    answer = admin.bulk_update_enrollments([13001, 13012], [203], status=2, date_complete="2026-03-01 12:00:00")
    assert answer["updated"] == [{"course_id": 203, "user_id": 13001}]
    assert answer["not_updated"] == [{"invalid_enrollments": [{"course_id": 203, "user_id": 13012}]}]


def test_an_enrollment_is_found_by_its_course_and_user(admin: Client) -> None:
    assert admin.get_enrollment(201, 13001)["records"]["name"] == "Fire Safety"


def test_an_enrollment_that_is_not_there_is_refused(admin: Client) -> None:
    with pytest.raises(Refused, match=r"get_enrollment at mock-lms-\d+\.test/t/.*: 404") as caught:
        admin.get_enrollment(201, 13012)
    assert caught.value.status == 404
    assert caught.value.messages == ["User 13012 is not enrolled in course 201."]


def test_a_user_is_enrolled_updated_and_unenrolled(admin: Client) -> None:
    assert admin.enroll(201, 13012)["enrolled"] == [{"id_user": 13012, "id_course": 201, "waiting": False}]
    assert admin.update_enrollment(201, 13012, status=2, score_given=88)["updated"] == [
        {"course_id": 201, "user_id": 13012}
    ]
    assert admin.get_enrollment(201, 13012)["records"]["score"] == 88
    assert admin.unenroll(201, 13012)["deleted_enrollment"] > 0
    assert 201 not in courses_of(admin, 13012)


def test_a_batch_says_what_became_of_each_row(admin: Client) -> None:
    items: list[dict[str, object]] = [
        {"course_code": "SAFE-101", "username": "zoe.dubois", "status": "completed"},
        {"course_id": 201, "user_id": 1},
    ]
    rows = admin.batch_enroll(items, options={"level": "tutor"})
    assert [(row["row_index"], row["success"], row["user_id"]) for row in rows] == [(0, True, 13012), (1, False, 1)]
    assert "status" in rows[1]["message"]
    assert admin.get_enrollment(201, 13012)["records"]["status"] == 2
    assert [row["success"] for row in admin.batch_unenroll(items)] == [True, False]
    assert 201 not in courses_of(admin, 13012)


def test_the_older_and_the_singular_path_do_the_same(admin: Client) -> None:
    assert admin.enroll_in_lp(32, 13012)["enrolled"] == [13012]
    assert admin.unenroll_singular(201, 13001)["deleted_enrollment"] > 0
    assert 201 not in courses_of(admin, 13001)


def test_a_login_gives_a_token_that_works(admin: Client, lms: MockTenant, connect: NewClient) -> None:
    answer = admin.log_in(lms.username, lms.password, issue_refresh_token=True)
    assert (answer["expires_in"], len(answer.get("refresh_token", ""))) == ("7200", 40)
    assert connect(token=answer["access_token"]).get_session()["username"] == lms.username
    with pytest.raises(Refused, match="400"):
        admin.log_in(lms.username, "wrong")


def test_the_learn_services_courses_are_listed_in_the_order_asked_for(admin: Client) -> None:
    names = [course["name"] for course in admin.list_learn_courses(sort_attr="name", sort_dir="desc")]
    assert names == sorted(names, reverse=True)
    assert "Fire Safety" in names


def test_a_created_course_is_found(admin: Client) -> None:
    created = admin.create_course("Working at Heights", code="SAFE-104", course_type="elearning")
    courses = admin.list_courses(search_text="Working at Heights", type=["elearning"]).complete()
    assert [(course["id"], course.get("code")) for course in courses] == [(created["id_course"], "SAFE-104")]


def test_learning_plans_are_looked_up_by_name_and_user(admin: Client) -> None:
    assert [plan["id"] for plan in admin.list_lp(search_text="Onboarding")] == [31]
    assert 31 in [plan["id"] for plan in admin.list_lp(id_user=13001)]


# --- course, learningplan


def test_course_enrollments_are_filtered_by_lists(admin: Client) -> None:
    rows = admin.list_course_enrollments(user_id=[13001, 13002], course_id=[201], enrollment_level=["student"])
    assert {(row["user_id"], row["course_id"]) for row in rows} == {(13001, 201), (13002, 201)}


def test_a_created_learning_plan_gets_courses_and_members(admin: Client) -> None:
    plan = admin.create_learning_plan("Leadership", code="LEAD")["learning_plan_id"]
    assert admin.add_learning_plan_courses(plan, [204, 999])["added"] == [204]
    assert [row["id"] for row in admin.list_learning_plan_courses(plan)] == [204]
    assert admin.enroll_in_learning_plan(plan, 13012)["enrolled"] == [13012]
    ends = "2026-12-31 00:00:00"
    assert admin.bulk_enroll_in_learning_plan(plan, [13003], validity_end_at=ends)["enrolled"] == [13003]
    members = {row["user_id"]: row for row in admin.list_learning_plan_enrollments(learning_plan_id=[plan])}
    assert members.keys() == {13003, 13012}
    assert members[13003].get("enrollment_validity_end_date") == ends
    held = admin.list_learning_plan_course_enrollments(plan, user_id=[13003])
    assert [(row["user_id"], row["course_id"]) for row in held] == [(13003, 204)]


def test_learning_plans_tell_how_many_are_in_them(admin: Client) -> None:
    assert {row["learning_plan_id"]: row.get("assigned_enrollments_count") for row in admin.list_learning_plans()}[
        31
    ] == 7


def test_a_cursor_stands_for_the_filters_that_it_was_given_for(admin: Client) -> None:
    first = next(admin.list_course_enrollments(user_id=[13001], get_cursor=True).pages())
    again = admin.list_course_enrollments(cursor=first.get("cursor"))
    assert again.complete() == first["items"]


# --- manage


def test_a_created_user_is_found_by_name(admin: Client) -> None:
    created = admin.create_user("noa.levi", firstname="Noa", lastname="Levi", password="pa55word")
    users = admin.list_users(search_text="noa.levi", match_type="full", status=["1"]).complete()
    assert [(user["user_id"], user["username"]) for user in users] == [(str(created["user_id"]), "noa.levi")]


def test_a_name_that_is_taken_is_a_conflict(admin: Client) -> None:
    with pytest.raises(Refused) as caught:
        admin.create_user("ana.silva")
    assert caught.value.status == 409


def test_the_session_is_that_of_whose_token_it_is(connect: NewClient, lms: MockTenant) -> None:
    admin = connect()
    admin.create_user("noa.levi", password="pa55word")
    assert admin.get_session()["username"] == lms.username
    assert connect(username="noa.levi", password="pa55word").get_session()["username"] == "noa.levi"
    assert connect(token=lms.token()).get_session()["username"] == lms.username


# --- oauth2


def test_a_person_logs_in_on_the_page_and_the_code_is_good_for_a_token(admin: Client, lms: MockTenant) -> None:
    where = {"client_id": lms.client_id, "redirect_uri": BACK, "state": "s"}
    assert admin.show_login(**where).startswith("<!doctype html>")
    location = admin.submit_login(username=lms.username, password=lms.password, **where)
    back = parse_qs(urlsplit(location).query)
    assert back["state"] == ["s"]
    token = admin.issue_token(
        "authorization_code",
        client_id=lms.client_id,
        client_secret=lms.client_secret,
        code=back["code"][0],
        redirect_uri=BACK,
    )
    assert token["expires_in"] == 3600


def test_a_wrong_password_on_the_page_is_refused(admin: Client, lms: MockTenant) -> None:
    with pytest.raises(Refused, match=r"submit_login .* username or the password is wrong"):
        admin.submit_login(username=lms.username, password="wr0ng", client_id=lms.client_id, redirect_uri=BACK)


def test_a_page_that_leads_back_with_an_error_is_refused(admin: Client, lms: MockTenant) -> None:
    with pytest.raises(Refused) as caught:
        admin.show_login(client_id=lms.client_id, redirect_uri=BACK, code_challenge="x", code_challenge_method="plain")
    assert (caught.value.status, caught.value.name) == (302, "invalid_request")


def test_wrong_credentials_are_refused_by_oauth2s_name(connect: NewClient) -> None:
    with pytest.raises(Refused, match=r"^issue_token at .*invalid_grant.*Check the client's id") as caught:
        connect(password="wr0ng").get_session()
    assert caught.value.name == "invalid_grant"
    assert caught.value.messages


def test_a_client_without_a_user_logs_in_by_itself(connect: NewClient) -> None:
    assert connect(username=None, password=None).get_session()["username"] == "admin"


# --- what makes no sense is not sent


@pytest.mark.parametrize(
    ("users", "targets", "why"),
    [
        ([], {"course_ids": [201]}, "1 to 1,000"),
        (range(1, 1002), {"course_ids": [201]}, "1 to 1,000"),
        ([13001], {}, "is needed"),
        ([13001], {"course_ids": [0], "learningplan_ids": ["0"]}, "is needed"),
    ],
)
def test_a_bulk_unenrollment_of_nobody_too_many_or_nothing_is_not_sent(
    admin: Client, lms: MockTenant, users: list[int], targets: dict[str, list[int]], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        admin.bulk_unenroll(users, **targets)  # type: ignore[arg-type]
    lms.control.verify_journal({"called": {}, "times": 0})


def test_users_who_are_named_twice_count_once(admin: Client) -> None:
    twice = [*range(14001, 15001), *map(str, range(14001, 15001))]
    assert len(admin.bulk_unenroll(twice, course_ids=[201])["errors"]) == 1000


def test_a_text_is_no_list_of_ids(admin: Client, lms: MockTenant) -> None:
    with pytest.raises(TypeError, match="user_ids"):
        admin.bulk_unenroll("13001", course_ids=[201])
    with pytest.raises(TypeError, match="course_ids"):
        admin.add_learning_plan_courses(31, "204")
    lms.control.verify_journal({"called": {}, "times": 0})


def test_one_value_is_a_filter_too(admin: Client) -> None:
    assert {row["user_id"] for row in admin.list_course_enrollments(user_id="13001")} == {13001}


def test_an_empty_filter_is_not_taken_for_none(admin: Client) -> None:
    with pytest.raises(ValueError, match="user_id: an empty list"):
        admin.list_course_enrollments(user_id=[])


@pytest.mark.parametrize("odd", ["..", "1/2", "", "01", 0, -1, True, "٣", "201\n"])
def test_an_id_in_a_path_is_an_id(admin: Client, odd: str) -> None:
    with pytest.raises(ValueError, match="course_id: an id"):
        admin.unenroll(odd, 13001)
