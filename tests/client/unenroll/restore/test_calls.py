"""The calls of `restore`: who is in one, and what is said of those that fail."""

from __future__ import annotations

from typing import Any

import pytest
from mock_lms_client.exits import Exit

from tests.client.conftest import NewStage
from tests.client.harness.stage import Stage, row_of
from tests.client.unenroll.restore.checks import EVERYBODY, unenrolled


def test_no_call_names_more_than_a_thousand_users(new_stage: NewStage) -> None:
    users = range(1001, 2206)
    seed = {
        "users": [{"id": user, "username": f"user{user}"} for user in users],
        "courses": [{"id": 21, "name": "One"}, {"id": 22, "name": "Two"}],
        "enrollments": [{"course": course, "user": user} for user in users for course in (21, 22)],
    }
    stage = new_stage(seed=seed)
    stage.applied(users, courses=[21, 22])
    assert stage.restore().results == {"restored": 2410}
    assert [each["users"] for each in stage.calls(operation="bulk_enroll")] == [1000, 205]


def test_those_who_were_the_same_are_enrolled_together(stage: Stage) -> None:
    stage.applied(EVERYBODY, courses=[201])
    stage.restore()
    assert [each["users"] for each in stage.calls(operation="bulk_enroll")] == [9, 1]  # the one has a validity


def test_who_teaches_is_enrolled_as_a_teacher(stage: Stage) -> None:
    stage.applied([13007], courses=[205])
    assert stage.restore().differs == {"enrolled_at": 1}
    assert not stage.calls(operation="bulk_update_enrollments")


def errors(style: str, bucket: dict[str, Any]) -> Any:
    return bucket if style == "object" else [bucket]


@pytest.mark.parametrize("style", ["list", "object", "echo"])
def test_who_did_not_come_back_is_named_with_the_servers_reason(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, style: str
) -> None:
    stage.applied([13001, 13002, 13004, 13005], courses=[202, 203])
    client = stage.client()
    enroll = client.bulk_enroll

    def for_some(users: list[int], courses: list[int], **terms: Any) -> Any:
        bucket: dict[str, Any] = {"invalid_users": [13001], "invalid_courses": [203]}
        if style == "echo":
            bucket["enrolled"] = [{"id_user": 13002, "id_course": 202}]
        answer = enroll(
            [user for user in users if user != 13001], [course for course in courses if course != 203], **terms
        )
        return answer | {"errors": errors(style, bucket)}

    # the first call is of all who had 202 alone or with 203; without any target left there is no call to make
    monkeypatch.setattr(client, "bulk_enroll", for_some)
    restored = stage.restore(client)
    assert row_of(stage.restored, 13001, "course", 202)["reason"] == "the server knows no user 13001"
    assert row_of(stage.restored, 13002, "course", 203)["reason"] == "the server knows no course 203"
    assert row_of(stage.restored, 13002, "course", 202)["result"] == "restored"
    assert restored.results == {"restored": 3, "not restored": 4}
    assert restored.code == Exit.PARTIAL


def test_a_yes_that_enrolls_nobody_is_found_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.applied([13001], courses=[202])
    client = stage.client()
    monkeypatch.setattr(client, "bulk_enroll", lambda *_, **__: {"enrolled": [], "errors": []})
    restored = stage.restore(client)
    assert row_of(stage.restored, 13001, "course", 202)["reason"] == "the server said that it is there, and it is not"
    assert (restored.code, len(restored.not_restored)) == (Exit.PARTIAL, 1)


def test_a_learning_plan_that_is_gone_is_named_and_the_courses_come_back(stage: Stage) -> None:
    unenrolled(stage)
    gone = {"action": "status", "status": 404, "message": "There is no learning plan."}
    stage.lms.control.set_faults(
        [gone | {"operation": "bulk_enroll_in_learning_plan"}, gone | {"operation": "list_learning_plan_courses"}]
    )
    restored = stage.restore()
    assert restored.results == {"restored": 28, "not restored": 12}
    assert "There is no learning plan." in row_of(stage.restored, 13001, "learning plan", 31)["reason"]


def test_an_update_that_is_refused_is_named(new_stage: NewStage) -> None:
    stage = new_stage(policy={"reenrollment": "discard"})
    stage.applied([13001], courses=[202])
    stage.lms.control.set_faults(
        [{"operation": "bulk_update_enrollments", "action": "status", "status": 400, "message": "No."}]
    )
    restored = stage.restore()
    row = row_of(stage.restored, 13001, "course", 202)
    assert "status: completed, now enrolled" in row["differs"]
    assert "No." in row["reason"]
    assert restored.code == Exit.PARTIAL
    stage.lms.control.clear_faults()
    assert stage.restore().code == Exit.AS_PLANNED
