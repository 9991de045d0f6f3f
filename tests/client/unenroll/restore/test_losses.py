"""Lost answers and kills: `restore` reads, and goes on."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
import requests
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.files import marks_of
from mock_lms_client.unenroll.marks import open_marks
from mock_lms_client.unenroll.restore.run import Restored

from tests.client.conftest import NewStage
from tests.client.harness.between import REFUSE_READS, Around, Send
from tests.client.harness.deaths import Killed
from tests.client.harness.stage import Stage
from tests.client.unenroll.restore.checks import EVERYBODY, WRITES, came_along, is_as_before, unenrolled

LOSSES = ("lost_answer", "before_commit", "half_body", "mid_batch")


@pytest.mark.parametrize("action", LOSSES)
@pytest.mark.parametrize("operation", WRITES)
def test_a_lost_answer_is_settled_by_reading(new_stage: NewStage, operation: str, action: str) -> None:
    stage = new_stage(policy={"reenrollment": "discard"})
    unenrolled(stage)
    stage.lms.control.set_faults([{"operation": operation, "every": 2, "action": action}])
    assert stage.restore().code == Exit.AS_PLANNED
    stage.lms.control.clear_faults()
    is_as_before(stage, came_along(stage))


def test_what_was_done_is_not_asked_for_again(stage: Stage) -> None:
    stage.applied([13001, 13002], courses=[202])
    stage.lms.control.set_faults([{"operation": "bulk_enroll", "action": "lost_answer"}])
    assert stage.restore().results == {"restored": 2}
    assert len(stage.calls(operation="bulk_enroll")) == 1


def test_a_server_that_never_does_it_is_not_asked_for_ever(stage: Stage) -> None:
    stage.applied([13001], courses=[202])
    stage.lms.control.set_faults([{"operation": "bulk_enroll", "action": "before_commit"}])
    with pytest.raises(Stopped, match="goes on") as stopped:
        stage.restore()
    assert stopped.value.code == Exit.PARTIAL
    assert len(stage.calls(operation="bulk_enroll")) == 5


def test_what_nobody_could_find_out_is_unknown(stage: Stage) -> None:
    stage.applied([13001], courses=[202])
    stage.lms.control.set_faults([{"operation": "bulk_enroll", "action": "lost_answer"}, REFUSE_READS | {"after": 1}])
    with pytest.raises(Stopped, match="unknown") as stopped:
        stage.restore()
    assert stopped.value.code == Exit.UNKNOWN
    stage.lms.control.clear_faults()
    assert stage.restore().results == {"restored": 1}


@pytest.mark.parametrize(
    ("nth", "code", "words"),
    [
        (1, Exit.NOTHING_DONE, "nothing was done"),
        (2, Exit.PARTIAL, r"0 are back, .* are left to look at\. `restore` goes on"),
    ],
)
def test_where_nothing_may_be_written_it_stops(stage: Stage, nth: int, code: Exit, words: str) -> None:
    stage.applied(EVERYBODY, courses=[201])
    stage.lms.control.set_faults([{"operation": "bulk_enroll", "nth": nth, "action": "status", "status": 403}])
    with pytest.raises(Stopped, match=words) as stopped:
        stage.restore()
    assert stopped.value.code == code
    assert not stage.restored.exists()


def test_a_login_that_fails_is_nobodys_refusal(stage: Stage) -> None:
    stage.applied([13001], courses=[202])
    client = stage.client(login=True)
    client.get_session()
    stage.lms.control.set_faults(
        [
            {"operation": "bulk_enroll", "action": "reject_token"},
            {"operation": "issue_token", "action": "status", "status": 400},
        ]
    )
    with pytest.raises(Stopped, match="issue_token") as stopped:
        stage.restore(client)
    assert stopped.value.code == Exit.NOTHING_DONE


def killed_at(nth: int, *, before: bool) -> Around:
    """Ends whatever runs at the nth call, before or after the server did it."""
    number = count(1)

    def around(_: requests.PreparedRequest, send: Send) -> requests.Response:
        now = next(number) == nth
        if now and before:
            raise Killed
        answer = send()
        if now:
            raise Killed
        return answer

    return around


@pytest.mark.parametrize("before", [True, False])
def test_killed_at_any_moment_it_goes_on(new_stage: NewStage, before: bool) -> None:
    stage = new_stage(policy={"reenrollment": "discard"})
    unenrolled(stage)
    stage.lms.control.save_snapshot("applied")
    whole: Restored | None = None
    for nth in count(1):
        stage.lms.control.restore_snapshot("applied")
        marks_of(stage.backup).unlink(missing_ok=True)
        try:
            whole = stage.restore(stage.client(around=killed_at(nth, before=before)))
            break
        except Killed:
            restored = stage.restore()
        is_as_before(stage, came_along(stage))
        assert restored.code == Exit.AS_PLANNED
        assert restored.results == {"restored": 40, "came in addition": 3}
    assert nth > 20
    assert whole is not None
    assert whole.results == {"restored": 40, "came in addition": 3}


def test_what_it_notes_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "plan.restoring"
    with open_marks(path, "a hash"):
        assert path.stat().st_mode & 0o077 == 0
