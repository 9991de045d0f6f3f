"""What the tests of `restore` do with a tenant, and how they look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mock_lms.testing import MockTenant
from tests.client.made import Made, Row, calls_of, made, rows_of

EVERYBODY = range(13001, 13013)
WRITES = ("bulk_enroll", "bulk_enroll_in_learning_plan", "bulk_update_enrollments")
REFUSE_READS = {"operation": "list_course_enrollments", "action": "status", "status": 403}
ANEW = {"id", "enrolled_at", "enrolled_by", "updated_at"}
"""Columns of an enrollment that no call brings back."""


def unenrolled(lms: MockTenant, folder: Path, **how: Any) -> Made:
    """Everybody out of everything."""
    case = made(lms, folder, EVERYBODY, plans=[31, 32], courses=[205], cascade=True, **how)
    case.apply()
    return case


def number_of_writes(lms: MockTenant) -> int:
    return sum(len(calls_of(lms, operation)) for operation in WRITES)


def row_of(case: Made, user: int, kind: str, target: int) -> Row:
    (row,) = (
        row
        for row in rows_of(case.restored)
        if (row["user_id"], row["kind"], row["target_id"]) == (str(user), kind, str(target))
    )
    return row


def call(lms: MockTenant, method: str, body: dict[str, Any]) -> None:
    """What somebody else does meanwhile."""
    with lms.session(lms.token()) as session:
        session.request(method, f"{lms.url}/learn/v1/enrollments", json=body, timeout=60).raise_for_status()


def changed(lms: MockTenant, before: str = "seed") -> dict[str, list[tuple[str, int, int, set[str]]]]:
    """By layer how the tenant differs: kind of change, user, course or learning plan, columns."""
    found: dict[str, list[tuple[str, int, int, set[str]]]] = {}
    for each in lms.control.diff(before)["changes"]:
        was, now = each["before"] or {}, each["after"] or {}
        columns = {name for name in {*was, *now} if was.get(name) != now.get(name)}
        target = each["course_id"] or each["learning_plan_id"]
        found.setdefault(each["layer"], []).append((each["change"], each["user_id"], target, columns))
    return found


def is_as_before(lms: MockTenant, came: set[tuple[int, int]], before: str = "seed") -> None:
    """Each enrollment is there, and what it was but for what no call brings back; no other is, but those in `came`."""
    found = changed(lms, before)
    for change, user, target, columns in found.get("enrollments", []):
        assert (change == "changed" and columns <= ANEW) or (change == "gained" and (user, target) in came)
    for change, _, _, columns in found.get("learning_plans", []):
        assert change == "changed"
        assert columns <= ANEW


def came_along(case: Made) -> set[tuple[int, int]]:
    return {
        (int(row["user_id"]), int(row["target_id"]))
        for row in rows_of(case.restored)
        if row["result"] == "came in addition"
    }
