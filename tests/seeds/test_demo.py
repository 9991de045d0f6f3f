from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from mock_lms.domain.enrollments import Status
from mock_lms.seeds import plant
from mock_lms.spec import spec_path
from mock_lms.storage.database import Database

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(autouse=True)
def demo(database: Database) -> None:
    with database.begin() as transaction:
        plant(transaction, "demo", now="2026-04-01 00:00:00", hash_password="hash of {}".format)


@pytest.fixture(scope="module")
def example() -> Callable[[str, str], Any]:
    """The first item of the example answer to a GET in openapi.yaml."""
    paths = yaml.safe_load(spec_path().read_text())["paths"]

    def first_item(path: str, key: str = "data") -> Any:
        answer = paths[path]["get"]["responses"]["200"]["content"]["application/json"]["example"]
        return answer[key]["items"][0] | {"total_count": answer[key]["total_count"]}

    return first_item


def test_ana_is_the_user_of_the_example(query: Query, example: Callable[[str], Any]) -> None:
    item = example("/manage/v1/user")
    columns = "username, firstname, lastname, email, level, active, created_at, updated_at"
    (row,) = query(f"SELECT {columns} FROM users WHERE id = 13001")
    assert row == (
        *(item[name] for name in ("username", "first_name", "last_name", "email", "level")),
        int(item["status"]),
        item["creation_date"],
        item["last_update"],
    )


def test_only_ana_is_found_by_her_name(query: Query) -> None:
    for name in ("ana", "silva"):
        found = f"username || ' ' || firstname || ' ' || lastname || ' ' || email LIKE '%{name}%'"
        assert query(f"SELECT id FROM users WHERE {found}") == [(13001,)]


def test_fire_safety_is_the_course_of_the_examples(query: Query, example: Callable[[str], Any]) -> None:
    item = example("/course/v1/courses")
    columns = ("id", "uid", "code", "name", "description", "type", "status", "start_date", "end_date")
    dates = item["created_on"], item["updated_on"]
    sql = f"SELECT {', '.join(columns)}, created_at, updated_at FROM courses ORDER BY id"
    assert query(sql)[0] == (*(item[name] for name in columns), *dates)
    assert len(query(sql)) == item["total_count"]


def test_onboarding_is_the_learning_plan_of_the_examples(query: Query, example: Callable[[str], Any]) -> None:
    item = example("/learningplan/v1/learningplans")
    described = example("/learn/v1/lp")
    sql = "SELECT id, uuid, code, name, description, published, created_at, updated_at FROM learning_plans ORDER BY id"
    assert query(sql)[0] == (
        *(item[name] for name in ("learning_plan_id", "uuid", "code", "title")),
        described["description"],
        int(item["is_published"]),
        item["created_on"],
        item["updated_on"],
    )
    assert len(query(sql)) == item["total_count"]
    of_plan = "WHERE learning_plan_id = 31"
    courses = query(f"SELECT course_id FROM learning_plan_courses {of_plan} ORDER BY position")
    assert courses == [(201,), (202,), (203,)]
    assert len(courses) == item["assigned_courses_count"]
    members = query(f"SELECT count(*) FROM learning_plan_enrollments {of_plan}")
    assert members == [(item["assigned_enrollments_count"],)]


def test_the_first_enrollment_is_that_of_the_example(query: Query, example: Callable[[str], Any]) -> None:
    item = example("/course/v1/courses/enrollments")
    enrollments = query(
        "SELECT user_id, course_id, level, hold, status, enrolled_by, enrolled_at, valid_from, valid_until, updated_at,"
        " completed_at, score, time_spent, id"
        " FROM course_enrollments LEFT JOIN tracks USING (course_id, user_id) ORDER BY course_id, user_id"
    )
    assert enrollments[0] == (
        item["user_id"],
        item["course_id"],
        3,
        None,
        item["enrollment_status"],
        item["enrollment_created_by"],
        item["enrollment_created_at"],
        None,
        None,
        item["enrollment_date_last_updated"],
        item["enrollment_completion_date"],
        item["enrollment_score"],
        item["enrollment_time_spent"],
        1,
    )
    assert len(enrollments) == item["total_count"] == 28
    plans = query("SELECT count(*) FROM learning_plan_enrollments")
    assert plans == [(example("/learningplan/v1/learningplans/enrollments")["total_count"],)]
    assert example("/learn/v1/enrollments")["total_count"] == 28 + plans[0][0]


def test_ana_has_done_two_thirds_of_onboarding(query: Query, example: Callable[[str], Any]) -> None:
    item = example("/learningplan/v1/learningplans/enrollments")
    (row,) = query(
        "SELECT sum(status = 'completed'), count(*), sum(time_spent) FROM learning_plan_courses"
        " LEFT JOIN tracks USING (course_id) WHERE learning_plan_id = 31 AND user_id = 13001"
    )
    assert row == (2, 3, item["enrollment_time_spent"])
    assert round(100 * 2 / 3) == item["enrollment_completion_percentage"]
    (dates,) = query(
        "SELECT enrolled_at, updated_at, enrolled_by FROM learning_plan_enrollments"
        " WHERE learning_plan_id = 31 AND user_id = 13001"
    )
    names = "enrollment_created_at", "enrollment_date_last_updated", "enrollment_created_by"
    assert dates == tuple(item[name] for name in names)


