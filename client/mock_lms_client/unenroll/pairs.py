"""What a plan is made of: one user in one course or learning plan, what is to become of it, and what was seen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from mock_lms_client.jsons import compact, loads

COURSE, PLAN = "course", "learning plan"

Target: TypeAlias = tuple[str, int]
"""`COURSE` or `PLAN`, and the id."""


class Intent(StrEnum):
    """What is to become of a pair."""

    REMOVE = "remove"  # a call names it
    CASCADE = "cascade"  # it goes with its learning plan
    EITHER = "either"  # the cascade reaches it, and whether it goes is not documented: another plan holds the course
    KEEP = "keep"  # it is there and stays
    ABSENT = "absent"  # it is not there


_INTENTS = {intent.value: intent.value for intent in Intent}
_STATE = b'"state":'

GOES = frozenset({Intent.REMOVE, Intent.CASCADE, Intent.EITHER})
"""What counts as removed when somebody has to say how many."""


class Pair(NamedTuple):
    """One line of a plan. `state` is what was seen of it, as `seen` writes it; "" where it was absent."""

    user_id: int
    kind: str
    target_id: int
    intent: str
    state: str
    reason: str = ""
    via: int = 0
    """The learning plan that it goes with, or stays in spite of."""


def to_row(pair: Pair) -> str:
    """The pair as a plan's row."""
    key = "course_id" if pair.kind == COURSE else "learning_plan_id"
    row = f'{{"user_id":{pair.user_id},"{key}":{pair.target_id},"intent":"{pair.intent}"'
    if pair.via:
        row += f',"via_learning_plan_id":{pair.via}'
    if pair.reason:
        row += f',"reason":{compact(pair.reason)}'
    return f'{row},"state":{pair.state or "null"}}}'


def from_line(line: bytes) -> Pair:
    """The pair of a plan's row. Raises `KeyError` and the like where it is none of ours."""
    row = loads(line)
    course = row.get("course_id")
    kind, target = (PLAN, row["learning_plan_id"]) if course is None else (COURSE, course)
    # as it was written, since it is compared as text; in JSON, no text within holds this
    state = line[line.rindex(_STATE) + len(_STATE) : -1].decode() if row["state"] else ""
    intent = _INTENTS[row["intent"]]
    return Pair(row["user_id"], kind, target, intent, state, row.get("reason", ""), row.get("via_learning_plan_id", 0))


def seen_course(row: Mapping[str, Any], held_by: Sequence[int] = ()) -> str:
    """What matters of a `CourseEnrollment`, always written the same way: two of them are compared as text."""
    begin, end = "enrollment_validity_begin_date", "enrollment_validity_end_date"
    state = {
        "status": row["enrollment_status"],
        "level": row.get("enrollment_level"),
        "enrolled_at": row.get("enrollment_created_at"),
        "completed_at": row.get("enrollment_completion_date"),
        "valid_from": row.get(f"{begin}time") or row.get(begin),
        "valid_until": row.get(f"{end}time") or row.get(end),
    }
    if held_by:
        state["held_by_learning_plans"] = [*held_by]
    return compact(state)


def seen_plan(row: Mapping[str, Any]) -> str:
    """What matters of a `LearningPlanEnrollment`."""
    return compact(
        {
            "status": row["enrollment_status"],
            "enrolled_at": row.get("enrollment_created_at"),
            "completed_at": row.get("enrollment_completion_date"),
            "valid_from": row.get("enrollment_validity_begin_date"),
            "valid_until": row.get("enrollment_validity_end_date"),
        }
    )
