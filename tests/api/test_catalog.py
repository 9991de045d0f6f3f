"""Users and courses: creating them, and the lists that the guide looks ids up in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mock_lms.storage.tables import users
from tests.conftest import NewLms
from tests.support.lms import CREDENTIALS, Lms
from tests.support.small import NOW, one

USER = "/manage/v1/user"
COURSES = "/learn/v1/courses"


def create_user(lms: Lms, **fields: Any) -> int:
    made: int = lms.call("POST", USER, fields)["data"]["user_id"]
    return made


def listed(lms: Lms, user_id: int) -> dict[str, Any]:
    return next(item for item in lms.items(USER) if item["user_id"] == str(user_id))


# --- users


@pytest.mark.both_databases
def test_a_new_user_is_listed_with_what_was_given(lms: Lms) -> None:
    user = create_user(lms, username="noa.levi", firstname="Noa", lastname="Levi", email="noa.levi@example.com")
    assert user == 13013
    shown = listed(lms, user)
    assert {name: shown[name] for name in list(shown)[:10]} == {
        "user_id": "13013",
        "username": "noa.levi",
        "first_name": "Noa",
        "last_name": "Levi",
        "fullname": "Noa Levi",
        "email": "noa.levi@example.com",
        "level": "user",
        "status": "1",
        "creation_date": NOW,
        "last_update": NOW,
    }


def test_a_username_is_all_that_a_user_needs(lms: Lms) -> None:
    row = listed(lms, create_user(lms, username="x"))
    assert (row["first_name"], row["last_name"], row["fullname"], row["email"]) == ("", "", "", "")
    assert listed(lms, create_user(lms, username="y", lastname="Only"))["fullname"] == "Only"


@pytest.mark.both_databases
def test_each_user_gets_an_id_of_their_own_and_can_be_enrolled(lms: Lms) -> None:
    ids = [create_user(lms, username=f"u{number}") for number in range(3)]
    assert ids == sorted(set(ids))
    lms.call("POST", one(201, ids[0]))
    assert (201, ids[0]) in lms.pairs()


@pytest.mark.both_databases
def test_a_taken_username_is_a_conflict_and_changes_nothing(lms: Lms) -> None:
    before = lms.everything()
    for name in ("ana.silva", "admin"):
        refusal = lms.call("POST", USER, {"username": name, "password": "x"}, status=409)
        assert refusal["name"] == "Conflict"
        assert name in refusal["message"][0]
    assert lms.everything() == before


@pytest.mark.both_databases
def test_of_two_who_want_the_same_username_at_once_one_gets_it(lms: Lms) -> None:
    def create(_: int) -> int:
        headers = {"Authorization": f"Bearer {lms.token}"}
        return lms.app.test_client().post(USER, json={"username": "wanted"}, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(create, range(8))) == [200] + [409] * 7
    assert [row[1] for row in lms.rows(users)].count("wanted") == 1


def test_a_user_with_a_password_can_log_in_and_sees_only_what_is_theirs(lms: Lms) -> None:
    user = create_user(lms, username="nöa", password="pässword")
    token = lms.log_in("nöa", "pässword")
    session = lms.call("GET", "/manage/v1/user/session", token=token)["data"]
    assert (session["id"], session["username"], session["user_level"]) == (user, "nöa", "user")
    assert lms.items("/learn/v1/enrollments", token=token) == []
    lms.call("POST", USER, {"username": "another"}, token=token, status=403)


@pytest.mark.parametrize("level", ["superadmin", "super_admin", "godadmin"])
def test_a_superadmin_can_be_created_by_each_of_the_levels_names(lms: Lms, level: str) -> None:
    user = create_user(lms, username="boss", password="p", level=level)
    lms.call("GET", USER, token=lms.log_in("boss", "p"))
    assert listed(lms, user)["level"] == "superadmin"
    assert [row["user_id"] for row in lms.items(f"{USER}?type={level}")] == ["1", str(user)]


@pytest.mark.parametrize("level", ["6", 6, 6.0, "user"])
def test_a_plain_user_can_be_created_by_name_or_code(lms: Lms, level: Any) -> None:
    assert listed(lms, create_user(lms, username="x", level=level))["level"] == "user"


@pytest.mark.both_databases
def test_a_username_may_be_called_userid_and_the_answer_says_success(lms: Lms) -> None:
    answer = lms.call("POST", USER, {"userid": "new.one", "password": "p"})["data"]
    assert answer == {"success": True, "user_id": 13013}
    assert listed(lms, 13013)["username"] == "new.one"
    both = create_user(lms, username="by.name", userid="by.id")
    assert listed(lms, both)["username"] == "by.name"
    before = lms.everything()
    lms.call("POST", USER, {"userid": "new.one"}, status=409)
    assert lms.everything() == before


@pytest.mark.parametrize("name", ["superadmin", "super_admin", "godadmin"])
def test_the_session_names_a_superadmins_level_as_the_policy_says(new_lms: NewLms, name: str) -> None:
    lms = new_lms(policy=f"user_level={name}")
    assert lms.get("/manage/v1/user/session")["user_level"] == name
    token = lms.log_in("mei.chen", "learner-demo")
    assert lms.get("/manage/v1/user/session", token=token)["user_level"] == "user"


def test_fields_that_programs_expect_are_there(lms: Lms) -> None:
    user = listed(lms, create_user(lms, username="noa levi+x@example.com"))
    assert user["encoded_username"] == "noa%20levi%2Bx%40example.com"
    assert (user["is_manager"], user["expired"], user["managers"], user["active_subordinates_count"]) == (
        False,
        False,
        [],
        0,
    )
    course = lms.items(f"{COURSES}?search_text=Fire")[0]
    assert (course["slug_name"], course["selling"], course["category"]) == (
        "fire-safety",
        False,
        {"id": 2, "name": "Safety"},
    )


@pytest.mark.parametrize("password", ["", "None", "noa"])
def test_a_user_without_a_password_cannot_log_in(lms: Lms, password: str) -> None:
    create_user(lms, username="noa")
    form = {"grant_type": "password", "client_id": CREDENTIALS.client_id, "client_secret": CREDENTIALS.client_secret}
    answer = lms.http.post("/oauth2/token", data={**form, "username": "noa", "password": password})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": ""}, "username"),
        ({"username": None}, "username"),
        ({"username": 5}, "username"),
        ({"username": "x" * 256}, "username"),
        ({"username": "a\0b"}, "username"),
        ({"username": "x", "password": ""}, "password"),
        ({"username": "x", "email": "x" * 256}, "email"),
        ({"username": "x", "firstname": ["x"]}, "firstname"),
        ({"username": "x", "lastname": "\0"}, "lastname"),
        ({"username": "x", "level": "boss"}, "level"),
        ({"username": "x", "level": "7"}, "level"),
        ({"username": "x", "level": 3}, "level"),
        ({"userid": ""}, "userid"),
        ({"userid": 5}, "userid"),
    ],
)
def test_a_user_that_makes_no_sense_is_refused_by_the_fields_name(lms: Lms, body: dict[str, Any], field: str) -> None:
    before = lms.everything()
    assert lms.call("POST", USER, body, status=400)["message"][0].startswith(f"{field}:")
    assert lms.everything() == before


@pytest.mark.both_databases
def test_text_is_kept_to_the_letter(lms: Lms) -> None:
    odd = " <b>'\"\\%_\n日本 😀 "
    row = listed(lms, create_user(lms, username=odd, firstname="x" * 255, email="é" * 255))
    assert (row["username"], row["first_name"], row["email"]) == (odd, "x" * 255, "é" * 255)


# --- the session


def test_the_session_says_whose_token_it_is(lms: Lms) -> None:
    assert lms.get("/manage/v1/user/session") == {
        "id": 1,
        "username": "admin",
        "email": "admin@example.com",
        "firstname": "Mock",
        "lastname": "Admin",
        "user_level": "superadmin",
        "avatar_url": "",
    }
    token = lms.log_in("mei.chen", "learner-demo")
    session = lms.get("/manage/v1/user/session", token=token)
    assert (session["id"], session["firstname"], session["user_level"]) == (13002, "Mei", "user")


# --- courses


@pytest.mark.both_databases
def test_a_new_course_is_in_both_lists_with_what_was_given(lms: Lms) -> None:
    given = {
        "name": "Working at Heights",
        "code": "SAFE-104",
        "course_type": "classroom",
        "status": "under_maintenance",
        "description": "Up there. " * 1000,
        "start_date": "2026-05-01",
        "end_date": "2026-05-02 17:00:00",
    }
    course = lms.call("POST", COURSES, given)["data"]["id_course"]
    assert course == 207
    (row,) = [item for item in lms.items("/course/v1/courses") if item["id"] == course]
    assert (row["name"], row["title"], row["code"]) == ("Working at Heights", "Working at Heights", "SAFE-104")
    assert (row["type"], row["status"], row["description"]) == ("classroom", "under_maintenance", given["description"])
    assert (row["start_date"], row["end_date"]) == ("2026-05-01 00:00:00", "2026-05-02 17:00:00")
    assert row["created_on"] == row["updated_on"] == NOW
    (other,) = [item for item in lms.items(COURSES) if item["id_course"] == course]
    assert (other["name"], other["uidCourse"], other["course_type"]) == (row["name"], row["uid"], "classroom")


def test_a_name_is_all_that_a_course_needs(lms: Lms) -> None:
    ids = [lms.call("POST", COURSES, {"name": "Same"})["data"]["id_course"] for _ in range(2)]
    rows = [item for item in lms.items("/course/v1/courses") if item["id"] in ids]
    assert [(row["type"], row["status"], row["code"], row["start_date"]) for row in rows] == [
        ("elearning", "published", "", None)
    ] * 2
    assert rows[0]["uid"] != rows[1]["uid"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "course_type": "seminar"}, "course_type"),
        ({"name": "x", "status": "draft"}, "status"),
        ({"name": "x", "start_date": "2026-02-30"}, "start_date"),
        ({"name": "x", "description": "x" * 10_001}, "description"),
        ({"name": "x", "code": "a\0"}, "code"),
        ({"name": "x", "code": None}, "code"),
    ],
)
def test_a_course_that_makes_no_sense_is_refused_by_the_fields_name(lms: Lms, body: dict[str, Any], field: str) -> None:
    before = lms.everything()
    assert lms.call("POST", COURSES, body, status=400)["message"][0].startswith(f"{field}:")
    assert lms.everything() == before


# --- the guide's way


@pytest.mark.both_databases
def test_the_guides_way_from_names_to_an_unenrollment(lms: Lms) -> None:
    (plan,) = lms.items("/learn/v1/lp?search_text=Onboarding")
    (course,) = lms.items("/course/v1/courses?search_text=First Aid")
    people = [lms.items(f"{USER}?search_text={name}")[0] for name in ("ana.silva", "luc.martin")]
    ids = [person["user_id"] for person in people]
    answer = lms.bulk_unenroll(ids, course_ids=[course["id"]], learningplan_ids=[plan["id"]])
    assert answer["un_enrolled"] == [13001, 13007]
    assert answer["errors"] == ["User 13001 is not enrolled in course 205."]
    assert (205, 13007) not in lms.pairs()
    assert not {(31, 13001), (31, 13007)} & lms.members()


@pytest.mark.both_databases
def test_a_record_is_read_as_the_policy_says(new_lms: NewLms) -> None:
    expected = {"integer": [2, 1, 0, -2], "string": ["completed", "in_progress", "subscribed", "waiting"]}
    for policy, statuses in expected.items():
        lms = new_lms(policy=f"record_status={policy}")
        pairs = ((201, 13001), (203, 13001), (201, 13007), (204, 13009))
        assert [lms.get(one(*pair))["records"]["status"] for pair in pairs] == statuses


@pytest.mark.both_databases
@pytest.mark.parametrize(("course", "user"), [(206, 13001), (99, 13001), (201, 99), (204, 13008)])
def test_a_record_that_there_is_not_is_a_404(lms: Lms, course: int, user: int) -> None:
    lms.call("GET", one(course, user), status=404)
