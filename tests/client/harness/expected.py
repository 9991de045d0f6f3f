"""What is requested, and what must be true when it was done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mock_lms_client import Client

if TYPE_CHECKING:
    from tests.client.harness.stage import Stage

REQUESTS: dict[str, dict[str, Any]] = {
    "courses": {"courses": [201, 202]},
    "leave": {"plans": [31]},
    "cascade": {"plans": [31], "cascade": True},
    "cascade of two": {"plans": [31, 32], "cascade": True},
    "keep": {"plans": [31], "keep": frozenset({"completed"})},
    "both": {"plans": [32], "courses": [201, 209], "cascade": True},
}


def state(client: Client) -> set[tuple[str, int, int]]:
    """Kind, target and user of every enrollment that the API shows."""
    courses = {("course", row["course_id"], row["user_id"]) for row in client.list_course_enrollments().complete()}
    plans = client.list_learning_plan_enrollments().complete()
    return courses | {("plan", row["learning_plan_id"], row["user_id"]) for row in plans}


def targets(pairs: Iterable[dict[str, Any]], *intents: str) -> list[tuple[int, str, int]]:
    """User, kind and target of a plan's rows of these intents."""
    return [
        (row["user_id"], "course", row["course_id"])
        if "course_id" in row
        else (row["user_id"], "learning plan", row["learning_plan_id"])
        for row in pairs
        if row["intent"] in intents
    ]


def as_state(keys: Iterable[tuple[int, str, int]]) -> set[tuple[str, int, int]]:
    """The same as `state` writes it."""
    return {("course" if kind == "course" else "plan", target, user) for user, kind, target in keys}


def as_planned(stage: Stage, before: set[tuple[str, int, int]]) -> None:
    """All that the plan removes is gone, all else is there, and the journal says so."""
    rows, there, outcomes = stage.pairs(), stage.there(), stage.outcomes()
    either = targets(rows, "either")
    gone = targets(rows, "remove", "cascade")
    assert before - there == as_state(gone) | (as_state(either) - there)
    assert there <= before
    assert {outcomes[key] for key in gone} == {"removed"}
    for key in either:
        assert outcomes[key] == ("kept" if as_state([key]) <= there else "removed")
    assert {outcomes[key] for key in targets(rows, "keep", "absent")} <= {None}
