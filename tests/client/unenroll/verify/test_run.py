"""`verify`: what is there now decides, and each pair of the plan has one row."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import timedelta

import pytest
from mock_lms_client.errors import ClientError
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.apply.limits import Limits
from mock_lms_client.unenroll.apply.run import apply_plan
from mock_lms_client.unenroll.journal import Journal
from mock_lms_client.unenroll.plan_file import open_plan
from mock_lms_client.unenroll.verify.judge import Verified
from mock_lms_client.unenroll.verify.run import verify_plan

from tests.client.conftest import NewStage
from tests.client.harness.between import REFUSE_READS
from tests.client.harness.stage import Stage, quiet, rows_of

EVERYBODY = range(13001, 13013)


@dataclass
class Result:
    verified: Verified
    rows: list[dict[str, str]]

    def of(self, user: int, target: int) -> tuple[str, str, str]:
        """Result, reason and as_planned of the only row with these."""
        (row,) = (row for row in self.rows if (row["user_id"], row["target_id"]) == (str(user), str(target)))
        return row["result"], row["reason"], row["as_planned"]


def verified(stage: Stage) -> Result:
    return Result(stage.verify(), rows_of(stage.result))


def test_each_pair_has_a_row_in_the_plans_order(stage: Stage) -> None:
    stage.applied([*reversed(EVERYBODY)], plans=[31], courses=[205], cascade=True)
    result = verified(stage)
    planned = [
        (row["user_id"], row.get("course_id", row.get("learning_plan_id")), row["intent"]) for row in stage.pairs()
    ]
    assert [(int(row["user_id"]), int(row["target_id"]), row["planned"]) for row in result.rows] == planned
    assert result.verified.code == Exit.AS_PLANNED
    assert result.of(13001, 31) == ("removed", "", "yes")
    assert result.of(13004, 201) == ("kept", "learning plan 32 contains it", "yes")
    assert result.of(13012, 205) == ("already absent", "", "yes")
    assert sum(result.verified.results.values()) == len(planned)


def test_a_server_that_says_yes_and_does_nothing_is_found_out(new_stage: NewStage) -> None:
    stage = new_stage(sabotage="does_nothing")
    stage.applied([13001, 13002], courses=[202])
    result = verified(stage)
    reason = "the server said that it was removed, and it is there"
    assert result.of(13001, 202) == result.of(13002, 202) == ("refused", reason, "no")
    assert result.verified.code == Exit.PARTIAL


def test_a_server_that_takes_what_was_to_stay_is_found_out(new_stage: NewStage) -> None:
    stage = new_stage(sabotage="always_cascades")
    stage.applied([13001], plans=[31])
    result = verified(stage)
    assert result.of(13001, 202) == ("removed", "was to be kept", "no")
    assert result.of(13001, 31) == ("removed", "", "yes")
    assert result.verified.code == Exit.PARTIAL


def test_what_the_server_refused_comes_with_its_reason(new_stage: NewStage) -> None:
    stage = new_stage(policy={"course_in_plan": "refuse", "errors_style": "objects"})
    stage.applied([13001, 13002], courses=[202])
    result = verified(stage)
    assert result.of(13001, 202) == (
        "refused", "User 13001 cannot leave course 202: a learning plan of theirs contains it.", "no"
    )  # fmt: skip


def test_what_others_did_since_is_seen(stage: Stage) -> None:
    stage.applied([13001, 13002, 13012], courses=[202])
    stage.client().bulk_enroll([13012], [202])
    result = verified(stage)
    assert result.of(13012, 202) == ("kept", "was not there when planned", "no")
    assert result.of(13001, 202) == ("removed", "", "yes")


def test_a_call_that_was_refused_leaves_its_pairs_unknown(stage: Stage) -> None:
    stage.plan([13001, 13002], courses=[202, 203])
    stage.lms.control.set_faults([{"operation": "bulk_unenroll", "action": "status", "status": 403}])
    with pytest.raises(Stopped):
        stage.apply()
    stage.lms.control.clear_faults()
    stage.client().unenroll(203, 13002)
    result = verified(stage)
    assert result.of(13001, 202) == ("unknown", "not done yet", "no")
    assert result.of(13002, 203) == ("already absent", "not by this apply", "yes")
    assert result.verified.code == Exit.UNKNOWN


def test_what_went_with_a_call_whose_answer_was_lost_was_removed(stage: Stage) -> None:
    stage.plan([13001, 13002], courses=[202])
    stage.lms.control.set_faults([{"operation": "bulk_unenroll", "action": "lost_answer"}, REFUSE_READS | {"after": 1}])
    with pytest.raises(Stopped) as stopped:
        stage.apply()
    assert stopped.value.code == Exit.UNKNOWN
    stage.lms.control.clear_faults()
    result = verified(stage)
    assert result.of(13001, 202) == ("removed", "", "yes")
    assert result.verified.code == Exit.AS_PLANNED


def test_what_a_restore_brought_back_is_called_so(stage: Stage) -> None:
    stage.applied([13001, 13002], courses=[202])
    stage.restore()
    stage.client().unenroll(202, 13002)
    result = verified(stage)
    assert result.of(13001, 202) == ("kept", "was removed, and a restore brought it back", "no")
    assert result.of(13002, 202) == ("removed", "", "yes")


def test_where_something_cannot_be_read_the_earlier_result_stays(stage: Stage) -> None:
    stage.applied([13001, 13002], courses=[202])
    stage.result.write_text("earlier")
    stage.lms.control.set_faults([REFUSE_READS])
    with pytest.raises(ClientError):
        stage.verify()
    assert stage.result.read_text() == "earlier"


def test_many_users_are_read_some_at_a_time(new_stage: NewStage) -> None:
    users = range(1001, 1451)
    seed = {
        "users": [{"id": user, "username": f"user{user}"} for user in users],
        "courses": [{"id": 21, "name": "One"}],
        "enrollments": [{"course": 21, "user": user} for user in users],
    }
    stage = new_stage(seed=seed)
    stage.applied(users, courses=[21])
    stage.lms.control.clear_journal()
    progress: list[int] = []
    verified = verify_plan(stage.client(), open_plan(stage.path), stage.result, progress.append)
    assert verified.results == {"removed": 450}
    assert progress == [200, 200, 50]
    stage.lms.control.verify_journal({"called": {"operation": "list_course_enrollments"}, "times": 3})


# --- where there is nothing to verify


def stops(stage: Stage, words: str) -> None:
    """It says so, as somebody who did nothing, and there is no result."""
    with pytest.raises(Stopped, match=words) as stopped:
        stage.verify()
    assert stopped.value.code == Exit.NOTHING_DONE
    assert not stage.result.exists()


def test_a_plan_that_was_not_applied_has_no_result(stage: Stage) -> None:
    stage.plan([13001], courses=[202])
    stops(stage, "nothing was applied")
    assert not stage.journal.exists()
    with Journal(stage.journal):
        pass
    stops(stage, "nothing was applied")


def test_another_tenants_plan_is_not_verified(stage: Stage, new_stage: NewStage) -> None:
    stage.applied([13001], courses=[202])
    stops(new_stage(), "is for")


def test_a_journal_of_another_plan_is_none(stage: Stage) -> None:
    stage.applied([13001], courses=[202])
    stage.plan([13002], courses=[202])
    stops(stage, "another plan")


@pytest.mark.parametrize("change", ["DELETE FROM pairs", "UPDATE pairs SET target_id = 203"])
def test_a_journal_with_other_pairs_is_none(stage: Stage, change: str) -> None:
    stage.applied([13001, 13002], courses=[202])
    with sqlite3.connect(stage.journal) as db:
        db.execute(f"{change} WHERE number = 2")
    db.close()
    stops(stage, "do not fit")


def test_a_file_that_is_no_journal_is_said_to_be_none(stage: Stage) -> None:
    stage.plan([13001], courses=[202])
    stage.journal.write_text("no journal" * 1000)
    stops(stage, "no journal of ours")


def test_while_an_apply_is_at_work_nothing_is_verified(stage: Stage) -> None:
    stage.applied([13001], courses=[202])
    with Journal(stage.journal):
        stops(stage, "in use")


def test_a_plan_that_is_too_old_to_apply_can_be_verified(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_lms_client.unenroll.plan.run.VALID", timedelta(hours=-1))
    plan = stage.plan([13001], courses=[202])
    apply_plan(stage.client(), plan, allowed=Limits(), again="", bars=quiet)
    assert verified(stage).verified.code == Exit.AS_PLANNED
