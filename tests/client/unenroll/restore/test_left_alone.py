"""What `restore` does not touch: what is there, what others did, what was not removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mock_lms_client.exits import Exit, Stopped

from mock_lms.testing import MockTenant
from tests.client.made import calls_of, made, rows_of
from tests.client.unenroll.restore.tenants import (
    REFUSE_READS,
    call,
    changed,
    is_as_before,
    number_of_writes,
    row_of,
)


def test_what_others_enrolled_again_is_left_as_it_is(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    case.apply()
    call(lms, "POST", {"user_ids": [13001], "course_ids": [202], "level": 4})
    found = case.restore()
    row = row_of(case, 13001, "course", 202)
    assert (row["result"], row["reason"]) == ("already there", "it was left as it is")
    assert "level: student, now tutor" in row["differs"]
    assert found.results == {"restored": 1, "already there": 1}
    assert found.code == Exit.PARTIAL
    assert [each["users"] for each in calls_of(lms, "bulk_enroll")] == [1, 1]


def test_what_somebody_achieved_since_stays(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13002], courses=[202, 203])
    case.apply()
    case.restore()
    call(lms, "PUT", {"user_ids": [13002], "course_ids": [202, 203], "status": 2})
    before = number_of_writes(lms)
    found = case.restore()
    assert number_of_writes(lms) == before
    assert "status: in_progress, now completed" in row_of(case, 13002, "course", 202)["differs"]
    assert found.code == Exit.PARTIAL


def test_what_somebody_changed_since_stays(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13002], courses=[202])
    case.apply()
    case.restore()
    call(lms, "PUT", {"user_ids": [13002], "course_ids": [202], "level": 4})
    assert case.restore().differs == {"enrolled_at": 1, "level": 1}


def test_what_was_removed_again_comes_back_again(tenant: Callable[..., MockTenant], tmp_path: Path) -> None:
    lms = tenant(policy={"reenrollment": "discard"})
    case = made(lms, tmp_path, [13001], courses=[202])
    case.apply()
    case.restore()
    call(lms, "DELETE", {"user_ids": [13001], "course_ids": [202]})
    assert case.restore().code == Exit.AS_PLANNED


def test_courses_that_stayed_did_not_come_with_their_learning_plan(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001], plans=[31])
    case.apply()
    assert case.restore().results == {"restored": 1}


def test_what_was_not_removed_is_not_enrolled(tenant: Callable[..., MockTenant], tmp_path: Path) -> None:
    lms = tenant(policy={"course_in_plan": "refuse"})
    case = made(lms, tmp_path, [13001, 13007, 13011, 13012], courses=[202, 205])
    case.apply()  # 13001 and 13007 are held in 202 by their learning plan
    call(lms, "DELETE", {"user_ids": [13001], "learningplan_ids": [31]})
    call(lms, "DELETE", {"user_ids": [13001], "course_ids": [202]})
    assert case.restore().results == {"restored": 2}
    assert ("lost", 13001, 202) in {each[:3] for each in changed(lms)["enrollments"]}


def test_what_went_with_a_call_whose_answer_was_lost_comes_back(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    lms.control.set_faults([{"operation": "bulk_unenroll", "action": "lost_answer"}, REFUSE_READS | {"after": 1}])
    with pytest.raises(Stopped):
        case.apply()
    lms.control.clear_faults()
    assert case.restore().results == {"restored": 2}
    is_as_before(lms, set())


def test_what_did_not_go_with_such_a_call_is_there(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    lms.control.set_faults([{"operation": "bulk_unenroll", "action": "before_commit"}, REFUSE_READS | {"after": 1}])
    with pytest.raises(Stopped):
        case.apply()
    lms.control.clear_faults()
    assert case.restore().results == {"already there": 2}
    assert number_of_writes(lms) == 0


def test_what_the_cascade_took_before_its_own_call_came_comes_back(
    tenant: Callable[..., MockTenant], tmp_path: Path
) -> None:
    lms = tenant(policy={"shared_courses": "remove", "plan_enrolls_courses": "no"})
    case = made(lms, tmp_path, [13004], plans=[31], courses=[201], cascade=True)
    case.apply()  # learning plan 32 contains 201 as well, so that a call of its own names it
    case.restore()
    is_as_before(lms, set())


def test_a_restore_of_nothing_does_nothing(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13012], courses=[202])
    case.apply()
    found = case.restore()
    assert (found.code, found.results, number_of_writes(lms)) == (Exit.AS_PLANNED, {}, 0)
    assert rows_of(case.restored) == []
