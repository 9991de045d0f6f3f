"""All that an apply really removed comes back, and what does not is named."""

from __future__ import annotations

import tempfile
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from mock_lms_client.exits import Exit
from mock_lms_client.unenroll.journal import Journal

from tests.client.conftest import NewStage, NewTenant
from tests.client.harness.stage import Stage, rows_of
from tests.client.unenroll.restore.checks import (
    EVERYBODY,
    came_along,
    changed,
    is_as_before,
    number_of_writes,
    unenrolled,
)

USERS, COURSES, PLANS = range(11, 16), range(21, 25), range(31, 34)
STATUSES = ("subscribed", "in_progress", "completed", "suspended", "waiting", "to_confirm", "overbooking")
PROGRESSED = STATUSES[:3]


def some(of: Any, *, least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from([*of]), unique=True, min_size=least)


VALIDITY: dict[str, Any] = {
    "valid_from": st.sampled_from(["2026-01-01 00:00:00", "2026-02-01 10:00:00"]),
    "valid_until": st.sampled_from(["2026-12-31 23:59:59"]),
}


@st.composite
def enrollments(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for user, course in draw(some(product(USERS, COURSES))):
        row = {"course": course, "user": user, "status": draw(st.sampled_from(STATUSES))}
        row |= draw(st.fixed_dictionaries({}, optional=VALIDITY))
        row |= draw(st.fixed_dictionaries({}, optional={"level": st.sampled_from(["student", "tutor", "instructor"])}))
        if row["status"] == "completed":
            row["completed_at"] = draw(st.sampled_from(["2026-02-01 10:00:00", "2026-02-02 10:00:00"]))
        if row["status"] in {"completed", "in_progress"}:
            row |= draw(st.fixed_dictionaries({}, optional={"score": st.sampled_from([0, 70.5, 90])}))
        rows.append(row)
    return rows


seeds = st.fixed_dictionaries(
    {
        "created_at": st.just("2026-01-01 08:00:00"),
        "users": st.just([{"id": user, "username": f"user{user}"} for user in USERS]),
        "courses": st.just([{"id": course, "name": f"Course {course}"} for course in COURSES]),
        "learning_plans": st.tuples(
            *(st.fixed_dictionaries({"id": st.just(plan), "name": st.just(f"Plan {plan}"), "courses": some(COURSES)})
              for plan in PLANS)
        ).map(list),
        "enrollments": enrollments(),
        "learning_plan_enrollments": some(product(USERS, PLANS)).flatmap(
            lambda pairs: st.tuples(
                *(st.fixed_dictionaries({"user": st.just(user), "learning_plan": st.just(plan)}, optional=VALIDITY)
                  for user, plan in pairs)
            ).map(list)
        ),
    }
)  # fmt: skip
policies = st.fixed_dictionaries(
    {
        "reenrollment": st.sampled_from(["restore", "discard"]),
        "shared_courses": st.sampled_from(["keep", "remove"]),
        "course_in_plan": st.sampled_from(["allow", "refuse"]),
        "errors_style": st.sampled_from(["strings", "objects"]),
        "enroll_errors": st.sampled_from(["list", "object", "echo", "strings"]),
        "plan_enrolls_courses": st.sampled_from(["yes", "no"]),
    }
)
requests = st.fixed_dictionaries(
    {"users": some(USERS, least=1), "courses": some(COURSES), "plans": some(PLANS)},
    optional={
        "cascade": st.booleans(),
        "reset_tracks": st.booleans(),
        "keep": st.sampled_from([frozenset(), frozenset({"completed"})]),
    },
).filter(lambda request: request["courses"] or request["plans"])


@settings(max_examples=25, phases=[*set(Phase) - {Phase.shrink, Phase.explain}])  # each step of shrinking is slow
@given(seed=seeds, policy=policies, options=requests)
def test_all_that_was_removed_comes_back(
    new_tenant: NewTenant, seed: dict[str, Any], policy: dict[str, str], options: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(new_tenant(seed=seed, policy=policy), Path(folder))
        stage.applied(**options)
        with Journal(stage.journal) as journal:
            removed = {
                (entry.pair.user_id, entry.pair.kind, entry.pair.target_id)
                for entry in journal.every()
                if entry.outcome == "removed"
            }
        restored = stage.restore()
        rows = rows_of(stage.restored)
        first = number_of_writes(stage)
        again = stage.restore()
        came = came_along(stage)
    back = {(int(row["user_id"]), row["kind"], int(row["target_id"])) for row in rows if row["result"] == "restored"}
    assert back == removed
    is_as_before(stage, came)
    holds = {(row["user"], row["course"]) for row in seed["enrollments"] if row["status"] not in PROGRESSED}
    for row in rows:
        fields = {difference.partition(":")[0] for difference in row["differs"].split("; ") if difference}
        if row["kind"] == "course":
            # what somebody had reached behind a hold is not shown, but for these
            hidden = (int(row["user_id"]), int(row["target_id"])) in holds
            assert fields <= {"enrolled_at", "time_spent"} | ({"completed_at", "score"} if hidden else set())
        else:
            assert fields <= {"enrolled_at", "status", "completed_at"}
    if policy["reenrollment"] == "restore" and not options.get("reset_tracks"):
        assert "tracking" not in changed(stage)
        assert restored.code == Exit.AS_PLANNED
    assert number_of_writes(stage) == first
    assert again == restored


@pytest.mark.parametrize("reenrollment", ["restore", "discard"])
@pytest.mark.parametrize("deleted", [False, True])
def test_the_demo_comes_back(new_stage: NewStage, reenrollment: str, deleted: bool) -> None:
    stage = new_stage(policy={"reenrollment": reenrollment})
    unenrolled(stage, reset_tracks=deleted, delete_certificates=deleted)
    assert stage.lms.control.diff()["summary"]["enrollments"]["lost"] == 28
    restored = stage.restore()
    assert restored.code == Exit.AS_PLANNED
    assert restored.results == {"restored": 40, "came in addition": 3}
    assert came_along(stage) == {(13005, 203), (13007, 203), (13008, 203)}
    assert restored.completed == 9
    assert set(restored.differs) <= {"enrolled_at", "time_spent"}
    assert ("time_spent" in restored.differs) == (deleted or reenrollment == "discard")
    is_as_before(stage, came_along(stage))


def test_dates_of_enrollment_come_back_if_wanted(stage: Stage) -> None:
    stage.applied(EVERYBODY, courses=[201, 204, 205])
    restored = stage.restore(dates=True)
    assert not restored.differs
    columns = {column for change in changed(stage)["enrollments"] for column in change[3]}
    assert columns == {"id", "updated_at"}


def test_dates_of_enrollment_can_be_brought_back_later(stage: Stage) -> None:
    stage.applied(EVERYBODY, courses=[202])
    assert stage.restore().differs == {"enrolled_at": 7}
    assert not stage.restore(dates=True).differs
