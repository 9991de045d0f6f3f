"""Doing what a plan says, whatever becomes of the answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from mock_lms_client.exits import Exit
from mock_lms_client.unenroll import pack
from mock_lms_client.unenroll.apply.execute import ATTEMPTS

from tests.client.conftest import NewStage, NewTenant
from tests.client.harness.between import Send, at_bulk
from tests.client.harness.expected import REQUESTS, as_planned, as_state, state, targets
from tests.client.harness.seeds import people, small
from tests.client.harness.stage import Stage, named

USERS = people(10_001, 6)
BULK = "bulk_unenroll"


# --- what is called


@pytest.mark.parametrize("asked", REQUESTS)
def test_what_a_plan_says_is_done_in_as_many_calls_as_it_says_and_each_pair_is_named_once(
    stage: Stage, asked: str
) -> None:
    before = stage.there()
    plan = stage.plan([*USERS, 77], **REQUESTS[asked])
    assert stage.apply().code is Exit.AS_PLANNED
    as_planned(stage, before)
    assert sorted(named(stage.bulk())) == sorted(targets(stage.pairs(), "remove"))
    assert len(stage.bulk()) == sum(each["count"] for each in plan.summary["calls"].values())
    assert all(len(body["user_ids"]) <= 2 for body in stage.bulk())
    assert len(stage.writes()) == len(stage.bulk())


@pytest.mark.parametrize("users", [1_000, 1_001])
def test_a_call_has_at_most_a_thousand_users(new_tenant: NewTenant, tmp_path: Path, users: int) -> None:
    stage = Stage(new_tenant(seed=small(people(10_001, users))), tmp_path)
    stage.plan(people(10_001, users), courses=[209])
    assert stage.apply().outcomes == {"removed": users}
    assert [len(body["user_ids"]) for body in stage.bulk()] == ([1_000] if users == 1_000 else [1_000, 1])


def test_learning_plans_are_left_before_courses(stage: Stage) -> None:
    stage.plan(USERS, **REQUESTS["keep"])
    stage.apply()
    kinds = ["learningplan_ids" in body for body in stage.bulk()]
    assert kinds == sorted(kinds, reverse=True)
    assert len(set(kinds)) == 2


@pytest.mark.parametrize("flag", ["reset_tracks", "delete_certificates"])
@pytest.mark.parametrize("value", [False, True])
def test_the_flags_are_what_the_plan_says(stage: Stage, flag: str, value: bool) -> None:
    asked: dict[str, Any] = {flag: value}
    stage.plan(USERS, courses=[201], plans=[32], **asked)
    stage.apply()
    name = {"reset_tracks": flag, "delete_certificates": "delete_issued_certificates"}[flag]
    assert {body[name] for body in stage.bulk()} == {value}
    others = {"reset_tracks", "delete_issued_certificates"} - {name}
    assert {body[other] for body in stage.bulk() for other in others} == {False}


@pytest.mark.parametrize(
    ("asked", "cascades"), [("leave", False), ("cascade", True), ("keep", False), ("courses", False)]
)
def test_the_api_cascades_where_the_plan_says_so_and_never_with_keep(stage: Stage, asked: str, cascades: bool) -> None:
    stage.plan(USERS, **REQUESTS[asked])
    stage.apply()
    flag = "cascade_unenroll_from_courses_in_selected_learning_plan"
    assert {body[flag] for body in stage.bulk()} == {cascades}


@pytest.mark.parametrize("shared", ["keep", "remove"])
def test_a_shared_course_is_noted_as_the_server_had_it(new_stage: NewStage, shared: str) -> None:
    stage = new_stage(policy={"shared_courses": shared})
    before = stage.there()
    stage.plan(USERS, **REQUESTS["cascade"])
    assert stage.apply().code is Exit.AS_PLANNED
    as_planned(stage, before)
    found = {outcome for key, outcome in stage.outcomes().items() if key in targets(stage.pairs(), "either")}
    assert found == {"kept" if shared == "keep" else "removed"}


# --- lost answers


def ids(rule: dict[str, Any]) -> str:
    return "-".join(map(str, rule.values()))


LOST: list[dict[str, Any]] = [{"action": "lost_answer"}, {"action": "half_body"}]
UNDONE: list[dict[str, Any]] = [
    {"action": "before_commit"},
    {"action": "drop"},
    {"action": "status", "status": 500},
    {"action": "status", "status": 503},
]
HALF: list[dict[str, Any]] = [{"action": "mid_batch"}]


@pytest.mark.parametrize("asked", ["cascade of two", "keep", "both"])
@pytest.mark.parametrize("rule", [*LOST, *UNDONE, *HALF], ids=ids)
def test_what_became_of_a_call_without_an_answer_is_read_and_nothing_is_asked_for_twice(
    new_stage: NewStage, asked: str, rule: dict[str, Any]
) -> None:
    stage = new_stage()
    before = stage.there()
    plan = stage.plan(USERS, **REQUESTS[asked])
    calls = sum(each["count"] for each in plan.summary["calls"].values())
    for number in range(1, calls + 1):
        stage.lms.control.reset_tenant(scopes=["data", "faults", "journal"])
        stage.forget()
        stage.lms.control.set_faults([{**rule, "operation": BULK, "nth": number}])
        assert stage.code() is Exit.AS_PLANNED
        as_planned(stage, before)
        bodies = stage.bulk()
        failed = bodies.pop(number - 1) if rule not in LOST else None
        if rule in HALF and failed:
            # the half that is gone is not named again
            again = named([bodies[number - 1]]) if len(bodies) >= number else []
            assert len(again) < len(named([failed])) or len(failed["user_ids"]) == 1
            continue
        assert sorted(named(bodies)) == sorted(targets(stage.pairs(), "remove"))


def test_the_loss_of_every_answer_is_survived(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, **REQUESTS["both"])
    stage.lms.control.set_faults([{"action": "lost_answer", "operation": BULK}])
    assert stage.code() is Exit.AS_PLANNED
    as_planned(stage, before)


@pytest.mark.parametrize("asked", REQUESTS)
def test_a_server_that_does_half_and_then_fails_is_done_with_in_the_end(
    new_stage: NewStage, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(pack, "USERS_PER_CALL", 6)
    stage = new_stage(sabotage="half_then_500")
    before = stage.there()
    stage.plan(USERS, **REQUESTS[asked])
    reader = stage.client()

    def only_who_is_there(request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "DELETE":
            assert as_state(named([json.loads(request.body or "")])) <= state(reader)
        return send()

    for number in range(20):
        code = stage.code(stage.client(around=only_who_is_there), resume=number > 0)
        if code is Exit.AS_PLANNED:
            break
        assert code is Exit.PARTIAL
    assert code is Exit.AS_PLANNED
    as_planned(stage, before)


def test_a_server_that_never_does_anything_is_left_alone_after_some_attempts(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[201])
    stage.lms.control.set_faults([{"action": "before_commit", "operation": BULK}])
    code, line = stage.stopped()
    assert (code, len(stage.bulk())) == (Exit.PARTIAL, ATTEMPTS)
    assert "--resume` goes on" in line
    assert set(stage.outcomes().values()) == {None}
    stage.lms.control.clear_faults()
    assert stage.code(resume=True) is Exit.AS_PLANNED
    as_planned(stage, before)


def reads_fail(stage: Stage, at: int) -> None:
    """The n-th bulk call's answer is lost, and nothing can be read afterwards."""

    def act() -> None:
        stage.lms.control.set_faults(
            [{"action": "lost_answer", "operation": BULK}, {"action": "status", "status": 403, "method": "GET"}]
        )

    code, line = stage.stopped(stage.client(around=at_bulk(at, act)))
    assert code is Exit.UNKNOWN
    assert "unknown" in line
    assert "--resume` finds out and goes on" in line


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_cannot_be_read_either_is_unknown_until_resume_finds_out(stage: Stage, number: int) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    reads_fail(stage, number)
    assert stage.code(resume=True) is Exit.UNKNOWN  # nothing can be read yet, and nothing is guessed
    assert len(stage.bulk()) == number
    stage.lms.control.clear_faults()
    assert stage.code(resume=True) is Exit.AS_PLANNED
    as_planned(stage, before)
    assert sorted(named(stage.bulk())) == sorted(targets(stage.pairs(), "remove"))


