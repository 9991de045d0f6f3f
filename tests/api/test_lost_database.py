"""What a call is told whose database was lost, and which one begins anew."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest

from mock_lms.control.snapshots import service as snapshots
from mock_lms.services import lists, unenroll
from mock_lms.storage import journal, state, tokens
from mock_lms.storage.database import DatabaseLost, Interrupted, OutcomeUnknown, Unreachable
from tests.support.lms import BULK, CREDENTIALS, Lms

pytestmark = pytest.mark.both_databases

COURSES = "/course/v1/courses"
BODY = {"user_ids": [13001], "course_ids": [201]}


def failing(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception, times: int) -> list[str]:
    """Has a service fail so often; the list grows with each call of it."""
    real: Callable[..., Any] = getattr(module, name)
    calls: list[str] = []

    def fails(*arguments: Any, **options: Any) -> Any:
        calls.append(name)
        if len(calls) <= times:
            raise error
        return real(*arguments, **options)

    monkeypatch.setattr(module, name, fails)
    return calls


def ask(lms: Lms, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON. No contract speaks of a database."""
    token = CREDENTIALS.control_token if path.startswith("/_mock") else lms.token
    answer = lms.http.open(path, method=method, json=body, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.get_json()


def test_a_read_that_broke_off_is_repeated_once(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = failing(monkeypatch, lists, "list_courses", Interrupted(OSError("cut")), 1)
    assert lms.get(COURSES)["items"]
    assert len(calls) == 2


def test_a_read_that_breaks_off_again_is_refused(
    lms: Lms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = failing(monkeypatch, lists, "list_courses", Interrupted(OSError("cut\nshort")), 9)
    status, answer = ask(lms, "GET", COURSES)
    assert (status, len(calls)) == (503, 2)
    assert answer["message"] == ["The mock's database cannot be reached. Nothing was changed; call again in a moment."]
    (record,) = caplog.records
    assert record.getMessage() == "GET '/course/v1/courses': the database is lost: cut short"
    assert record.exc_info is None


@pytest.mark.parametrize(
    ("error", "told"),
    [(Interrupted, "Nothing was changed"), (Unreachable, "Nothing was changed"), (OutcomeUnknown, "is unknown: read")],
)
def test_a_write_is_never_repeated(
    lms: Lms, monkeypatch: pytest.MonkeyPatch, error: type[DatabaseLost], told: str
) -> None:
    calls = failing(monkeypatch, unenroll, "bulk_unenroll", error(OSError("cut")), 9)
    status, answer = ask(lms, "DELETE", BULK, BODY)
    assert (status, len(calls)) == (503, 1)
    assert told in answer["message"][0]


def test_a_control_call_of_several_transactions_may_be_done_in_part(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, snapshots, "saved", Unreachable(OSError("cut")), 9)
    status, answer = ask(lms, "PUT", "/_mock/snapshots/here")
    assert status == 503
    assert "in part" in answer["message"][0]


def test_a_token_that_cannot_be_looked_up_is_no_wrong_token(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, tokens, "holder", Unreachable(OSError("cut")), 9)
    status, _ = ask(lms, "GET", COURSES)
    assert status == 503


def test_a_call_whose_tenant_cannot_be_opened_is_one_503_and_one_line(
    lms: Lms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing(monkeypatch, state, "rows", Unreachable(OSError("refused")), 9)
    status, answer = ask(lms, "DELETE", BULK, BODY)
    assert (status, answer["code"]) == (503, 503)
    assert [record.getMessage() for record in caplog.records] == [f"DELETE '{BULK}': the database is lost: refused"]


def test_a_call_that_was_answered_stays_answered_where_it_cannot_be_noted(
    lms: Lms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing(monkeypatch, journal, "add", OutcomeUnknown(OSError("cut")), 9)
    status, answer = ask(lms, "DELETE", BULK, BODY)
    assert (status, answer["data"]["un_enrolled"]) == (200, [13001])
    (record,) = caplog.records
    assert "lost 1 of its calls" in record.getMessage()


@pytest.mark.parametrize(
    ("service", "method", "said"),
    [
        ("saved", "PUT", "The call may have been carried out in part. Make room, then look before you repeat it."),
        ("list_snapshots", "GET", "Nothing was changed. Make room, then call again."),
    ],
)
def test_a_full_disk_too_says_whether_a_call_may_be_done_in_part(
    lms: Lms, monkeypatch: pytest.MonkeyPatch, service: str, method: str, said: str
) -> None:
    failing(monkeypatch, snapshots, service, OSError(errno.ENOSPC, "No space left on device"), 9)
    status, answer = ask(lms, method, "/_mock/snapshots" + ("/here" if method == "PUT" else ""))
    assert status == 507
    assert answer["message"][0].endswith(said)
