"""An apply from its beginning to its end, however often it is ended before."""

from __future__ import annotations

import contextlib
import multiprocessing
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenrolling import beginning, packing, planning, running
from mock_lms_client.unenrolling.deciding import Asked
from mock_lms_client.unenrolling.journal import Journal

from mock_lms.testing import MockLMS, MockTenant
from tests.client.expected import ASKED, as_planned, places, targets
from tests.client.made import quiet
from tests.client.stage import Fate, Killed, Send, Stage, Time, at_bulk, mortal, named, people, small, tenants

USERS = people(10_001, 4)
BULK = "bulk_unenroll"


@pytest.fixture(scope="module")
def new() -> Iterator[Callable[..., MockTenant]]:
    with MockLMS(seed="empty") as lms:
        yield from tenants(lms)


@pytest.fixture
def stage(new: Callable[..., MockTenant], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Calls have at most two users."""
    monkeypatch.setattr(packing, "USERS_PER_CALL", 2)
    return Stage(new(seed=small(USERS)), tmp_path)


# --- whatever is planned for whomever


COURSES, PLANS = (201, 202, 203, 204), (31, 32, 33)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str], Asked]:
    users = people(10_001, draw(st.integers(1, 7)))
    plan_courses = {plan: draw(st.lists(st.sampled_from(COURSES), unique=True)) for plan in PLANS}
    statuses = st.sampled_from(["subscribed", "in_progress", "completed", "suspended", "waiting"])
    enrolled = draw(st.dictionaries(st.tuples(st.sampled_from(users), st.sampled_from(COURSES)), statuses))
    members = draw(st.sets(st.tuples(st.sampled_from(users), st.sampled_from(PLANS))))
    seed = {
        "users": [{"id": user, "username": f"u{user}"} for user in users],
        "courses": [{"id": course, "name": f"Course {course}"} for course in COURSES],
        "learning_plans": [{"id": plan, "name": f"Plan {plan}", "courses": plan_courses[plan]} for plan in PLANS],
        "enrollments": [{"user": u, "course": c, "status": status} for (u, c), status in enrolled.items()],
        "learning_plan_enrollments": [{"user": user, "learning_plan": plan} for user, plan in sorted(members)],
    }
    policy = {
        "course_in_plan": draw(st.sampled_from(["allow", "refuse"])),
        "shared_courses": draw(st.sampled_from(["keep", "remove"])),
        "errors_style": draw(st.sampled_from(["strings", "objects"])),
    }
    courses = draw(st.lists(st.sampled_from(COURSES), unique=True))
    plans = draw(st.lists(st.sampled_from(PLANS), unique=True, min_size=0 if courses else 1))
    keep = draw(st.frozensets(st.sampled_from(["completed", "in_progress", "enrolled"]), max_size=2))
    chosen = draw(st.lists(st.sampled_from([*users, 99_999]), unique=True, min_size=1))
    asked = Asked(chosen, courses, plans, cascade=draw(st.booleans()), keep=keep)
    return seed, policy, asked


@settings(max_examples=40)
@given(world=worlds())
def test_no_call_names_a_pair_that_the_plan_does_not_remove_and_what_was_planned_is_what_happens(
    new: Callable[..., MockTenant], world: Any
) -> None:
    seed, policy, asked = world
    lms = new(seed=seed, policy=policy)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(packing, "USERS_PER_CALL", 3)
        stage = Stage(lms, Path(folder))
        before = stage.there()
        client = stage.client()
        plan = planning.make(client, asked, stage.path, datetime.now(UTC))
        assert stage.there() == before
        done = stage.apply()
        removes = targets(stage.pairs(), "remove")
        assert sorted(named(stage.bulk())) == sorted(removes)
        assert all(len(set(body["user_ids"])) == len(body["user_ids"]) <= 3 for body in stage.bulk())
        assert len(stage.bulk()) == sum(each["count"] for each in plan.summary["calls"].values())
        there, outcomes = stage.there(), stage.outcomes()
        assert there <= before
        assert before - there == places(key for key, outcome in outcomes.items() if outcome == "removed")
        refused = {key for key, outcome in outcomes.items() if outcome == "refused"}
        assert done.code is (Exit.PARTIAL if refused else Exit.AS_PLANNED)
        assert not refused or policy["course_in_plan"] == "refuse"
        assert places(targets(stage.pairs(), "keep")) <= there
        assert {key for key, outcome in outcomes.items() if outcome} == {
            *targets(stage.pairs(), "remove", "cascade", "either")
        }
        # what was refused is asked for again, and nothing else
        stage.lms.control.clear_journal()
        assert stage.code(resume=True) is done.code
        assert sorted(named(stage.bulk())) == sorted(refused)
        assert stage.there() == there


# --- ended at any moment


def survived(stage: Stage, before: set[tuple[str, int, int]]) -> None:
    assert stage.apply(resume=True).code is Exit.AS_PLANNED
    as_planned(stage, before)


def fresh(stage: Stage, plan: bytes) -> None:
    stage.lms.control.reset_tenant(scopes=["data", "faults", "journal"])
    stage.forget()
    for path in stage.folder.iterdir():
        path.unlink()
    stage.path.write_bytes(plan)


@pytest.mark.parametrize(
    ("asked", "kind"), [("courses", Killed), ("cascade", Killed), ("keep", Killed), ("keep", KeyboardInterrupt)]
)
def test_ended_at_whatever_moment_resume_goes_on_and_the_final_state_equals_the_plan(
    stage: Stage, asked: str, kind: type[BaseException]
) -> None:
    before = stage.there()
    stage.plan(USERS, **ASKED[asked])
    plan = stage.path.read_bytes()
    removes = sorted(targets(stage.pairs(), "remove"))
    moment = 0
    while True:
        fresh(stage, plan)
        fate = Fate(moment, kind)
        with pytest.MonkeyPatch.context() as patched:
            mortal(patched, fate)
            try:
                assert stage.apply(stage.client(around=fate.around)).code is Exit.AS_PLANNED
            except kind:
                assert fate.met
        if not fate.met:
            break
        survived(stage, before)
        # an answer may have been lost, and nothing that was done is asked for again
        assert sorted(named(stage.bulk())) == removes
        moment += 1
    assert moment > 25


def test_what_a_call_does_only_after_the_client_died_is_noted_as_removed(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    plan, other = stage.path.read_bytes(), stage.client()
    for moment in range(1, 1_000):
        fresh(stage, plan)
        fate, tries = Fate(moment), 0

        def lost(request: requests.PreparedRequest, send: Send, fate: Fate = fate) -> requests.Response:
            nonlocal tries
            if request.method == "DELETE" and not tries:
                tries += 1
                raise requests.ConnectionError
            return fate.around(request, send)

        with pytest.MonkeyPatch.context() as patched:
            mortal(patched, fate)
            with contextlib.suppress(Killed):
                stage.apply(stage.client(around=lost))
        if not fate.met:
            break
        if tries and not stage.bulk():
            other.bulk_unenroll(USERS[:2], course_ids=[209])
        survived(stage, before)
    assert moment > 20


def test_ended_again_and_again_it_is_done_in_the_end(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, **ASKED["keep"])
    plan = stage.path.read_bytes()
    for steps in (9, 13):
        fresh(stage, plan)
        for number in range(60):
            fate = Fate(steps + number // 4)
            with pytest.MonkeyPatch.context() as patched:
                mortal(patched, fate)
                try:
                    code = stage.code(stage.client(around=fate.around), resume=number > 0)
                except Killed:
                    continue
            assert code is Exit.AS_PLANNED
            break
        as_planned(stage, before)


def ended(stage: Stage) -> tuple[int, str]:
    try:
        return stage.apply().code, ""
    except Stopped as stopped:
        return stopped.code, str(stopped)


class Full(Fate):
    """A disk that is full for a moment."""

    def moment(self, where: str = "") -> None:
        self.count += 1
        if self.count == self.after:
            self.met = True
            raise (
                sqlite3.OperationalError("database or disk is full")
                if where == "database"
                else OSError(28, "No space left")
            )


def test_a_disk_that_is_full_at_whatever_moment_ends_it_in_one_line_and_resume_goes_on(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, **ASKED["courses"])
    plan = stage.path.read_bytes()
    moment = 1
    while True:
        fresh(stage, plan)
        fate = Full(moment, OSError)
        with pytest.MonkeyPatch.context() as patched:
            mortal(patched, fate)
            code, line = ended(stage)
        assert code is not Exit.NOTHING_DONE or not stage.bulk()
        assert not fate.met or "full" in line or "No space left" in line
        if not fate.met:
            break
        survived(stage, before)
        assert sorted(named(stage.bulk())) == sorted(targets(stage.pairs(), "remove"))
        moment += 1
    assert moment > 10


# --- again, and at once


def test_a_plan_that_is_begun_is_not_begun_again(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    assert stage.code() is Exit.AS_PLANNED
    stage.lms.control.clear_journal()
    code, line = stage.stopped()
    assert (code, stage.writes()) == (Exit.NOTHING_DONE, [])
    assert "was begun already; nothing was done. Go on with --resume." in line


def test_resume_of_what_is_done_does_nothing_and_ends_as_it_did(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    done = stage.apply()
    stage.lms.control.clear_journal()
    assert stage.apply(resume=True) == done
    assert stage.writes() == []


def test_resume_of_what_was_never_begun_begins_it(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    assert stage.code(resume=True) is Exit.AS_PLANNED
    as_planned(stage, before)


def test_of_two_applies_at_once_the_second_does_nothing(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    codes: list[Exit] = []

    def second() -> None:
        codes.extend(stage.stopped(resume=resume)[0] for resume in (False, True))

    assert stage.code(stage.client(around=at_bulk(2, second))) is Exit.AS_PLANNED
    assert codes == [Exit.NOTHING_DONE, Exit.NOTHING_DONE]
    as_planned(stage, before)
    assert sorted(named(stage.bulk())) == sorted(targets(stage.pairs(), "remove"))


def _hold(path: str, held: Any, release: Any) -> None:
    with Journal(Path(path)):
        held.set()
        release.wait(30)


def test_an_apply_of_another_process_is_in_the_way(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(str(stage.journal), held, release))
    other.start()
    try:
        assert held.wait(30)
        code, line = stage.stopped()
    finally:
        release.set()
        other.join(30)
    assert (code, stage.writes()) == (Exit.NOTHING_DONE, [])
    assert "another apply works with it; nothing was done" in line


def test_the_journal_of_another_plan_is_in_the_way_and_stays_as_it_is(stage: Stage) -> None:
    stage.plan(USERS[:2], courses=[209])
    assert stage.code() is Exit.AS_PLANNED
    entries = stage.entries()
    stage.plan(USERS[2:], courses=[209])
    stage.lms.control.clear_journal()
    for resume in (False, True):
        code, line = stage.stopped(resume=resume)
        assert (code, stage.writes()) == (Exit.NOTHING_DONE, [])
        assert re.search("journal.*another plan.*nothing was done|another plan.*journal.*nothing was done", line)
    assert stage.entries() == entries


def test_a_file_that_is_no_journal_is_in_the_way_and_stays_as_it_is(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    stage.journal.write_text("dear diary " * 99)
    code, line = stage.stopped()
    assert (code, stage.writes()) == (Exit.NOTHING_DONE, [])
    assert "is no journal of ours" in line
    assert stage.journal.read_text() == "dear diary " * 99


def test_a_damaged_journal_is_one_line_and_nothing_is_done(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    stage.lms.control.set_faults([{"action": "status", "status": 403, "operation": BULK, "nth": 2}])
    assert stage.code() is Exit.PARTIAL
    stage.lms.control.reset_tenant(scopes=["faults", "journal"])
    content = bytearray(stage.journal.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    stage.journal.write_bytes(content)
    assert stage.stopped(resume=True)[0] in {Exit.NOTHING_DONE, Exit.UNKNOWN}
    assert stage.writes() == []


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


def test_another_tenant_s_plan_is_refused_and_nothing_is_called(stage: Stage, new: Callable[..., MockTenant]) -> None:
    stage.plan(USERS, courses=[209])
    other = Stage(new(seed=small(USERS)), stage.folder)
    code, line = other.stopped()
    assert (code, other.writes(), stage.writes()) == (Exit.NOTHING_DONE, [], [])
    assert f"is for {stage.client().tenant}, not for {other.client().tenant}; nothing was done" in line


@pytest.mark.parametrize(("hours", "code"), [(25, Exit.NOTHING_DONE), (23, Exit.AS_PLANNED)])
def test_a_plan_is_good_for_a_day(stage: Stage, hours: int, code: Exit) -> None:
    planning.make(stage.client(), Asked(USERS, [209]), stage.path, datetime.now(UTC) - timedelta(hours=hours))
    assert stage.code() is code
    assert bool(stage.writes()) == (code is Exit.AS_PLANNED)


def test_the_moment_of_expiry_is_too_late(stage: Stage) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    plan = planning.make(stage.client(), Asked(USERS, [209]), stage.path, now)
    beginning.check_usable(plan, plan.header["tenant"], now + timedelta(hours=24, seconds=-1))
    with pytest.raises(Stopped, match=r"expired at 2026-03-02 00:00 UTC; nothing was done\. Plan again\."):
        beginning.check_usable(plan, plan.header["tenant"], now + timedelta(hours=24))


def test_a_plan_that_is_begun_can_be_ended_after_its_expiry(stage: Stage) -> None:
    before = stage.there()
    planning.make(
        stage.client(), Asked(USERS, [209]), stage.path, datetime.now(UTC) - timedelta(hours=23, minutes=59, seconds=50)
    )
    stage.lms.control.set_faults([{"action": "status", "status": 403, "operation": BULK, "nth": 2}])
    assert stage.code() is Exit.PARTIAL
    document = beginning.open_plan(stage.path)
    stage.lms.control.clear_faults()
    assert running.check_begun(document, resume=True)
    client = stage.client()
    beginning.check_usable(document, client.tenant, datetime.now(UTC) + timedelta(days=9), begun=True)
    assert running.run(client, document, bars=quiet).code is Exit.AS_PLANNED
    as_planned(stage, before)


# --- busy servers and old tokens


def throttled(stage: Stage, **quota: Any) -> None:
    stage.time = Time(stage.lms)
    stage.lms.control.set_clock("2026-03-01 00:00:00")
    stage.lms.control.set_quota(**quota)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_quota_is_waited_for_and_nobody_comes_back_too_early(stage: Stage, form: str) -> None:
    before = stage.there()
    stage.plan(USERS, **ASKED["keep"])
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
    stage.plan(USERS, **ASKED["keep"])
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
    stage.plan(USERS, **ASKED["keep"])
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
    stage.plan(USERS, **ASKED["cascade"])
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
    assert line.endswith("; nothing was done")
    assert stage.code() is Exit.AS_PLANNED


# --- how it ends


def test_what_is_left_over_is_told_as_far_as_people_read(stage: Stage, new: Callable[..., MockTenant]) -> None:
    lms = new(seed=small(people(10_001, 12)), policy={"course_in_plan": "refuse"})
    stage = Stage(lms, stage.folder)
    stage.plan(people(10_001, 12), courses=[201])
    done = stage.apply()
    assert len(done.refused) == running.SHOWN == 5
    assert done.outcomes == {"refused": 12}


def test_a_plan_of_nothing_is_done_at_once(stage: Stage) -> None:
    stage.plan([55], courses=[209])
    assert stage.code() is Exit.AS_PLANNED
    assert stage.writes() == []
