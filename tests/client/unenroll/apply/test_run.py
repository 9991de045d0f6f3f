"""An apply from its beginning to its end."""

from __future__ import annotations

import multiprocessing
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mock_lms_client.exits import Exit
from mock_lms_client.unenroll import pack
from mock_lms_client.unenroll.apply import run
from mock_lms_client.unenroll.decide import Request
from mock_lms_client.unenroll.journal import Journal
from mock_lms_client.unenroll.plan.run import make_plan

from tests.client.conftest import NewTenant
from tests.client.harness.between import at_bulk
from tests.client.harness.expected import as_planned, as_state, targets
from tests.client.harness.seeds import people, small
from tests.client.harness.stage import Stage, named

USERS = people(10_001, 4)
BULK = "bulk_unenroll"


# --- whatever is planned for whomever


COURSES, PLANS = (201, 202, 203, 204), (31, 32, 33)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str], Request]:
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
    asked = Request(chosen, courses, plans, cascade=draw(st.booleans()), keep=keep)
    return seed, policy, asked


@settings(max_examples=40)
@given(world=worlds())
def test_no_call_names_a_pair_that_the_plan_does_not_remove_and_what_was_planned_is_what_happens(
    new_tenant: NewTenant, world: Any
) -> None:
    seed, policy, asked = world
    lms = new_tenant(seed=seed, policy=policy)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(pack, "USERS_PER_CALL", 3)
        stage = Stage(lms, Path(folder))
        before = stage.there()
        client = stage.client()
        plan = make_plan(client, asked, stage.path, datetime.now(UTC))
        assert stage.there() == before
        done = stage.apply()
        removes = targets(stage.pairs(), "remove")
        assert sorted(named(stage.bulk())) == sorted(removes)
        assert all(len(set(body["user_ids"])) == len(body["user_ids"]) <= 3 for body in stage.bulk())
        assert len(stage.bulk()) == sum(each["count"] for each in plan.summary["calls"].values())
        there, outcomes = stage.there(), stage.outcomes()
        assert there <= before
        assert before - there == as_state(key for key, outcome in outcomes.items() if outcome == "removed")
        refused = {key for key, outcome in outcomes.items() if outcome == "refused"}
        assert done.code is (Exit.PARTIAL if refused else Exit.AS_PLANNED)
        assert not refused or policy["course_in_plan"] == "refuse"
        assert as_state(targets(stage.pairs(), "keep")) <= there
        assert {key for key, outcome in outcomes.items() if outcome} == {
            *targets(stage.pairs(), "remove", "cascade", "either")
        }
        # what was refused is asked for again, and nothing else
        stage.lms.control.clear_journal()
        assert stage.code(resume=True) is done.code
        assert sorted(named(stage.bulk())) == sorted(refused)
        assert stage.there() == there


# --- again, and at once


def test_a_plan_that_is_begun_is_not_begun_again(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    assert stage.code() is Exit.AS_PLANNED
    stage.lms.control.clear_journal()
    code, line = stage.stopped()
    assert (code, stage.writes()) == (Exit.NOTHING_DONE, [])
    assert "was begun already; nothing was done. Go on with `mock-lms-client apply plan.json --resume`" in line


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


# --- how it ends


def test_what_is_left_over_is_told_as_far_as_people_read(stage: Stage, new_tenant: NewTenant) -> None:
    lms = new_tenant(seed=small(people(10_001, 12)), policy={"course_in_plan": "refuse"})
    stage = Stage(lms, stage.folder)
    stage.plan(people(10_001, 12), courses=[201])
    done = stage.apply()
    assert len(done.refused) == run.SHOWN == 5
    assert done.outcomes == {"refused": 12}


def test_a_plan_of_nothing_is_done_at_once(stage: Stage) -> None:
    stage.plan([55], courses=[209])
    assert stage.code() is Exit.AS_PLANNED
    assert stage.writes() == []
