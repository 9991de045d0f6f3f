"""Waiting for calls: as long as was said, and without asking again and again, on a clock that stands still."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from mock_lms.control.journal import service as journal
from mock_lms.control.journal import verify as verifying
from mock_lms.edge import waiting as room
from mock_lms.edge.answer import Answer, Steps
from mock_lms.edge.environ import deliver
from tests.support.lms import CREDENTIALS, Lms

WHO = "/manage/v1/user/session"
UNENROLLED = {"called": {"operation": "unenroll"}}


def waiting(lms: Lms, seconds: float, path: str = "") -> Steps:
    """The steps of a call that waits for an unenrollment."""
    content = json.dumps({"expectations": [UNENROLLED], "seconds": seconds}).encode()
    headers = Headers({"Authorization": f"Bearer {CREDENTIALS.control_token}"})
    where = f"{path}/_mock/journal/wait"
    builder = EnvironBuilder(where, method="POST", content_type="application/json", headers=headers)
    environ = builder.get_environ() | {"CONTENT_LENGTH": str(len(content)), "wsgi.input": io.BytesIO()}
    deliver(environ, content, most=lms.edge.admit(environ))
    return lms.edge.handle(environ)


def answer_of(steps: Steps) -> tuple[int, Any]:
    with pytest.raises(StopIteration) as end:
        next(steps)
    answer: Answer = end.value.value
    return answer.code, json.loads(answer.body)


class Time:
    """A clock that goes when it is told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr(room, "time", found)
    return found


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """One entry for each time that the journal is gone through."""
    found: list[Any] = []
    verify = verifying.verify

    def noted(*given: Any) -> Any:
        found.append(given)
        return verify(*given)

    monkeypatch.setattr(journal, "verify", noted)
    return found


def test_it_ends_when_the_time_is_up_however_long_the_pauses_took(lms: Lms, time: Time) -> None:
    steps = waiting(lms, 1)
    assert 0 < next(steps) <= 1
    time.now += 10
    status, verdict = answer_of(steps)
    assert (status, verdict["verified"]) == (200, False)


def test_no_pause_is_longer_than_what_is_left(lms: Lms, time: Time) -> None:
    steps = waiting(lms, 1)
    next(steps)
    time.now += 0.99
    assert next(steps) == pytest.approx(0.01)


@pytest.mark.both_databases
def test_the_journal_is_gone_through_again_only_when_it_has_grown(lms: Lms, time: Time, verdicts: list[Any]) -> None:
    steps = waiting(lms, 60)
    for _ in range(20):
        next(steps)
    assert len(verdicts) == 1
    lms.get(WHO)
    next(steps)
    assert len(verdicts) == 2
    next(steps)
    assert len(verdicts) == 2
    lms.call("DELETE", "/learn/v1/enrollments/201/13001")
    assert answer_of(steps)[1]["verified"]
    assert len(verdicts) == 3


def test_who_is_asked_at_length_rests_longer(lms: Lms, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    verify = verifying.verify

    def slow(*given: Any) -> Any:
        time.now += 2
        return verify(*given)

    monkeypatch.setattr(journal, "verify", slow)
    steps = waiting(lms, 60)
    next(steps)
    lms.get(WHO)
    assert next(steps) == 2 * room.REST


@pytest.mark.both_databases
def test_a_tenant_that_was_dropped_meanwhile_is_a_404(lms: Lms, time: Time) -> None:
    lms.mock("POST", "/tenants", {"name": "other", "seed": "empty"})
    steps = waiting(lms, 60, "/t/other")
    next(steps)
    lms.mock("DELETE", "/tenants/other")
    time.now += 60
    assert answer_of(steps)[0] == 404


def test_only_so_many_may_wait_at_once(lms: Lms, time: Time) -> None:
    all_of_them = [waiting(lms, 60) for _ in range(room.MOST)]
    for steps in all_of_them:
        next(steps)
    status, refusal = answer_of(waiting(lms, 60))
    assert status == 503
    assert "64 calls wait in this worker" in refusal["message"][0]
    all_of_them[0].close()  # its client is gone
    next(waiting(lms, 60))


@pytest.mark.both_databases
def test_it_wakes_when_the_call_comes(lms: Lms) -> None:
    later = threading.Timer(0.1, lambda: lms.http.get(WHO))
    later.start()
    body = {"expectations": [{"called": {"operation": "get_session"}}], "seconds": 60}
    assert lms.mock("POST", "/journal/wait", body)["verified"]
    later.join()
