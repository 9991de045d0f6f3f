"""What the lists leave out: filters, searches, and what a learner may see. Their pages are in `test_lists.py`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.lists import PLANS, everything, found
from tests.support.lms import BULK, Lms
from tests.support.small import one

pytestmark = pytest.mark.both_databases

COURSE_ENROLLMENTS = "/course/v1/courses/enrollments"


def test_course_enrollments_come_first_then_those_of_plans(lms: Lms) -> None:
    rows = lms.items(BULK)
    kinds = [row["type"] == "learning_plan" for row in rows]
    assert kinds == [False] * 28 + [True] * 12
    assert found(lms, "") == everything(lms)


@pytest.mark.parametrize(
    ("size", "number"), [(20, 2), (27, 2), (28, 1), (28, 2), (29, 1), (5, 6), (3, 10), (13, 3), (200, 1)]
)
def test_a_page_may_span_courses_and_plans(lms: Lms, size: int, number: int) -> None:
    rows = lms.items(BULK)
    data = lms.get(f"{BULK}?page={number}&page_size={size}")
    assert data["items"] == rows[(number - 1) * size : number * size]
    assert data["total_count"] == 40
    assert data["has_more_data"] == (number * size < 40)


def test_an_item_has_the_id_of_its_course_or_plan_and_says_which(lms: Lms) -> None:
    first = lms.get(f"{BULK}?page_size=1")["items"][0]
    assert (first["id"], first["type"], first["status"], first["level"]) == (201, "elearning", "completed", "student")
    assert (first["complete_percent"], first["courses_count"], first["score"]) == (100, None, 92)
    (plan,) = lms.items(f"{BULK}?id_learning_plan[]=31&id_user[]=13001")
    assert (plan["id"], plan["type"], plan["level"], plan["score"]) == (31, "learning_plan", None, None)
    assert (plan["complete_percent"], plan["courses_count"], plan["total_time"]) == (67, 3, 5400)


# --- every filter of list_enrollments


def nothing(_: object) -> bool:
    return False


def anything(_: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("id_user[]=13003", lambda at: at.user == 13003),
        ("id_user[]=13003&id_user[]=13012&id_user[]=99", lambda at: at.user == 13003),
        ("id_course[]=204", lambda at: (at.kind, at.target) == ("course", 204)),
        ("id_course[]=31", nothing),
        ("code_course[]=SAFE-101", lambda at: (at.kind, at.target) == ("course", 201)),
        ("code_course[]=SAFE-1", nothing),
        (
            "code_course[]=SAFE-101&code_course[]=WH-201",
            lambda at: at.kind == "course" and at.target in {201, 204},
        ),
        ("id_learning_plan[]=32", lambda at: (at.kind, at.target) == ("plan", 32)),
        ("code_learning_plan[]=ONB", lambda at: (at.kind, at.target) == ("plan", 31)),
        (
            "id_course[]=203&id_learning_plan[]=32",
            lambda at: (at.kind, at.target) in {("course", 203), ("plan", 32)},
        ),
        (
            "id_learning_plan[]=31&id_user[]=13001",
            lambda at: (at.kind, at.target, at.user) == ("plan", 31, 13001),
        ),
        ("type[]=learning_plan", lambda at: at.kind == "plan"),
        ("type[]=classroom", lambda at: at.kind == "course" and at.target in {204, 205}),
        ("type=elearning,classroom", lambda at: at.kind == "course"),
        ("type=elearning,learning_plan", lambda at: at.kind == "plan" or at.target in {201, 202, 203}),
        ("type[]=learning_plan&id_course[]=201", nothing),
        ("type[]=elearning&id_learning_plan[]=31", nothing),
        ("level=instructor", lambda at: (at.target, at.user) == (205, 13007)),
        ("level=coach", lambda at: (at.target, at.user) == (205, 13007)),
        ("level=tutor", nothing),
        ("level=student", lambda at: at.kind == "course" and (at.target, at.user) != (205, 13007)),
        ("level=learner", lambda at: at.kind == "course" and (at.target, at.user) != (205, 13007)),
        ("exclude_courses_in_lp=1", lambda at: at.kind == "plan"),
        ("exclude_courses_in_lp=false", anything),
        ("search=onboarding", lambda at: (at.kind, at.target) == ("plan", 31)),
        ("search_text=SAFE", lambda at: at.kind == "course" and at.target in {201, 205}),
        ("search_text=yard", lambda at: (at.kind, at.target) == ("course", 204)),
        ("search=w", None),
    ],
)
def test_a_filter_leaves_just_what_it_says(lms: Lms, query: str, wanted: Any) -> None:
    if wanted is not None:
        assert found(lms, query) == {item for item in everything(lms) if wanted(item)}
    else:
        texts = [f"{row['name']} {row['code']} {row['description']}".lower() for row in lms.items(f"{BULK}?{query}")]
        assert texts
        assert all("w" in text for text in texts)


def test_a_course_that_no_plan_contains_is_not_excluded(small: Lms) -> None:
    assert found(small, "exclude_courses_in_lp=true&type=elearning,classroom") == {("course", 24, 11)}


@pytest.mark.parametrize("word", ["not_started", "subscribed", "enrolled"])
def test_three_words_mean_not_started_in_every_list(lms: Lms, word: str) -> None:
    assert found(lms, f"status[]={word}") == found(lms, "status[]=not_started")
    rows = lms.items(f"{BULK}?status={word}")
    assert {row["status"] for row in rows} == {"subscribed"}
    assert {row["type"] for row in rows} == {"elearning", "classroom", "learning_plan"}
    rows = lms.items(f"{COURSE_ENROLLMENTS}?enrollment_status={word}")
    assert {row["enrollment_status"] for row in rows} == {"enrolled"}
    assert len(rows) == 12
    rows = lms.items(f"{PLANS}/enrollments?enrollment_status={word}")
    assert {row["enrollment_status"] for row in rows} == {"not_started"}


@pytest.mark.parametrize("word", ["in_progress", "completed", "suspended", "waiting", "to_confirm", "overbooking"])
def test_a_status_filter_leaves_just_that_status(lms: Lms, word: str) -> None:
    rows = lms.items(BULK)
    wanted = [row for row in rows if row["status"] == word]
    assert wanted
    assert lms.items(f"{BULK}?status[]={word}") == wanted
    assert lms.items(f"{BULK}?status={word},subscribed") == [
        row for row in rows if row["status"] in {word, "subscribed"}
    ]
    names = {row["enrollment_status"] for row in lms.items(f"{COURSE_ENROLLMENTS}?enrollment_status={word}")}
    assert names == {word}


def test_updated_from_and_to_include_their_bounds(lms: Lms) -> None:
    rows = lms.items(BULK)
    dates = sorted({row["date_last_updated"] for row in rows})
    low, high = dates[3], dates[-3]
    for query, wanted in {
        f"updated_from={low}": [row for row in rows if row["date_last_updated"] >= low],
        f"updated_to={high}": [row for row in rows if row["date_last_updated"] <= high],
        f"updated_from={low}&updated_to={high}": [row for row in rows if low <= row["date_last_updated"] <= high],
        "updated_from=2026-02-10": [row for row in rows if row["date_last_updated"] >= "2026-02-10 00:00:00"],
    }.items():
        assert 0 < len(wanted) < 40
        assert lms.items(f"{BULK}?{query}") == wanted


def test_an_update_is_found_by_its_date(small: Lms) -> None:
    small.advance(minutes=5)
    small.call("PUT", one(23, 11), {"level": 4})
    assert found(small, "updated_from=2026-03-01 12:05:00") == {("course", 23, 11)}


@pytest.mark.parametrize(
    "wrong",
    [
        "updated_from=2026-02-30",
        "updated_to=now",
        "id_user[]=x",
        "id_learning_plan[]=0",
        "status=%00",
        "level=" + "x" * 256,
        "search=%00",
        "code_course[]=%00",
        "search=" + "x" * 256,
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_by_its_name(lms: Lms, wrong: str) -> None:
    refusal = lms.call("GET", f"{BULK}?{wrong}", status=400)
    assert refusal["message"][0].startswith(wrong.partition("=")[0].removesuffix("[]"))


# --- the other lists


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("course_id[]=201", 10),
        ("course_id[]=201&user_id[]=13001&user_id[]=13002", 2),
        ("course_type[]=classroom", 7),
        ("course_type=elearning,classroom", 28),
        ("enrollment_level[]=instructor", 1),
        ("enrollment_level[]=student&enrollment_level[]=coach", 28),
        ("enrollment_level=tutor", 0),
        ("enrollment_status=completed&course_id[]=204", 1),
        ("course_id[]=206", 0),
    ],
)
def test_course_enrollments_are_filtered(lms: Lms, query: str, count: int) -> None:
    assert len(lms.items(f"{COURSE_ENROLLMENTS}?{query}")) == count


@pytest.mark.parametrize(
    ("path", "field", "ids"),
    [
        ("/course/v1/courses?type[]=classroom", "id", [204, 205]),
        ("/course/v1/courses?status=under_maintenance", "id", [206]),
        ("/course/v1/courses?type=elearning&status=published", "id", [201, 202, 203]),
        ("/course/v1/courses?search_text=safe-10", "id", [201, 205, 206]),
        ("/learn/v1/courses?search_text=FIRE", "id_course", [201]),
        ("/learn/v1/lp?search_text=onb", "id", [31]),
        ("/learn/v1/lp?id_user=13004", "id", [31, 32]),
        ("/learn/v1/lp?id_user=13012", "id", []),
        (f"{PLANS}?search_text=team", "learning_plan_id", [32]),
        ("/manage/v1/user?search_text=SILVA", "user_id", ["13001"]),
        ("/manage/v1/user?search_text=mei.chen@example", "user_id", ["13002"]),
        ("/manage/v1/user?type=superadmin", "user_id", ["1"]),
        ("/manage/v1/user?status[]=0", "user_id", ["13011"]),
        ("/manage/v1/user?search_text=silva&match_type=full", "user_id", []),
        ("/manage/v1/user?search_text=Silva&match_type=full", "user_id", ["13001"]),
        ("/manage/v1/user?search_text=ana.silva&match_type=full", "user_id", ["13001"]),
        ("/manage/v1/user?search_text=ana.silv&match_type=full", "user_id", []),
        ("/manage/v1/user?search_text=ana.silva@example.com&match_type=full&status=0", "user_id", []),
    ],
)
def test_a_look_up_finds_just_what_it_is_for(lms: Lms, path: str, field: str, ids: list[Any]) -> None:
    assert [item[field] for item in lms.items(path)] == ids


def test_a_look_up_that_makes_no_sense_is_refused(lms: Lms) -> None:
    lms.call("GET", "/learn/v1/lp?id_user=x", status=400)
