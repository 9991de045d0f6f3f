"""What ids are called, for people: usernames and titles, as far as rows of enrollments tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mock_lms_client.unenroll.document import Document
from mock_lms_client.unenroll.pairs import COURSE, PLAN, Target

Row = Mapping[str, Any]


def text(value: object) -> str:
    """A name or the like, as a server says it: it may be missing, null, or a number."""
    return "" if value is None else str(value)


def username(row: Row) -> str:
    """Whose enrollment it is."""
    return text(row.get("username"))


def title(kind: str, row: Row) -> str:
    """What it is an enrollment in."""
    return text(row.get("course_name" if kind == COURSE else "learning_plan_name"))


def titles(plan: Document) -> dict[Target, str]:
    """Of all that a plan is about."""
    return {
        (COURSE, target["course_id"]) if "course_id" in target else (PLAN, target["learning_plan_id"]): target["name"]
        for target in plan.summary["targets"]
    }


def usernames(rows: Iterable[Row]) -> Iterator[tuple[int, str]]:
    """By the users' ids, of the rows that say them."""
    return ((int(row["user_id"]), username(row)) for row in rows if row.get("username"))
