"""What `restore` does not touch: what is there, what others did, what was not removed."""

from __future__ import annotations

import pytest
from mock_lms_client.exits import Exit, Stopped

from tests.client.conftest import NewStage
from tests.client.harness.between import REFUSE_READS
from tests.client.harness.stage import Stage, row_of, rows_of
from tests.client.unenroll.restore.checks import changed, is_as_before, number_of_writes


def test_what_others_enrolled_again_is_left_as_it_is(stage: Stage) -> None:
    stage.applied([13001, 13002], courses=[202])
    stage.client().bulk_enroll([13001], [202], level=4)
    restored = stage.restore()
    row = row_of(stage.restored, 13001, "course", 202)
    assert (row["result"], row["reason"]) == ("already there", "it was left as it is")
    assert "level: student, now tutor" in row["differs"]
    assert restored.results == {"restored": 1, "already there": 1}
    assert restored.code == Exit.PARTIAL
    assert [each["users"] for each in stage.calls(operation="bulk_enroll")] == [1, 1]


def test_what_somebody_achieved_since_stays(stage: Stage) -> None:
    stage.applied([13002], courses=[202, 203])
    stage.restore()
    stage.client().bulk_update_enrollments([13002], [202, 203], status=2)
    before = number_of_writes(stage)
    restored = stage.restore()
    assert number_of_writes(stage) == before
    assert "status: in_progress, now completed" in row_of(stage.restored, 13002, "course", 202)["differs"]
    assert restored.code == Exit.PARTIAL


def test_what_somebody_changed_since_stays(stage: Stage) -> None:
    stage.applied([13002], courses=[202])
    stage.restore()
    stage.client().bulk_update_enrollments([13002], [202], level=4)
    assert stage.restore().differs == {"enrolled_at": 1, "level": 1}


def test_what_was_removed_again_comes_back_again(new_stage: NewStage) -> None:
    stage = new_stage(policy={"reenrollment": "discard"})
    stage.applied([13001], courses=[202])
    stage.restore()
    stage.client().bulk_unenroll([13001], course_ids=[202])
    assert stage.restore().code == Exit.AS_PLANNED


def test_courses_that_stayed_did_not_come_with_their_learning_plan(stage: Stage) -> None:
    stage.applied([13001], plans=[31])
    assert stage.restore().results == {"restored": 1}


def test_what_was_not_removed_is_not_enrolled(new_stage: NewStage) -> None:
    stage = new_stage(policy={"course_in_plan": "refuse"})
    # 13001 and 13007 are held in 202 by their learning plan
    stage.applied([13001, 13007, 13011, 13012], courses=[202, 205])
    stage.client().bulk_unenroll([13001], learningplan_ids=[31])
    stage.client().bulk_unenroll([13001], course_ids=[202])
    assert stage.restore().results == {"restored": 2}
    assert ("lost", 13001, 202) in {each[:3] for each in changed(stage)["enrollments"]}


def test_what_went_with_a_call_whose_answer_was_lost_comes_back(stage: Stage) -> None:
    stage.plan([13001, 13002], courses=[202])
    lost = {"operation": "bulk_unenroll", "action": "lost_answer"}
    stage.lms.control.set_faults([lost, REFUSE_READS | {"after": 1}])
    with pytest.raises(Stopped):
        stage.apply()
    stage.lms.control.clear_faults()
    assert stage.restore().results == {"restored": 2}
    is_as_before(stage, set())


def test_what_did_not_go_with_such_a_call_is_there(stage: Stage) -> None:
    stage.plan([13001, 13002], courses=[202])
    stage.lms.control.set_faults(
        [{"operation": "bulk_unenroll", "action": "before_commit"}, REFUSE_READS | {"after": 1}]
    )
    with pytest.raises(Stopped):
        stage.apply()
    stage.lms.control.clear_faults()
    assert stage.restore().results == {"already there": 2}
    assert number_of_writes(stage) == 0


def test_what_the_cascade_took_before_its_own_call_came_comes_back(new_stage: NewStage) -> None:
    stage = new_stage(policy={"shared_courses": "remove", "plan_enrolls_courses": "no"})
    # learning plan 32 contains 201 as well, so that a call of its own names it
    stage.applied([13004], plans=[31], courses=[201], cascade=True)
    stage.restore()
    is_as_before(stage, set())


def test_a_restore_of_nothing_does_nothing(stage: Stage) -> None:
    stage.applied([13012], courses=[202])
    restored = stage.restore()
    assert (restored.code, restored.results, number_of_writes(stage)) == (Exit.AS_PLANNED, {}, 0)
    assert rows_of(stage.restored) == []
