"""Who may apply what, on a server that is busy and with a token that grows old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll import plan_file
from mock_lms_client.unenroll.apply import run
from mock_lms_client.unenroll.apply.limits import Limits
from mock_lms_client.unenroll.decide import Request
from mock_lms_client.unenroll.document import Writer
from mock_lms_client.unenroll.plan.run import make_plan

from tests.client.conftest import NewTenant
from tests.client.harness.between import Send
from tests.client.harness.expected import REQUESTS, as_planned
from tests.client.harness.seeds import people, small
from tests.client.harness.stage import Stage, quiet
from tests.client.harness.time import Time

USERS = people(10_001, 4)
BULK = "bulk_unenroll"


# --- who may


@pytest.mark.parametrize(
    "harm",
    [
        lambda text: text.replace('"user_id":10001', '"user_id":10002', 1),
        lambda text: text[:-40],
        lambda text: text + " ",
    ],
)
def test_an_edited_plan_is_refused_and_nothing_is_called(stage: Stage, harm: Callable[[str], str]) -> None:
    stage.plan(USERS, courses=[209])
    stage.path.write_text(harm(stage.path.read_text()))
    stage.lms.control.clear_journal()
    code, line = stage.stopped()
    assert (code, stage.writes()) == (Exit.NOTHING_DONE, [])
    assert str(stage.path) in line
    assert "nothing was done" in line


def test_a_row_that_somebody_wrote_by_hand_is_refused_and_nothing_is_called(stage: Stage) -> None:
    plan = stage.plan(USERS, courses=[201])
    with Writer(plan.path, plan_file.FORM, plan_file.ROWS, plan.header) as writer:
        writer.add(['{"user_id":10001,"course_id":201,"intent":"burn","state":null}'])
        writer.close(plan.summary)
    assert stage.stopped() == (Exit.NOTHING_DONE, f"{plan.path}: row 1 is no pair; nothing was done")
    assert stage.writes() == []


def test_another_tenant_s_plan_is_refused_and_nothing_is_called(stage: Stage, new_tenant: NewTenant) -> None:
    stage.plan(USERS, courses=[209])
    other = Stage(new_tenant(seed=small(USERS)), stage.folder)
    code, line = other.stopped()
    assert (code, other.writes(), stage.writes()) == (Exit.NOTHING_DONE, [], [])
    assert f"is for {stage.client().tenant}, not for {other.client().tenant}; nothing was done" in line


@pytest.mark.parametrize(("hours", "code"), [(25, Exit.NOTHING_DONE), (23, Exit.AS_PLANNED)])
def test_a_plan_is_good_for_a_day(stage: Stage, hours: int, code: Exit) -> None:
    make_plan(stage.client(), Request(USERS, [209]), stage.path, datetime.now(UTC) - timedelta(hours=hours))
    assert stage.code() is code
    assert bool(stage.writes()) == (code is Exit.AS_PLANNED)


def test_the_moment_of_expiry_is_too_late(stage: Stage) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    plan = make_plan(stage.client(), Request(USERS, [209]), stage.path, now)
    plan_file.check_usable(plan, plan.header["tenant"], now + timedelta(hours=24, seconds=-1))
    with pytest.raises(Stopped, match=r"expired at 2026-03-02 00:00 UTC; nothing was done\. Plan again\."):
        plan_file.check_usable(plan, plan.header["tenant"], now + timedelta(hours=24))


def test_a_plan_that_is_begun_can_be_ended_after_its_expiry(stage: Stage) -> None:
    before = stage.there()
    make_plan(
        stage.client(),
        Request(USERS, [209]),
        stage.path,
        datetime.now(UTC) - timedelta(hours=23, minutes=59, seconds=50),
    )
    stage.lms.control.set_faults([{"action": "status", "status": 403, "operation": BULK, "nth": 2}])
    assert stage.code() is Exit.PARTIAL
    document = plan_file.open_plan(stage.path)
    stage.lms.control.clear_faults()
    assert run.standing(document, resume=True, again="").begun
    client = stage.client()
    plan_file.check_usable(document, client.tenant, datetime.now(UTC) + timedelta(days=9), begun=True)
    assert run.apply_plan(client, document, allowed=Limits(), again="", bars=quiet).code is Exit.AS_PLANNED
    as_planned(stage, before)


# --- busy servers and old tokens


def throttled(stage: Stage, **quota: Any) -> None:
    stage.time = Time(stage.lms)
    stage.lms.control.set_clock("2026-03-01 00:00:00")
    stage.lms.control.set_quota(**quota)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_quota_is_waited_for_and_nobody_comes_back_too_early(stage: Stage, form: str) -> None:
    before = stage.there()
    stage.plan(USERS, **REQUESTS["keep"])
    throttled(stage, calls=2, seconds=60, retry_after=form)
    assert stage.code() is Exit.AS_PLANNED
    quota = stage.lms.control.get_quota()["quota"]
    assert quota["refused"] > 3
    assert quota["early"] == 0
    assert stage.time.now >= 60
    stage.lms.control.clear_quota()
    as_planned(stage, before)


@pytest.mark.parametrize("calls", range(2, 10))
def test_with_its_patience_used_up_it_ends_and_can_be_resumed(stage: Stage, calls: int) -> None:
    before = stage.there()
    stage.plan(USERS, **REQUESTS["keep"])
    client = stage.client(patience=100)
    throttled(stage, calls=calls, seconds=36_000)
    code = stage.code(client)
    quota = stage.lms.control.get_quota()["quota"]
    begun = bool(stage.calls(operation=BULK))
    assert code is ((Exit.PARTIAL if begun else Exit.NOTHING_DONE) if quota["refused"] else Exit.AS_PLANNED)
    assert stage.lms.control.get_quota()["quota"]["early"] == 0
    stage.lms.control.clear_quota()
    if code is not Exit.AS_PLANNED:
        assert "refused" not in stage.outcomes().values()
        assert stage.code(resume=True) is Exit.AS_PLANNED
    as_planned(stage, before)


@pytest.mark.parametrize("number", range(1, 14))
@pytest.mark.parametrize("action", ["expire_token", "reject_token"])
def test_a_token_that_expires_at_whatever_call_is_replaced(stage: Stage, action: str, number: int) -> None:
    before = stage.there()
    stage.plan(USERS, **REQUESTS["keep"])
    client = stage.client(login=True)
    client.get_session()
    stage.lms.control.set_faults([{"action": action, "nth": number}])
    assert stage.apply(client).code is Exit.AS_PLANNED
    stage.lms.control.clear_faults()
    as_planned(stage, before)


def test_a_token_that_expires_while_it_waits_is_replaced(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    client = stage.client(login=True)
    stage.lms.control.set_faults(
        [{"action": "status", "status": 429, "retry_after": 3_500, "operation": BULK, "count": 2}]
    )
    stage.time = Time(stage.lms)
    client = stage.client(login=True, patience=8_000)
    assert stage.code(client) is Exit.AS_PLANNED
    assert stage.time.now >= 7_000
    as_planned(stage, before)


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_is_told_so_and_nobody_counts_as_refused(stage: Stage, status: int) -> None:
    stage.plan(USERS, courses=[209])
    stage.lms.control.set_faults([{"action": "status", "status": status, "operation": BULK}])
    code, line = stage.stopped(stage.client(login=True))
    assert code is Exit.PARTIAL
    assert str(status) in line
    assert "--resume` goes on" in line
    assert set(stage.outcomes().values()) == {None}


@pytest.mark.parametrize("number", range(1, 10))
def test_a_read_that_is_refused_before_the_first_call_leaves_all_as_it_is(stage: Stage, number: int) -> None:
    stage.plan(USERS, **REQUESTS["cascade"])
    stage.lms.control.set_faults([{"action": "status", "status": 403, "method": "GET", "nth": number}])
    code = stage.code()
    if not stage.bulk():
        assert code is Exit.NOTHING_DONE
        assert stage.lms.control.diff()["summary"]["enrollments"]["lost"] == 0


def offline(request: requests.PreparedRequest, send: Send) -> requests.Response:
    raise requests.exceptions.ConnectionError


def test_without_a_network_nothing_is_done_and_the_line_says_so(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    code, line = stage.stopped(stage.client(around=offline))
    assert code is Exit.NOTHING_DONE
    assert line.endswith("; nothing was done. `mock-lms-client apply plan.json --resume` tries it again")
    assert stage.code() is Exit.AS_PLANNED
