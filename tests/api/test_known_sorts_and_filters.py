"""Sorts and filters that programs send, and that once were refused or ignored (what-clients-call.md 2.2 to 2.4)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from mock_lms.storage.database import Statement
from mock_lms.storage.tables import branch_members, branches, users
from tests.conftest import NewLms
from tests.support.lists import PLANS
from tests.support.lms import Lms, put
from tests.support.small import one

pytestmark = pytest.mark.both_databases

USERS = "/manage/v1/user"
COURSES = "/learn/v1/courses"
LP = "/learn/v1/lp"


@pytest.mark.parametrize(("path", "key"), [(COURSES, "id_course"), ("/course/v1/courses", "id")])
def test_courses_are_sorted_by_either_name_of_sort_and_direction(lms: Lms, path: str, key: str) -> None:
    for attribute in (key, "name", "code", "last_update"):
        for direction in ("asc", "desc"):
            expected = lms.get(f"{path}?sort_attr={attribute}&sort_dir={direction}")
            for other in (
                f"sort_by={attribute}&sort_by_direction={direction}",
                f"sort_by={attribute}&sort_dir={direction}",
                f"sort_attr={attribute}&sort_by_direction={direction}",
                f"sort_attr={attribute}&sort_by=type&sort_dir={direction}&sort_by_direction=asc",
                f"sort_attr=unknown&sort_by={attribute}&sort_dir={direction}",
            ):
                assert lms.get(f"{path}?{other}") == expected, other
    names = [item["name"] for item in lms.items(f"{path}?sort_by=name&sort_by_direction=desc")]
    assert names == sorted(names, reverse=True)


def _changed_in_turn(lms: Lms) -> list[str]:
    """Three new users, courses and plans, a minute apart from each other; the moments at which they came."""
    moments = []
    for number in range(3):
        lms.advance(minutes=1)
        lms.call("POST", USERS, {"username": f"u{number}", "firstname": f"F{3 - number}"})
        lms.call("POST", COURSES, {"name": f"C{number}"})
        lms.call("POST", PLANS, {"title": f"P{number}"})
        moments.append(f"2026-03-01 12:0{number + 1}:00")
    return moments


@pytest.mark.parametrize(
    ("path", "shown"), [(COURSES, "date_last_updated"), ("/course/v1/courses", "updated_on"), (USERS, "last_update")]
)
def test_updated_from_lists_what_was_changed_then_or_later(lms: Lms, path: str, shown: str) -> None:
    moments = _changed_in_turn(lms)
    for index, moment in enumerate(moments):
        rows = lms.items(f"{path}?updated_from={moment}")
        assert sorted(row[shown] for row in rows) == moments[index:]
    assert lms.items(f"{path}?updated_from=2026-03-01T12:03:00Z")
    assert lms.items(f"{path}?updated_from=2026-03-01T12:03:01Z") == []
    lms.call("GET", f"{path}?updated_from=yesterday", status=400)


@pytest.mark.parametrize(("path", "shown"), [(COURSES, "date_last_updated"), (LP, "last_update")])
def test_the_last_update_sorts_both_ways(lms: Lms, path: str, shown: str) -> None:
    moments = _changed_in_turn(lms)
    rows = lms.items(f"{path}?sort_attr=last_update&sort_dir=desc")
    assert [row[shown] for row in rows][:3] == moments[::-1]
    rows = lms.items(f"{path}?sort_attr=last_update&sort_dir=asc")
    assert [row[shown] for row in rows][-3:] == moments


def test_users_are_sorted_by_first_name_status_and_level(lms: Lms) -> None:
    for attribute in ("first_name", "status", "level"):
        for direction in ("asc", "desc"):
            values = [row[attribute] for row in lms.items(f"{USERS}?sort_attr={attribute}&sort_dir={direction}")]
            assert values == sorted(values, reverse=direction == "desc")
            assert len(set(values)) > 1


@pytest.mark.parametrize(
    ("attribute", "column", "values"),
    [
        ("last_access_date", "last_access_at", ["2026-02-01 10:00:00", "2026-01-01 10:00:00"]),
        ("expiration_date", "expires_at", ["2027-01-01 00:00:00", "2026-04-01 00:00:00"]),
        ("language", "language", ["de", "fr"]),
        ("email_validation_status", "email_validated", [1, 1]),
    ],
)
def test_users_are_sorted_by_what_is_held_of_their_accounts(
    lms: Lms, attribute: str, column: str, values: list[Any]
) -> None:
    with lms.tenant.database.begin() as transaction:
        for number, value in enumerate(values, 13001):
            transaction.run(Statement(update(users).where(users.c.id == number).values({column: value})))
    for direction in ("asc", "desc"):
        rows = lms.items(f"{USERS}?sort_attr={attribute}&sort_dir={direction}")
        shown = [row[attribute] for row in rows if row[attribute] is not None]
        assert shown == sorted(shown, reverse=direction == "desc")
        assert len(set(shown)) > 1
        assert {str(value) for value in values} <= set(shown)
        assert [row[attribute] for row in rows][len(shown) :] == [None] * (len(rows) - len(shown))


def test_users_are_filtered_by_their_ids(lms: Lms) -> None:
    for query in ("user_id[]=13001&user_id[]=13003", "user_id[0]=13003&user_id[1]=13001&user_id[]=99"):
        assert [row["user_id"] for row in lms.items(f"{USERS}?{query}")] == ["13001", "13003"]
    assert [row["user_id"] for row in lms.items(f"{USERS}?user_id=13001")] == ["13001"]
    assert lms.items(f"{USERS}?user_id=13001&search_text=mei") == []
    lms.call("GET", f"{USERS}?user_id=x", status=400)


def test_users_are_filtered_by_the_branch_that_they_are_in(lms: Lms) -> None:
    with lms.tenant.database.begin() as transaction:
        put(transaction, branches, id=7, name="North")
        put(transaction, branches, id=8, parent_id=7, name="Harbour")
        for branch, user in ((7, 13001), (8, 13002), (8, 13003)):
            put(transaction, branch_members, branch_id=branch, user_id=user)
    for branch, ids in {7: ["13001"], 8: ["13002", "13003"], 9: []}.items():
        assert [row["user_id"] for row in lms.items(f"{USERS}?branch_id={branch}")] == ids
    lms.call("GET", f"{USERS}?branch_id=north", status=400)


def test_nobody_is_pending(lms: Lms) -> None:
    assert lms.get(f"{USERS}?pending=1")["total_count"] == 0
    assert lms.get(f"{USERS}?pending=0") == lms.get(USERS)


@pytest.mark.parametrize("flag", ["true", "1", "True"])
def test_the_courses_of_a_plan_are_there_if_they_are_asked_for_and_in_its_order(lms: Lms, flag: str) -> None:
    plans = lms.items(f"{LP}?return_courses={flag}")
    for plan in plans:
        courses = lms.items(f"{PLANS}/{plan['id']}/courses")
        assert plan["courses"] == [{"id_course": course["id"]} for course in courses]
    assert any(len(plan["courses"]) > 1 for plan in plans)
    empty = lms.call("POST", PLANS, {"title": "Without"})["data"]["learning_plan_id"]
    assert next(plan for plan in lms.items(f"{LP}?return_courses={flag}") if plan["id"] == empty)["courses"] == []
    assert [{**plan, "courses": None} for plan in plans] == [{**plan, "courses": None} for plan in lms.items(LP)][:3]
    assert not any("courses" in plan for plan in lms.items(f"{LP}?return_courses=0"))
    assert lms.get(f"{LP}?return_courses={flag}&page=9")["items"] == []


def test_a_plan_says_when_it_was_changed_by_both_names(lms: Lms) -> None:
    assert all(plan["date_last_updated"] == plan["last_update"] for plan in lms.items(LP))


# --- dates


MOMENTS = ["2026-11-30 22:30:00", "2026-12-01T00:30:00+02:00", "2026-11-30T22:30:00.000Z", "2026-11-30T22:30Z"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_is_taken_in_every_body_that_has_dates(lms: Lms, moment: str) -> None:
    of_plan = {"items": {"user_ids": [13009]}, "options": {"validity_end_at": moment}}
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", one(206, 13001), {"date_begin_validity": moment, "date_expire_validity": moment}),
        ("PUT", one(206, 13001), {"status": 2, "date_complete": moment, "date_inscr": moment}),
        ("POST", f"{PLANS}/33/enrollments/bulk", of_plan),
        ("POST", COURSES, {"name": "Dated", "start_date": moment}),
    ]
    for method, path, body in bodies:
        lms.call(method, path, body)
    (row,) = lms.items("/course/v1/courses/enrollments?user_id=13001&course_id=206")
    for name in ("validity_begin_date", "validity_end_date", "completion_date", "created_at"):
        assert row[f"enrollment_{name}"] == MOMENTS[0]
    (member,) = lms.items(f"{PLANS}/enrollments?learning_plan_id=33&user_id=13009")
    assert member["enrollment_validity_end_date"] == MOMENTS[0]
    (course,) = lms.items(f"{COURSES}?search_text=Dated")
    assert course["start_date"] == MOMENTS[0]


@pytest.mark.parametrize("moment", ["2026-02-10T16:30:00+01:00", "2026-02-10T16:30:00%2B01:00", "2026-02-10T15:30:00Z"])
def test_a_moment_is_taken_in_a_query_even_if_its_plus_was_not_encoded(lms: Lms, moment: str) -> None:
    path = "/learn/v1/enrollments"
    for name in ("updated_from", "updated_to"):
        expected = lms.get(f"{path}?{name}=2026-02-10 15:30:00")
        assert 0 < expected["total_count"] < 40
        assert lms.get(f"{path}?{name}={moment}") == expected


def test_a_strict_tenant_refuses_iso_8601_by_the_fields_name_and_changes_nothing(new_lms: NewLms) -> None:
    lms = new_lms(policy="dates=strict")
    before = lms.everything()
    for moment in MOMENTS[1:]:
        refusal = lms.call("POST", one(206, 13001), {"date_begin_validity": moment}, status=400)
        assert refusal["message"][0].startswith("date_begin_validity")
        refusal = lms.call("GET", f"/learn/v1/enrollments?updated_from={moment}", status=400)
        assert refusal["message"][0].startswith("updated_from")
    options = {"items": {"user_ids": [13009]}, "options": {"validity_end_at": MOMENTS[1]}}
    refusal = lms.call("POST", f"{PLANS}/33/enrollments/bulk", options, status=400)
    assert refusal["message"][0].startswith("options.validity_end_at")
    assert lms.everything() == before
    lms.call("POST", one(206, 13001), {"date_begin_validity": MOMENTS[0]})
