"""One course or learning plan: views of it, what is in it, changing it, and taking it away."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.tables import metadata
from tests.conftest import NewLms
from tests.support.lms import Lms
from tests.support.small import NOW, happened

COURSES = "/learn/v1/courses"
MANY = "/course/v1/courses"


# --- views


@pytest.mark.both_databases
def test_both_services_show_a_course_as_their_lists_do(lms: Lms) -> None:
    for row in lms.items(MANY):
        assert lms.get(f"{MANY}/{row['id']}") == row
    for row in lms.items(COURSES):
        view = lms.get(f"{COURSES}/{row['id_course']}")
        same = {
            "name": "name",
            "code": "code",
            "description": "description",
            "slug_name": "slug_name",
            "type": "course_type",
        }
        assert {name: view[name] for name in same} == {name: row[of] for name, of in same.items()}
        assert (view["id"], view["category"], view["duration"]) == (row["id_course"], row["category"], row["duration"])


@pytest.mark.both_databases
def test_the_view_of_learn_holds_what_is_kept_around_a_course(lms: Lms) -> None:
    course = lms.get(f"{COURSES}/204")
    assert [plan["id"] for plan in course["learningplans"]] == [32]
    assert [skill["title"] for skill in course["skills"]] == ["14"]
    assert [node["name"] for node in course["tree"]] == ["Before You Come"]
    assert [(field["title"], field["value"]) for field in course["additional_fields"]] == [
        ("Owner", "Lena Fischer"),
        ("Renewal", "every second year"),
        ("Reviewed On", None),
    ]
    assert (course["price"], course["on_sale"], course["current_rating"]) == (480, True, 4.9)


def test_a_course_of_which_nothing_is_said_has_plain_values(lms: Lms) -> None:
    course = lms.call("POST", COURSES, {"name": "Ropes & Knots"})["data"]["id_course"]
    (row,) = [row for row in lms.items(COURSES) if row["id_course"] == course]
    assert (row["slug_name"], row["language"], row["language_label"]) == ("ropes-knots", "en", "English")
    assert (row["price"], row["selling"], row["credits"], row["duration"]) == ("0", False, 0, 0)
    assert (row["category"], row["current_rating"]) == ({"id": None, "name": None}, 0)
    view = lms.get(f"{COURSES}/{course}")
    assert (view["tree"], view["skills"], view["learningplans"]) == ([], [], [])


@pytest.mark.both_databases
def test_a_learning_plan_is_shown_as_its_lists_show_it(lms: Lms) -> None:
    plans = "/learningplan/v1/learningplans"
    for row in lms.items(plans):
        assert lms.get(f"{plans}/{row['learning_plan_id']}") == row
    for row in lms.items("/learn/v1/lp"):
        view = lms.get(f"/learn/v1/lp/{row['id']}")
        courses = [course["id_course"] for course in view.pop("courses")]
        assert view.items() <= row.items()
        assert courses == [course["id"] for course in lms.items(f"{plans}/{row['id']}/courses")]


@pytest.mark.parametrize(
    ("path", "kind"),
    {
        f"{COURSES}/999": "course",
        f"{MANY}/999": "course",
        f"{MANY}/999/enrollments": "course",
        f"{MANY}/999/sessions": "course",
        f"{COURSES}/999/los": "course",
        f"{COURSES}/999/by_category": "course",
        "/learn/v1/lp/999": "learning plan",
        "/learningplan/v1/learningplans/999": "learning plan",
        "/learn/v1/catalog/999": "catalog",
    }.items(),
)
def test_what_is_not_there_is_a_404_about_it(lms: Lms, path: str, kind: str) -> None:
    assert lms.call("GET", path, status=404)["message"] == [f"{kind.capitalize()} 999 does not exist."]


# --- what is in it


@pytest.mark.both_databases
def test_the_enrollments_of_a_course_are_those_of_the_list_by_course(lms: Lms) -> None:
    for course in (201, 204, 206):
        path = f"{MANY}/{course}/enrollments"
        assert lms.items(path) == lms.items(f"{MANY}/enrollments?course_id[]={course}")
    completed = lms.items(f"{MANY}/201/enrollments?enrollment_status[]=completed&sort_attr=username&sort_dir=desc")
    assert [row["user_id"] for row in completed] == [13002, 13004, 13006, 13001]


@pytest.mark.both_databases
@pytest.mark.parametrize("text", ["SILVA", "ana.", "Ana", "ana.silva@example.com"])
def test_the_search_in_a_course_is_for_people(lms: Lms, text: str) -> None:
    assert [row["user_id"] for row in lms.items(f"{MANY}/201/enrollments?search_text={text}")] == [13001]


def test_nothing_in_the_search_for_people_is_a_wildcard(lms: Lms) -> None:
    assert lms.items(f"{MANY}/201/enrollments?search_text=%25") == []


def test_a_course_that_is_no_classroom_does_not_have_sessions(lms: Lms) -> None:
    refusal = lms.call("GET", f"{MANY}/201/sessions", status=400)
    assert "does not have sessions" in refusal["message"][0]
    assert lms.items(f"{MANY}/204/sessions") == []


@pytest.mark.both_databases
def test_the_courses_of_a_category_are_all_of_it(lms: Lms) -> None:
    assert [row["id_course"] for row in lms.items(f"{COURSES}/205/by_category")] == [201, 205, 206]
    unfiled = lms.call("POST", COURSES, {"name": "x"})["data"]["id_course"]
    assert lms.items(f"{COURSES}/{unfiled}/by_category") == []


def test_no_survey_has_answers(lms: Lms) -> None:
    assert lms.get("/learn/v1/survey/1/answer?id_course=201") == {"items": []}


# --- changing it


@pytest.mark.both_databases
def test_an_update_changes_what_it_names_and_nothing_else(lms: Lms) -> None:
    before = lms.get(f"{MANY}/203")
    changes = {"name": "How We Work Now", "end_date": "2026-12-31", "status": "under_maintenance"}
    assert lms.call("PUT", f"{COURSES}/203", {**changes, "id": 201})["data"] == {"id": 203}
    expected = {**changes, "title": changes["name"], "end_date": "2026-12-31 00:00:00", "updated_on": NOW}
    assert lms.get(f"{MANY}/203") == before | expected
    assert lms.get(f"{MANY}/201")["name"] == "Fire Safety"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"code": "x" * 256}, "code"),
        ({"status": "draft"}, "status"),
        ({"start_date": "2026-02-30"}, "start_date"),
        ({"description": 5}, "description"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_changes_nothing(lms: Lms, body: Any, field: str) -> None:
    before = lms.everything()
    assert lms.call("PUT", f"{COURSES}/203", body, status=400)["message"][0].startswith(f"{field}:")
    assert lms.call("PUT", f"{COURSES}/999", {"name": "x"}, status=404)["message"] == ["Course 999 does not exist."]
    lms.call("PUT", f"{COURSES}/203", status=400)
    assert lms.everything() == before


# --- taking it away


@pytest.mark.both_databases
def test_with_a_course_goes_all_that_is_of_it_and_nothing_else(lms: Lms) -> None:
    before = lms.everything()
    assert lms.call("DELETE", f"{COURSES}/204")["data"] == {"success": True}
    after = lms.everything()
    for table in metadata.sorted_tables:
        names = [column.name for column in table.columns]
        key = "id" if table.name == "courses" else "course_id"
        if key not in names or table.name in {"outbox", "counters"}:
            assert table.name in {"outbox", "counters"} or after[table.name] == before[table.name]
            continue
        at = names.index(key)
        assert after[table.name] == [row for row in before[table.name] if row[at] != 204], table.name
    lms.call("GET", f"{COURSES}/204", status=404)


@pytest.mark.both_databases
def test_everybody_in_a_course_that_goes_is_unenrolled(lms: Lms) -> None:
    members = {user for course, user in lms.pairs() if course == 204}
    lms.call("DELETE", f"{COURSES}/204")
    assert happened(lms) == sorted(("course.enrollment.deleted", user, 204, 1) for user in members)
    assert not {user for course, user in lms.pairs() if course == 204}


def test_a_course_that_nobody_is_in_goes_without_an_event(lms: Lms) -> None:
    lms.call("DELETE", f"{COURSES}/206")
    assert happened(lms) == []


def test_a_course_that_is_not_there_cannot_go(lms: Lms) -> None:
    before = lms.everything()
    assert lms.call("DELETE", f"{COURSES}/999", status=404)["message"] == ["Course 999 does not exist."]
    assert lms.everything() == before


def test_a_learner_may_neither_look_at_a_course_nor_change_it(new_lms: NewLms) -> None:
    lms = new_lms()
    token = lms.log_in("mei.chen", "learner-demo")
    before = lms.everything()
    for method in ("GET", "DELETE"):
        lms.call(method, f"{COURSES}/201", token=token, status=403)
    lms.call("PUT", f"{COURSES}/201", {"name": "x"}, token=token, status=403)
    assert lms.everything() == before
