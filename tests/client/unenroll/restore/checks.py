"""What must be true when a restore was done."""

from __future__ import annotations

from typing import Any

from tests.client.harness.stage import Stage, rows_of

EVERYBODY = range(13001, 13013)
WRITES = ("bulk_enroll", "bulk_enroll_in_learning_plan", "bulk_update_enrollments")
ANEW = {"id", "enrolled_at", "enrolled_by", "updated_at"}
"""Columns of an enrollment that no call brings back."""


def unenrolled(stage: Stage, **request: Any) -> None:
    """Takes everybody out of everything."""
    stage.applied(EVERYBODY, plans=[31, 32], courses=[205], cascade=True, **request)


def number_of_writes(stage: Stage) -> int:
    """The calls that bring something back."""
    return sum(len(stage.calls(operation=operation)) for operation in WRITES)


def changed(stage: Stage, before: str = "seed") -> dict[str, list[tuple[str, int, int, set[str]]]]:
    """By layer how the tenant differs: kind of change, user, course or learning plan, columns."""
    changes: dict[str, list[tuple[str, int, int, set[str]]]] = {}
    for row in stage.lms.control.diff(before)["changes"]:
        was, now = row["before"] or {}, row["after"] or {}
        columns = {name for name in {*was, *now} if was.get(name) != now.get(name)}
        target = row["course_id"] or row["learning_plan_id"]
        changes.setdefault(row["layer"], []).append((row["change"], row["user_id"], target, columns))
    return changes


def is_as_before(stage: Stage, came: set[tuple[int, int]], before: str = "seed") -> None:
    """Each enrollment is there, and what it was but for what no call brings back; no other is, but those in `came`."""
    changes = changed(stage, before)
    for change, user, target, columns in changes.get("enrollments", []):
        assert (change == "changed" and columns <= ANEW) or (change == "gained" and (user, target) in came)
    for change, _, _, columns in changes.get("learning_plans", []):
        assert change == "changed"
        assert columns <= ANEW


def came_along(stage: Stage) -> set[tuple[int, int]]:
    """Users and courses that the restore says came in addition."""
    return {
        (int(row["user_id"]), int(row["target_id"]))
        for row in rows_of(stage.restored)
        if row["result"] == "came in addition"
    }