def comes_late(stage: Stage, late: int) -> Exit:
    """A client dies with a call on its way, which the server does only at a later call of who resumes."""

    def dies(request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "DELETE":
            raise KeyboardInterrupt
        return send()

    with pytest.raises(KeyboardInterrupt):
        stage.apply(stage.client(around=dies))
    other, seen = stage.client(), 0

    def slow(_: requests.PreparedRequest, send: Send) -> requests.Response:
        nonlocal seen
        seen += 1
        if seen == late:
            other.bulk_unenroll(USERS[:2], course_ids=[209])
        return send()

    code = stage.code(stage.client(around=slow), resume=True)
    return code if code is Exit.AS_PLANNED else stage.code(resume=True)


@pytest.mark.parametrize("late", range(1, 9))
def test_an_effect_that_comes_after_it_was_looked_for_is_noticed_and_nothing_is_left_out(
    stage: Stage, late: int
) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    assert comes_late(stage, late) is Exit.AS_PLANNED
    as_planned(stage, before)


def test_who_an_earlier_try_took_along_after_all_is_removed_and_not_already_absent(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    other, tries = stage.client(), 0

    def slow(request: requests.PreparedRequest, send: Send) -> requests.Response:
        nonlocal tries
        if request.method == "DELETE":
            tries += 1
            if tries == 1:  # on its way, and nobody knows where
                raise requests.ConnectionError
            if tries == 2:
                other.bulk_unenroll(USERS[:2], course_ids=[209])
        return send()

    assert stage.code(stage.client(around=slow)) is Exit.AS_PLANNED
    as_planned(stage, before)
