"""People as they are read: a user, the list's fields, branches, groups, managers, additional fields."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.tables import users
from tests.support.lms import CREDENTIALS, Lms
from tests.support.small import happened, update

USER = "/manage/v1/user"
ORGCHART = "/manage/v1/orgchart"


def listed(lms: Lms, user_id: int) -> dict[str, Any]:
    (row,) = lms.items(f"{USER}?user_id[]={user_id}")
    return row


def ids(lms: Lms, path: str, name: str = "id") -> list[int]:
    return [int(item[name]) for item in lms.items(path)]


# --- a user


@pytest.mark.both_databases
def test_a_users_view_is_what_the_list_shows_and_the_additional_fields(lms: Lms) -> None:
    view = lms.get(f"{USER}/13004")
    assert view["user_data"] == listed(lms, 13004)
    values = {field["id"]: (field["title"], field["value"]) for field in view["additional_fields"]}
    assert values == {1: ("Job Title", "Shift Lead"), 2: ("Contract", "permanent"), 3: ("First Day", None)}


def test_who_is_not_there_is_a_404_about_the_user(lms: Lms) -> None:
    for path in (f"{USER}/999", f"{USER}/999/subordinates", "/manage/v1/managers/999/subordinates"):
        assert lms.call("GET", path, status=404)["message"] == ["User 999 does not exist."]
    lms.call("GET", f"{USER}/13001", token=lms.log_in("mei.chen", "learner-demo"), status=403)


@pytest.mark.both_databases
def test_a_user_has_managers_and_subordinates(lms: Lms) -> None:
    priya, lena, luc, zoe = (listed(lms, user) for user in (13010, 13004, 13007, 13012))
    assert [manager["manager_username"] for manager in priya["managers"]] == ["lena.fischer", "luc.martin"]
    assert priya["manager_names"]["1"]["manager_name"] == "Lena Fischer"
    assert (lena["is_manager"], lena["active_subordinates_count"]) == (True, 3)
    assert (luc["is_manager"], luc["active_subordinates_count"]) == (True, 2)  # of three, one has left
    assert (zoe["is_manager"], zoe["active_subordinates_count"], zoe["managers"]) == (False, 0, [])
    assert zoe["manager_names"] == {
        "1": {"manager_title": "Direct Manager", "manager_name": None, "manager_username": None}
    }


@pytest.mark.both_databases
def test_every_additional_field_is_a_property_of_every_user(lms: Lms) -> None:
    assert [listed(lms, 13012).get(f"field_{number}", "?") for number in (1, 2, 3)] == [None, None, None]
    assert listed(lms, 13003)["field_1"] == "Driver"


def test_an_account_is_expired_once_its_last_moment_is_over(lms: Lms) -> None:
    assert not listed(lms, 13010)["expired"]
    assert listed(lms, 13011)["expired"]
    lms.advance(days=305, hours=11, minutes=59, seconds=59)
    lms.token = lms.log_in(CREDENTIALS.username, CREDENTIALS.password)
    assert not listed(lms, 13010)["expired"]
    lms.advance(seconds=1)
    assert listed(lms, 13010)["expired"]


def test_a_uuid_is_a_users_own_and_stays(lms: Lms) -> None:
    uuids = {item["user_id"]: item["uuid"] for item in lms.items(USER)}
    assert len(set(uuids.values())) == len(lms.rows(users))
    assert uuids == {item["user_id"]: item["uuid"] for item in lms.items(USER)}


@pytest.mark.both_databases
def test_the_users_of_a_branch_are_those_in_it_and_not_below_it(lms: Lms) -> None:
    assert ids(lms, f"{USER}?branch_id=5", "user_id") == [13003, 13004, 13009, 13010]
    assert ids(lms, f"{USER}?branch_id=4", "user_id") == []
    assert ids(lms, f"{USER}?branch_id=99", "user_id") == []


# --- branches and fields


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 4]),
        ("?node_id=0", [1, 4]),
        ("?node_id=4", [5, 6]),
        ("?node_id=6", []),
        ("?node_id=99", []),
        ("?flattened=true", [1, 2, 3, 4, 5, 6]),
        ("?flattened=true&node_id=1", [2, 3]),
        ("?flattened=1&search_text=SHIFT", [5, 6]),
        ("?search_text=shift", []),
    ],
)
def test_branches_are_listed_by_level_or_flattened(lms: Lms, query: str, expected: list[int]) -> None:
    assert ids(lms, ORGCHART + query) == expected


def test_a_branch_says_what_it_is_below_and_whether_any_are_below_it(lms: Lms) -> None:
    rows = {row["id"]: (row["parent_id"], row["has_children"]) for row in lms.items(f"{ORGCHART}?flattened=true")}
    assert rows == {1: (0, True), 2: (1, False), 3: (1, False), 4: (0, True), 5: (4, False), 6: (4, False)}


def test_user_fields_are_those_of_users_only(lms: Lms) -> None:
    assert ids(lms, "/manage/v1/user_fields") == [1, 2, 3]
    assert ids(lms, "/manage/v1/user_fields?search_text=day") == [3]


# --- managers and groups


@pytest.mark.both_databases
def test_subordinates_are_the_same_by_both_paths(lms: Lms) -> None:
    for path in (f"{USER}/13004/subordinates", "/manage/v1/managers/13004/subordinates"):
        assert ids(lms, path, "user_id") == [13003, 13009, 13010]
    assert ids(lms, f"{USER}/13001/subordinates", "user_id") == []


@pytest.mark.both_databases
def test_a_new_group_is_empty_and_takes_users_once(lms: Lms) -> None:
    group = lms.call("POST", "/audiences/v1/audience", {"name": "Night Owls"})["data"]
    assert (group["id"], group["description"]) == (3, "")
    path, members = f"/audiences/v1/audience/{group['uuid']}/assign_users", "/manage/v1/group/3/members"
    assert ids(lms, members, "user_id") == []
    answer = lms.call("PUT", path, {"user_ids": [13002, 13001, 99, 13001]})["data"]
    assert answer == {"assigned_users": [13002, 13001], "errors": ["User 99 does not exist."]}
    again = lms.call("PUT", path, {"user_ids": ["13001"]})["data"]
    assert again == {"assigned_users": [], "errors": ["User 13001 is in the group already."]}
    assert ids(lms, members, "user_id") == [13001, 13002]
    assert ids(lms, "/audiences/v1/audience?search_text=owls") == [3]


@pytest.mark.both_databases
def test_what_is_wrong_with_a_group_changes_nothing(lms: Lms) -> None:
    before = lms.everything()
    path = "/audiences/v1/audience/{}/assign_users"
    lms.call("PUT", path.format("no-such"), {"user_ids": [13001]}, status=404)
    lms.call("PUT", path.format("a%00b"), {"user_ids": [13001]}, status=404)
    known = path.format("3f0d4c5e-6a1b-4c2d-8e9f-000000000001")
    of_users: list[Any] = [[], ["x"], 13001, [1] * 1001]
    for user_ids in of_users:
        lms.call("PUT", known, {"user_ids": user_ids}, status=400)
    bodies: list[Any] = [{}, {"name": ""}, {"name": "x" * 256}, {"name": "x", "description": 5}]
    for body in bodies:
        lms.call("POST", "/audiences/v1/audience", body, status=400)
    lms.call("GET", "/manage/v1/group/99/members", status=404)
    assert lms.everything() == before


# --- who waits


@pytest.mark.both_databases
def test_who_waits_is_listed_until_confirmed_or_declined(lms: Lms) -> None:
    path = "/learn/v1/enrollment/pending_users"
    pairs = [(row["user_id"], row["enrollment_status"]) for row in lms.items(path)]
    assert pairs == [(13005, "to_confirm"), (13009, "waiting")]
    assert ids(lms, f"{path}?user_id[]=13009", "user_id") == [13009]
    assert ids(lms, f"{path}?course_id[]=201", "user_id") == []
    update(lms, [13005], [204], to=0)
    assert ids(lms, path, "user_id") == [13009]
    lms.call("DELETE", "/learn/v1/enrollments/204/13009")
    assert ids(lms, path, "user_id") == []
    assert [name for name, *_ in happened(lms)] == ["course.enrollment.deleted", "course.enrollment.updated"]


def test_what_is_no_id_is_refused_as_such(lms: Lms) -> None:
    for word in ("ana.silva", "0", "x1", "-1"):
        assert "is no id" in lms.call("GET", f"{USER}/{word}", status=400)["message"][0]
