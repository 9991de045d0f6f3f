from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_lms.seeds import UnusableSeed, plant, size_of
from mock_lms.services.tenants import Tenants
from mock_lms.storage.database import Database
from tests.conftest import NewStore
from tests.support.lms import CREDENTIALS

Query = Callable[[str], list[tuple[Any, ...]]]


def plant_scale(database: Database, *, users: int = 60, courses: int = 20, plans: int = 4) -> None:
    with database.begin() as transaction:
        plant(
            transaction,
            "scale",
            now="2026-03-01 12:00:00",
            hash_password=str,
            users=users,
            courses=courses,
            plans=plans,
        )


def test_every_user_is_in_every_course_and_every_learning_plan(database: Database, query: Query) -> None:
    plant_scale(database)
    everybody = "SELECT count(*), count(DISTINCT user_id), min(user_id), max(user_id) FROM"
    assert query(f"{everybody} course_enrollments") == [(60 * 20, 60, 1001, 1060)]
    assert query(f"{everybody} learning_plan_enrollments") == [(60 * 4, 60, 1001, 1060)]
    assert query("SELECT min(username), max(username) FROM users WHERE id > 1") == [("user01001", "user01060")]


def test_the_learning_plans_share_no_course_and_leave_none_out(database: Database, query: Query) -> None:
    plant_scale(database)
    contents = query("SELECT learning_plan_id, course_id, position FROM learning_plan_courses ORDER BY 1, 3")
    assert contents == [(1 + place // 5, 1 + place, 1 + place % 5) for place in range(20)]


@pytest.mark.parametrize(("courses", "plans"), [(7, 3), (2, 5), (0, 2), (3, 0)])
def test_courses_that_do_not_divide_evenly_differ_by_at_most_one(
    database: Database, query: Query, courses: int, plans: int
) -> None:
    plant_scale(database, users=1, courses=courses, plans=plans)
    sizes = [
        row[0]
        for row in query(
            "SELECT count(course_id) FROM learning_plans LEFT JOIN learning_plan_courses"
            " ON learning_plan_id = learning_plans.id GROUP BY learning_plans.id"
        )
    ]
    assert len(sizes) == plans
    assert sum(sizes) == (courses if plans else 0)
    assert not sizes or max(sizes) - min(sizes) <= 1


def test_no_user_and_no_course_has_one_status_only(database: Database, query: Query) -> None:
    plant_scale(database)
    shares: dict[str, int] = dict(
        query(
            "SELECT coalesce(hold, status, 'subscribed'), count(*) FROM course_enrollments"
            " LEFT JOIN tracks USING (course_id, user_id) GROUP BY 1"
        )
    )
    assert shares == {"completed": 400, "in_progress": 400, "subscribed": 320, "suspended": 40, "waiting": 40}
    for key in ("course_id", "user_id"):
        fewest = f"SELECT min(n) FROM (SELECT count(DISTINCT status) AS n FROM tracks GROUP BY {key})"
        assert query(fewest) == [(2,)]


def test_who_completed_has_a_date_a_score_and_the_certificate_where_there_is_one(
    database: Database, query: Query
) -> None:
    plant_scale(database)
    completed = "status = 'completed' AND completed_at IS NOT NULL AND score > 0 AND time_spent > 0"
    assert query(f"SELECT count(*) FROM tracks WHERE status = 'completed' AND NOT ({completed})") == [(0,)]
    holders = query("SELECT course_id, user_id, issued_at FROM certificates ORDER BY 1, 2")
    finishers = "SELECT course_id, user_id, completed_at FROM tracks WHERE status = 'completed' AND course_id % 5 = 0"
    assert holders == query(f"{finishers} ORDER BY 1, 2")
    assert len(holders) == 20 * 4


def test_the_enrollment_was_updated_when_the_tracking_last_was(database: Database, query: Query) -> None:
    plant_scale(database)
    wrong = query(
        "SELECT count(*) FROM course_enrollments LEFT JOIN tracks USING (course_id, user_id)"
        " WHERE updated_at <> max(enrolled_at, coalesce(completed_at, ''), coalesce(last_access_at, ''))"
    )
    assert wrong == [(0,)]


def test_new_ids_begin_after_those_that_are_planted(database: Database, query: Query) -> None:
    plant_scale(database)
    assert dict(query("SELECT name, value FROM counters WHERE value > 0")) == {
        "users": 1060,
        "courses": 20,
        "learning_plans": 4,
        "course_enrollments": 1200,
        "certificates": 80,
    }


@pytest.mark.both_databases
def test_each_enrollment_is_at_its_phase_of_the_cycle_on_either_database(new_store: NewStore) -> None:
    tenants = Tenants(new_store(), CREDENTIALS.hashed())
    tenants.create("one", "scale", sizes={"users": 40, "courses": 10, "plans": 2})
    with tenants.open("one").database.read() as transaction:
        enrolled = transaction.execute("SELECT id, course_id, user_id, hold FROM course_enrollments ORDER BY id")
        tracked = {(row[0], row[1]): row[2:] for row in transaction.execute("SELECT * FROM tracks")}
        certified = transaction.execute("SELECT id, course_id, user_id, title FROM certificates ORDER BY id")
    pairs = [(course, user) for course in range(1, 11) for user in range(1001, 1041)]
    phases = {(course, user): (7 * user + 11 * course) % 30 for course, user in pairs}
    holds = {28: "suspended", 29: "waiting"}
    assert enrolled == [(number, *pair, holds.get(phases[pair])) for number, pair in enumerate(pairs, 1)]
    assert {pair: row[0] for pair, row in tracked.items()} == {
        pair: "completed" if phase < 10 else "in_progress" for pair, phase in phases.items() if phase < 20
    }
    one_at = {phase: pair for pair, phase in phases.items()}
    begin, end, last = "2026-01-12 09:00:00", "2026-02-04 15:30:00", "2026-03-04 10:00:00"
    assert tracked[one_at[3]] == ("completed", begin, end, end, 72.0, 960)
    assert tracked[one_at[13]] == ("in_progress", begin, last, None, None, 2160)
    owners = [pair for pair in pairs if phases[pair] < 10 and pair[0] % 5 == 0]
    assert certified == [(number, *pair, f"Certificate {pair[0]}") for number, pair in enumerate(owners, 1)]
    tenants.close()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, (10_000, 100, 10)),
        ({"users": 50_000}, (50_000, 100, 10)),
        ({"users": 1_000_000}, (1_000_000, 5, 1)),
        ({"users": 1_000_000, "courses": 10, "plans": 2}, (1_000_000, 10, 2)),
        ({"courses": 3}, (10_000, 3, 10)),
    ],
)
def test_what_is_not_said_of_the_size_is_less_for_many_users(asked: dict[str, int], found: tuple[int, ...]) -> None:
    assert tuple(size_of(**asked).values()) == found


def test_more_than_a_gigabyte_is_refused_before_anything_is_planted() -> None:
    with pytest.raises(UnusableSeed, match=r"100,000,000 enrollments, and scale plants at most 12,000,000"):
        size_of(users=1_000_000, courses=99, plans=1)


def test_a_negative_size_is_refused(database: Database) -> None:
    with pytest.raises(UnusableSeed, match="-1 users"):
        plant_scale(database, users=-1)
