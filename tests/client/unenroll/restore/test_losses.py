"""Lost answers and kills: `restore` reads, and goes on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from mock_lms_client.client import Client
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.files import marks_of
from mock_lms_client.unenroll.marks import open_marks
from mock_lms_client.unenroll.restore.run import Restored

from mock_lms.testing import MockTenant
from tests.client.made import Made, calls_of, made
from tests.client.support import client_of
from tests.client.unenroll.restore.tenants import (
    EVERYBODY,
    REFUSE_READS,
    WRITES,
    came_along,
    is_as_before,
    unenrolled,
)

LOSSES = ("lost_answer", "before_commit", "half_body", "mid_batch")


@pytest.mark.parametrize("action", LOSSES)
@pytest.mark.parametrize("operation", WRITES)
def test_a_lost_answer_is_settled_by_reading(
    tenant: Callable[..., MockTenant], tmp_path: Path, operation: str, action: str
) -> None:
    lms = tenant(policy={"reenrollment": "discard"})
    case = unenrolled(lms, tmp_path)
    lms.control.set_faults([{"operation": operation, "every": 2, "action": action}])
    assert case.restore().code == Exit.AS_PLANNED
    lms.control.clear_faults()
    is_as_before(lms, came_along(case))


def test_what_was_done_is_not_asked_for_again(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    case.apply()
    lms.control.set_faults([{"operation": "bulk_enroll", "action": "lost_answer"}])
    assert case.restore().results == {"restored": 2}
    assert len(calls_of(lms, "bulk_enroll")) == 1


def test_a_server_that_never_does_it_is_not_asked_for_ever(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001], courses=[202])
    case.apply()
    lms.control.set_faults([{"operation": "bulk_enroll", "action": "before_commit"}])
    with pytest.raises(Stopped, match="goes on") as stopped:
        case.restore()
    assert stopped.value.code == Exit.PARTIAL
    assert len(calls_of(lms, "bulk_enroll")) == 5


def test_what_nobody_could_find_out_is_unknown(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001], courses=[202])
    case.apply()
    lms.control.set_faults([{"operation": "bulk_enroll", "action": "lost_answer"}, REFUSE_READS | {"after": 1}])
    with pytest.raises(Stopped, match="unknown") as stopped:
        case.restore()
    assert stopped.value.code == Exit.UNKNOWN
    lms.control.clear_faults()
    assert case.restore().results == {"restored": 1}


@pytest.mark.parametrize(
    ("nth", "code", "words"),
    [
        (1, Exit.NOTHING_DONE, "nothing was done"),
        (2, Exit.PARTIAL, r"0 are back, .* are left to look at\. `restore` goes on"),
    ],
)
def test_where_nothing_may_be_written_it_stops(
    lms: MockTenant, tmp_path: Path, nth: int, code: Exit, words: str
) -> None:
    case = made(lms, tmp_path, EVERYBODY, courses=[201])
    case.apply()
    lms.control.set_faults([{"operation": "bulk_enroll", "nth": nth, "action": "status", "status": 403}])
    with pytest.raises(Stopped, match=words) as stopped:
        case.restore()
    assert stopped.value.code == code
    assert not case.restored.exists()


def test_a_login_that_fails_is_nobodys_refusal(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001], courses=[202])
    case.apply()
    credentials = {name: getattr(lms, name) for name in ("client_id", "client_secret", "username", "password")}
    case.client = Client(lms.url, session=lms.session(), allow_http=True, **credentials)
    case.client.get_session()
    lms.control.set_faults(
        [
            {"operation": "bulk_enroll", "action": "reject_token"},
            {"operation": "issue_token", "action": "status", "status": 400},
        ]
    )
    with pytest.raises(Stopped, match="issue_token") as stopped:
        case.restore()
    assert stopped.value.code == Exit.NOTHING_DONE


class Killed(BaseException):
    """The end of a process."""


def kill(case: Made, nth: int, *, before: bool) -> None:
    """Ends whatever runs at the nth call, before or after the server did it."""
    adapter = case.client._session.get_adapter(f"{case.lms.url}/")
    send, number = type(adapter).send, count(1)

    def mortal(request: requests.PreparedRequest, **given: Any) -> requests.Response:
        now = next(number) == nth
        if now and before:
            raise Killed
        answer = send(adapter, request, **given)
        if now:
            raise Killed
        return answer

    setattr(adapter, "send", mortal)  # noqa: B010 -- mypy forbids the plain way


@pytest.mark.parametrize("before", [True, False])
def test_killed_at_any_moment_it_goes_on(tenant: Callable[..., MockTenant], tmp_path: Path, before: bool) -> None:
    lms = tenant(policy={"reenrollment": "discard"})
    case = unenrolled(lms, tmp_path)
    lms.control.save_snapshot("applied")
    whole: Restored | None = None
    for nth in count(1):
        lms.control.restore_snapshot("applied")
        marks_of(case.backup).unlink(missing_ok=True)
        case.client = client_of(lms)
        kill(case, nth, before=before)
        try:
            whole = case.restore()
            break
        except Killed:
            case.client = client_of(lms)
            found = case.restore()
        is_as_before(lms, came_along(case))
        assert found.code == Exit.AS_PLANNED
        assert found.results == {"restored": 40, "came in addition": 3}
    assert nth > 20
    assert whole is not None
    assert whole.results == {"restored": 40, "came in addition": 3}


def test_what_it_notes_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "plan.restoring"
    with open_marks(path, "a hash"):
        assert path.stat().st_mode & 0o077 == 0