def test_the_unenrollment_of_the_guide_finds_two_of_its_three_users(query: Query) -> None:
    in_onboarding = "learning_plan_id = 31 AND user_id IN (13001, 13002, 13003)"
    members = query(f"SELECT user_id FROM learning_plan_enrollments WHERE {in_onboarding} ORDER BY 1")
    assert members == [(13001,), (13002,)]


def test_the_examples_of_writing_calls_find_what_they_need(query: Query) -> None:
    newcomer = "SELECT course_id FROM {} WHERE user_id = 13012"
    assert not query(newcomer.format("course_enrollments"))
    assert not query(newcomer.format("tracks"))
    assert not query("SELECT 1 FROM learning_plan_enrollments WHERE user_id = 13012")
    how_we_work = "SELECT user_id FROM course_enrollments WHERE course_id = 203 AND user_id < 13003 ORDER BY 1"
    assert query(how_we_work) == [(13001,), (13002,)]
    not_done = "SELECT 1 FROM tracks WHERE course_id = 203 AND user_id < 13003 AND status = 'completed'"
    assert not query(not_done)


def test_the_next_ids_are_those_of_the_examples(query: Query) -> None:
    last: dict[str, int] = dict(query("SELECT name, value FROM counters"))
    assert (last["users"] + 1, last["courses"] + 1, last["learning_plans"] + 1) == (13013, 207, 34)
    assert last["course_enrollments"] == 28
    assert last["outbox"] == 0


def test_every_status_occurs(query: Query) -> None:
    status = "coalesce(hold, status, 'subscribed')"
    found = query(f"SELECT DISTINCT {status} FROM course_enrollments LEFT JOIN tracks USING (course_id, user_id)")
    assert {row[0] for row in found} == set(Status)


def test_learners_in_two_learning_plans_share_a_course_of_both(query: Query) -> None:
    shared = query(
        "SELECT user_id, course_id FROM learning_plan_enrollments JOIN learning_plan_courses USING (learning_plan_id)"
        " GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1"
    )
    assert shared == [(13004, 201), (13005, 201)]


def test_an_earlier_unenrollment_left_tracking_and_a_certificate(query: Query) -> None:
    left = query(
        "SELECT course_id, user_id, status FROM tracks LEFT JOIN course_enrollments USING (course_id, user_id)"
        " WHERE course_enrollments.id IS NULL"
    )
    assert left == [(204, 13008, "completed")]
    assert query("SELECT title FROM certificates WHERE user_id = 13008") == [("Forklift Driver",)]


def test_certificates_are_held_by_those_who_completed(query: Query) -> None:
    finishers = (
        "SELECT course_id, user_id, completed_at FROM tracks WHERE status = 'completed' AND course_id IN (201, 204)"
    )
    holders = "SELECT course_id, user_id, issued_at FROM certificates WHERE course_id IS NOT NULL"
    assert query(f"{holders} ORDER BY 1, 2") == query(f"{finishers} ORDER BY 1, 2")
    finished = (
        "SELECT learning_plan_id, user_id FROM learning_plan_enrollments JOIN learning_plan_courses"
        " USING (learning_plan_id) LEFT JOIN tracks USING (course_id, user_id) GROUP BY 1, 2"
        " HAVING count(*) = sum(coalesce(status, '') = 'completed')"
    )
    plan_holders = "SELECT learning_plan_id, user_id FROM certificates WHERE learning_plan_id IS NOT NULL"
    assert query(finished) == query(plan_holders) == [(31, 13006)]


def test_a_learner_can_log_in_and_one_has_left(query: Query) -> None:
    assert query("SELECT id, password_hash FROM users WHERE password_hash IS NOT NULL") == [
        (13002, "hash of learner-demo")
    ]
    assert query("SELECT id FROM users WHERE active = 0") == [(13011,)]


def test_every_course_is_filed_under_a_category_that_there_is(query: Query) -> None:
    filed = "SELECT courses.id FROM courses JOIN categories ON categories.id = category_id ORDER BY 1"
    assert query(filed) == query("SELECT id FROM courses ORDER BY id")


def test_every_course_has_the_mandatory_field_of_courses(query: Query) -> None:
    filled = "SELECT course_id FROM course_field_values JOIN fields ON fields.id = field_id WHERE mandatory = 1"
    assert query(f"{filled} ORDER BY 1") == query("SELECT id FROM courses ORDER BY id")


def test_every_course_that_is_published_is_in_a_catalog(query: Query) -> None:
    offered = "SELECT course_id FROM catalog_items WHERE course_id IS NOT NULL"
    assert not query(f"SELECT id FROM courses WHERE status = 'published' AND id NOT IN ({offered})")
