"""A small tenant that a test can hold in its head, and ways to look at it."""

from __future__ import annotations

from typing import Any, TypeAlias

from mock_lms.storage.tables import certificates, course_enrollments, outbox
from tests.support.lms import BULK, Lms

SEED = """
users:
  - {id: 11, username: a, firstname: Ann, lastname: Ash, email: a@example.com, password: pass-of-a}
  - {id: 12, username: b}
  - {id: 13, username: c}
  - {id: 14, username: d}
  - {id: 15, username: gone, password: pass-of-gone, active: false}
courses:
  - {id: 21, name: One, code: ONE, certificate: Certificate One}
  - {id: 22, name: Two, code: TWO, certificate: Certificate Two}
  - {id: 23, name: Three, code: THREE}
  - {id: 24, name: Four, code: FOUR, type: classroom}
learning_plans:
  - {id: 31, name: First, code: L1, courses: [22, 21], certificate: Certificate First}
  - {id: 32, name: Second, code: L2, courses: [22, 23]}
  - {id: 33, name: Third, code: L3}
enrollments:
  - {course: 21, user: 11, status: completed, enrolled_at: 2026-01-01,
     completed_at: "2026-02-01 10:00:00", score: 80, time_spent: 600}
  - {course: 22, user: 11, status: in_progress, enrolled_at: 2026-01-01, time_spent: 300}
  - {course: 23, user: 11, enrolled_at: 2026-01-01}
  - {course: 24, user: 11, enrolled_at: 2026-01-01}
  - {course: 21, user: 12, enrolled_at: 2026-01-01}
  - {course: 22, user: 12, status: completed, enrolled_at: 2026-01-01, completed_at: "2026-02-02 10:00:00"}
  - {course: 21, user: 13, status: completed, enrolled_at: 2026-01-01, completed_at: "2026-02-03 10:00:00"}
tracks:
  - {course: 24, user: 13, status: completed, completed_at: "2026-02-04 10:00:00", score: 81, time_spent: 500}
learning_plan_enrollments:
  - {learning_plan: 31, user: 11, enrolled_at: 2026-01-01}
  - {learning_plan: 32, user: 11, enrolled_at: 2026-01-01}
  - {learning_plan: 31, user: 12, enrolled_at: 2026-01-01}
certificates:
  - {user: 11, course: 21, issued_at: 2026-02-01}
  - {user: 12, course: 22, issued_at: 2026-02-02}
  - {user: 13, course: 21, issued_at: 2026-02-03}
"""

NOW = "2026-03-01 12:00:00"
"""What the test clock says until it is advanced."""

Event: TypeAlias = tuple[str, int, int, int]


def one(course: object, user: object) -> str:
    """The path of a single enrollment."""
    return f"{BULK}/{course}/{user}"


def shown(lms: Lms, course: int, user: int) -> dict[str, Any]:
    """The enrollment as the course service lists it, without the prefix of its names."""
    (row,) = lms.items(f"/course/v1/courses/enrollments?course_id[]={course}&user_id[]={user}")
    return {name.removeprefix("enrollment_"): value for name, value in row.items()}


def progress(lms: Lms, course: int, user: int) -> tuple[Any, ...]:
    """Status, score, completion date and time spent."""
    row = shown(lms, course, user)
    return row["status"], row["score"], row["completion_date"], row["time_spent"]


def membership(lms: Lms, plan: int, user: int) -> dict[str, Any]:
    """The learning plan enrollment as its service lists it, without the prefix of its names."""
    path = f"/learningplan/v1/learningplans/enrollments?learning_plan_id[]={plan}&user_id[]={user}"
    (row,) = lms.items(path)
    return {name.removeprefix("enrollment_"): value for name, value in row.items()}


def happened(lms: Lms) -> list[Event]:
    """Every event: its name, its user, its course or plan, and whether a bulk call did it."""
    rows = [(name, user, course or plan, batch) for _, name, _, user, course, plan, _, batch in lms.rows(outbox)]
    return sorted(rows)


def held(lms: Lms) -> set[tuple[int, str]]:
    """Every certificate: its user and its title. None may be there twice."""
    rows = [(user, title) for _, user, _, _, title, _ in lms.rows(certificates)]
    assert len(rows) == len(set(rows))
    return set(rows)


def enrollment_ids(lms: Lms) -> dict[tuple[int, int], int]:
    """The own id of every (course, user)."""
    return {(row[0], row[1]): row[2] for row in lms.rows(course_enrollments)}


def update(lms: Lms, users: Any, courses: Any, *, status: int = 200, **values: Any) -> Any:
    """The `data` of a bulk update; `values` are the fields but the ids, the status as `to`."""
    if "to" in values:
        values["status"] = values.pop("to")
    answer = lms.call("PUT", BULK, {"user_ids": users, "course_ids": courses, **values}, status=status)
    return answer["data"] if status == 200 else answer


def update_one(lms: Lms, course: int, user: int, **values: Any) -> Any:
    if "to" in values:
        values["status"] = values.pop("to")
    return lms.call("PUT", one(course, user), values)["data"]


def enroll(lms: Lms, users: Any, courses: Any, *, status: int = 200, **more: Any) -> Any:
    answer = lms.call("POST", BULK, {"user_ids": users, "course_ids": courses, **more}, status=status)
    return answer["data"] if status == 200 else answer
