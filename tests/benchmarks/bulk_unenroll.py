"""A thousand users out of a plan and its ten courses, against the same deletes in plain SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Figure, Target, WrongResult, ratio
from tests.benchmarks.plain_sql import PlainSql
from tests.benchmarks.servers import Client, mock_lms
from tests.benchmarks.workshop import MILLION, PLAN, Size, Workshop, select

USERS = 1_000


def run(workshop: Workshop) -> list[Figure]:
    """Each round takes another block of users out of both copies, in turns as to who begins; the first warms up."""
    size = workshop.size(MILLION, Size(3_000, 20, 2))
    with (
        workshop.tenant(size) as ours,
        workshop.tenant(size) as theirs,
        mock_lms("--data", str(ours)) as server,
        PlainSql(theirs) as script,
    ):
        courses = [
            int(str(row[0]))
            for row in select(ours, "SELECT course_id FROM learning_plan_courses WHERE learning_plan_id = ?", PLAN)
        ]
        samples: dict[str, list[float]] = {"mock-lms": [], "plain SQL": []}
        for number, users in enumerate(size.blocks(USERS)):
            if number % 2:
                by_script = script.bulk_unenroll(users, PLAN, courses)
                by_server = unenroll(server.client, users)
            else:
                by_server = unenroll(server.client, users)
                by_script = script.bulk_unenroll(users, PLAN, courses)
            for folder in (ours, theirs):
                _check(folder, size, users, courses, blocks=number + 1)
            _check_same_events(ours, theirs)
            if number:
                samples["mock-lms"].append(by_server * 1e3)
                samples["plain SQL"].append(by_script * 1e3)
    what = f"{USERS} users and a plan of {len(courses)} courses, of {size.enrollments:,}"
    return [ratio("bulk_unenroll", what, samples, "ms", Target("≤", 1.5))]


def unenroll(client: Client, users: list[int], plan: int = PLAN) -> float:
    """Seconds of the call. Raises `WrongResult` if anybody was left in."""
    body: dict[str, Any] = {
        "user_ids": users,
        "learningplan_ids": [plan],
        "cascade_unenroll_from_courses_in_selected_learning_plan": True,
    }
    answer = client.call("DELETE", "/learn/v1/enrollments", body)
    if answer.data != {"un_enrolled": users, "errors": []}:
        raise WrongResult(f"the bulk unenrollment answers {str(answer.data)[:300]}")
    return answer.seconds


def _check(folder: Path, size: Size, users: list[int], courses: list[int], *, blocks: int) -> None:
    """Raises `WrongResult` unless exactly these users, of these courses and this plan, are gone."""
    gone = blocks * len(users)
    last = "user_id BETWEEN ? AND ?"
    expected = {
        "SELECT count(*) FROM course_enrollments": size.enrollments - gone * len(courses),
        "SELECT count(*) FROM learning_plan_enrollments": size.users * size.plans - gone,
        "SELECT count(*) FROM outbox": gone * (len(courses) + 1),
    }
    for sql, count in expected.items():
        found = select(folder, sql)[0][0]
        if found != count:
            raise WrongResult(f"{sql}: {found}, not {count}")
    in_courses = f"SELECT count(*) FROM course_enrollments WHERE course_id BETWEEN ? AND ? AND {last}"
    in_plan = f"SELECT count(*) FROM learning_plan_enrollments WHERE learning_plan_id = ? AND {last}"
    left = select(folder, in_courses, min(courses), max(courses), users[0], users[-1])[0][0]
    if left or select(folder, in_plan, PLAN, users[0], users[-1])[0][0]:
        raise WrongResult(f"users {users[0]} to {users[-1]} are not all out")


def _check_same_events(ours: Path, theirs: Path) -> None:
    """Raises `WrongResult` unless both sides say that the same happened."""
    columns = "name, user_id, course_id, learning_plan_id, actor_id, batch"
    sql = f"SELECT {columns} FROM outbox ORDER BY {columns}"
    if select(ours, sql) != select(theirs, sql):
        raise WrongResult("the two sides have written different events")
