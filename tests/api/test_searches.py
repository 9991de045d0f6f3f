"""Searching in the lists, and what a learner's token shows of them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import NewLms
from tests.support.lists import PLANS, everything, found
from tests.support.lms import BULK, Lms
from tests.support.small import one

pytestmark = pytest.mark.both_databases

COURSE_ENROLLMENTS = "/course/v1/courses/enrollments"


NAMES = ["50% more", "500 more", "a_b", "axb", "back\\slash", "backslash", "Überblick", "[x]", "it's", 'say "hi"']

SEARCHES = [
    ("%", {"50% more"}),
    ("0%", {"50% more"}),
    ("_", {"a_b"}),
    ("A_B", {"a_b"}),
    ("\\", {"back\\slash"}),
    ("k\\S", {"back\\slash"}),
    ("[X]", {"[x]"}),
    ("it's", {"it's"}),
    ('"HI"', {'say "hi"'}),
    ("MORE", {"50% more", "500 more"}),
    ("Überblick", {"Überblick"}),
    ("zzz", set()),
]


@pytest.fixture
def oddly_named(new_lms: NewLms, tmp_path: Any) -> Lms:
    path = tmp_path / "odd.json"
    named = list(enumerate(NAMES, 100))
    users = [{"id": n, "username": f"u{n}", "firstname": name} for n, name in named]
    courses = [{"id": n, "name": name} for n, name in named]
    enrollments = [{"course": n, "user": n} for n, _ in named]
    members = [{"learning_plan": n, "user": n} for n, _ in named]
    seed = {"users": users, "courses": courses, "learning_plans": courses, "enrollments": enrollments}
    path.write_text(json.dumps(seed | {"learning_plan_enrollments": members}))
    return new_lms(seed=str(path))


def names(lms: Lms, text: str) -> dict[str, set[str]]:
    """What the search finds in each list, by the list's path."""
    searches = {
        "/course/v1/courses": ("search_text", "name"),
        "/learn/v1/courses": ("search_text", "name"),
        "/learn/v1/lp": ("search_text", "name"),
        PLANS: ("search_text", "title"),
        "/manage/v1/user": ("search_text", "first_name"),
        BULK: ("search", "name"),
    }
    return {
        path: {item[field] for item in lms.items(f"{path}?{parameter}={quote(text)}")}
        for path, (parameter, field) in searches.items()
    }


def test_nothing_in_a_search_is_a_wildcard_and_case_does_not_matter(oddly_named: Lms) -> None:
    for text, expected in SEARCHES:
        assert set(map(frozenset, names(oddly_named, text).values())) == {frozenset(expected)}, text


def test_case_does_not_matter_beyond_ascii(oddly_named: Lms) -> None:
    for text in ("überblick", "ÜBERBLICK"):
        assert set(map(frozenset, names(oddly_named, text).values())) == {frozenset({"Überblick"})}, text


def test_an_empty_search_is_no_filter(lms: Lms) -> None:
    assert lms.get("/learn/v1/courses?search_text=")["total_count"] == 6
    assert lms.get(f"{BULK}?search=&search_text=")["total_count"] == 40


@pytest.mark.parametrize("match", ["", "&match_type=full"])
def test_a_user_is_found_by_a_text_that_was_encoded_twice(lms: Lms, match: str) -> None:
    users = "/manage/v1/user?search_text="
    for text in ("ana.silva%40example.com", "ana.silva%2540example.com", "%2561na.silva%2540example.com"):
        assert [row["user_id"] for row in lms.items(f"{users}{text}{match}")] == ["13001"]
    for text in ("%252540", "%2500", "ana%2500.silva", "%25FF", "%25"):
        assert lms.items(f"{users}{text}{match}") == [], text


@pytest.mark.parametrize("path", ["/course/v1/courses", "/learn/v1/courses", "/learn/v1/lp", PLANS, "/manage/v1/user"])
def test_nul_is_refused_in_a_search(lms: Lms, path: str) -> None:
    for text in ("%00", "a%00b"):
        assert lms.call("GET", f"{path}?search_text={text}", status=400)["message"][0].startswith("search_text")
    lms.call("GET", path, {"search_text": "a\0"}, status=400)


# --- whose token it is


def test_a_learners_token_sees_only_what_is_theirs(lms: Lms) -> None:
    token = lms.log_in("mei.chen", "learner-demo")
    own = {item for item in everything(lms) if item[2] == 13002}
    assert found(lms, "", token=token) == own == {("course", n, 13002) for n in (201, 202, 203)} | {("plan", 31, 13002)}
    assert found(lms, "id_user[]=13001", token=token) <= own
    assert found(lms, "id_course[]=201", token=token) == {("course", 201, 13002)}
    body = {"id_user": [13001], "page_size": 200}
    assert {row["user_id"] for row in lms.call("GET", BULK, body, token=token)["data"]["items"]} <= {13002}


def test_a_learner_reads_their_own_record_and_nobody_elses(lms: Lms) -> None:
    token = lms.log_in("mei.chen", "learner-demo")
    assert lms.call("GET", one(201, 13002), token=token)["data"]["records"]["status"] == 2
    there = lms.call("GET", one(201, 13001), token=token, status=404)
    nowhere = lms.call("GET", one(206, 13001), token=token, status=404)
    assert [there["message"][0].replace("201", "206")] == nowhere["message"]


@pytest.mark.parametrize(
    "path",
    [
        COURSE_ENROLLMENTS,
        "/course/v1/courses",
        "/learn/v1/courses",
        "/learn/v1/lp",
        PLANS,
        f"{PLANS}/enrollments",
        f"{PLANS}/31/courses",
        f"{PLANS}/31/courses/enrollments",
        "/manage/v1/user",
    ],
)
def test_all_other_lists_are_the_superadmins(lms: Lms, path: str) -> None:
    lms.call("GET", path, token=lms.log_in("mei.chen", "learner-demo"), status=403)
