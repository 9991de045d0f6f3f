"""Answers that say no, to some or to all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from mock_lms_client.exits import Exit
from mock_lms_client.unenroll.journal import Entry
from mock_lms_client.unenroll.pair_errors import PairErrors
from mock_lms_client.unenroll.pairs import COURSE, PLAN, Pair

from tests.client.conftest import NewStage
from tests.client.harness.between import Around, Send, at_bulk
from tests.client.harness.expected import REQUESTS, as_planned, as_state, targets
from tests.client.harness.seeds import people
from tests.client.harness.stage import Stage, named

USERS = people(10_001, 6)
BULK = "bulk_unenroll"


# --- answers that say no


@pytest.mark.parametrize("status", [400, 409, 422, 451])
def test_who_the_server_refuses_is_refused_in_its_words_and_asked_again_on_resume(stage: Stage, status: int) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    stage.lms.control.set_faults(
        [{"action": "status", "status": status, "message": "Not\non a Sunday.", "operation": BULK, "nth": 2}]
    )
    done = stage.apply()
    assert (done.code, done.outcomes) == (Exit.PARTIAL, {"removed": 4, "refused": 2})
    assert [(user, kind, target) for user, kind, target, _ in done.refused] == [
        (10_003, "course", 209),
        (10_004, "course", 209),
    ]
    assert all("Not on a Sunday." in said for *_, said in done.refused)
    stage.lms.control.clear_faults()
    assert stage.code(resume=True) is Exit.AS_PLANNED
    as_planned(stage, before)


@pytest.mark.parametrize("asked", REQUESTS)
def test_after_the_first_call_was_refused_as_a_whole_resume_notes_what_was_really_removed(
    stage: Stage, asked: str
) -> None:
    before = stage.there()
    stage.plan(USERS, **REQUESTS[asked])
    stage.lms.control.set_faults([{"action": "status", "status": 400, "operation": BULK, "nth": 1}])
    assert stage.code() is Exit.PARTIAL
    assert stage.code(resume=True) is Exit.AS_PLANNED
    as_planned(stage, before)
    assert {*named(stage.bulk())} == {*targets(stage.pairs(), "remove")}


def test_a_course_that_a_cascade_left_is_in_nobody_s_way_where_another_plan_is_asked_for_again(stage: Stage) -> None:
    client = stage.client()
    plan = int(client.create_learning_plan("Both")["learning_plan_id"])
    client.add_learning_plan_courses(plan, [202])
    for user in (10_002, 10_003):
        client.enroll_in_learning_plan(plan, user)
    client.bulk_unenroll([10_003], learningplan_ids=[31])
    stage.plan([10_001, 10_002, 10_003], plans=[31, plan], cascade=True)
    before = stage.there()
    assert targets(stage.pairs(), "either") == [(10_002, "course", 202)]  # it is in 32, too
    stage.lms.control.set_faults([{"action": "status", "status": 400, "operation": BULK, "nth": 1}])
    assert stage.code() is Exit.PARTIAL
    assert stage.outcomes()[10_002, "course", 202] == "kept"
    assert stage.apply(resume=True).code is Exit.AS_PLANNED
    as_planned(stage, before)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 408, 421, 425, 429])
def test_what_says_nothing_about_the_users_refuses_none_of_them(stage: Stage, status: int) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    stage.lms.control.set_faults([{"action": "status", "status": status, "operation": BULK}])
    assert stage.code(stage.client(patience=5)) is Exit.PARTIAL
    assert set(stage.outcomes().values()) == {None}
    stage.lms.control.clear_faults()
    assert stage.code(resume=True) is Exit.AS_PLANNED
    as_planned(stage, before)


def test_a_redirect_refuses_nobody(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])

    def moved(request: requests.PreparedRequest, send: Send) -> requests.Response:
        answer = send()
        if request.method == "DELETE":
            answer.status_code, answer.headers["Location"] = 302, "https://elsewhere.example.com/"
        return answer

    assert stage.code(stage.client(around=moved)) is Exit.PARTIAL
    assert set(stage.outcomes().values()) == {None}


@pytest.mark.parametrize("style", ["strings", "objects"])
def test_200_with_errors_is_partial_and_the_server_s_reason_is_noted(new_stage: NewStage, style: str) -> None:
    stage = new_stage(policy={"course_in_plan": "refuse", "errors_style": style})
    before = stage.there()
    stage.plan(USERS, courses=[201, 209])
    done = stage.apply()
    assert (done.code, done.outcomes) == (Exit.PARTIAL, {"removed": 6, "refused": 6})
    assert before - stage.there() == {("course", 209, user) for user in USERS}
    for entry in stage.entries():
        if entry.pair.target_id == 201:
            assert entry.outcome == "refused"
            assert "a learning plan of theirs contains it" in entry.said
            assert style == "objects" or f"User {entry.pair.user_id} cannot leave course 201" in entry.said
        else:
            assert (entry.outcome, entry.said) == ("removed", "")


def test_what_was_refused_is_asked_for_again_and_what_was_removed_is_not(new_stage: NewStage) -> None:
    stage = new_stage(policy={"course_in_plan": "refuse"})
    stage.plan(USERS, courses=[201, 209])
    assert stage.code() is Exit.PARTIAL
    stage.client().bulk_unenroll(USERS[:3], learningplan_ids=[31])
    stage.lms.control.clear_journal()
    assert stage.code(resume=True) is Exit.PARTIAL
    assert sorted(named(stage.bulk())) == [(user, "course", 201) for user in USERS]
    assert {key: outcome for key, outcome in stage.outcomes().items() if key[2] == 201} == {
        (user, "course", 201): "removed" if user in USERS[:3] else "refused" for user in USERS
    }  # fmt: skip


def test_who_the_server_keeps_without_a_word_is_refused_without_a_reason(new_stage: NewStage) -> None:
    stage = new_stage(policy={"course_in_plan": "refuse"}, sabotage="swallows_errors")
    stage.plan(USERS, courses=[201])
    done = stage.apply()
    assert (done.code, done.outcomes) == (Exit.PARTIAL, {"refused": 6})
    assert {said for *_, said in done.refused} == {"the server gave no reason"}


@pytest.mark.parametrize("style", ["strings", "objects"])
def test_who_was_gone_when_the_call_came_is_already_absent_and_not_removed_by_us(
    new_stage: NewStage, style: str
) -> None:
    stage = new_stage(policy={"errors_style": style})
    stage.plan(USERS, courses=[201, 209])
    other = stage.client()
    around = at_bulk(
        1,
        lambda: (
            other.bulk_unenroll([10_001], course_ids=[201]) and other.bulk_unenroll([10_002], course_ids=[201, 209])
        ),
    )
    done = stage.apply(stage.client(around=around))
    assert (done.code, done.outcomes) == (Exit.AS_PLANNED, {"removed": 9, "already absent": 3})
    absent = {key for key, outcome in stage.outcomes().items() if outcome == "already absent"}
    assert absent == {(10_001, "course", 201), (10_002, "course", 201), (10_002, "course", 209)}


SERVERS = [
    "answers_207", "ids_as_strings", "counts_requested", "swallows_errors", "not_idempotent", "one_bad_pair_aborts_all",
    "never_cascades", "keeps_the_plan_row", "ignores_the_course_list", "unknown_users_succeed",
]  # fmt: skip


@pytest.mark.parametrize("sabotage", SERVERS)
@pytest.mark.parametrize("asked", ["courses", "cascade"])
def test_with_a_wrong_server_it_ends_in_one_line_and_claims_no_removal_that_a_reader_does_not_find(
    new_stage: NewStage, sabotage: str, asked: str
) -> None:
    stage = new_stage(sabotage=sabotage)
    stage.plan(USERS, **REQUESTS[asked])
    code = stage.code()
    for _ in range(3):
        if code is not Exit.AS_PLANNED:
            code = stage.code(resume=True)
    there = stage.there()
    trusted = sabotage in {"keeps_the_plan_row", "never_cascades"}  # it says that all is well; `verify` finds out
    for entry in stage.entries():
        place = as_state([(entry.pair.user_id, entry.pair.kind, entry.pair.target_id)])
        if entry.outcome in {"removed", "already absent"} and not trusted:
            assert not place & there, entry
    assert code is Exit.AS_PLANNED or sabotage in {"ignores_the_course_list", "keeps_the_plan_row"}


def answering(change: Callable[[dict[str, Any]], object]) -> Around:
    """A server that answers something else to bulk unenrollments, which it does."""

    def around(request: requests.PreparedRequest, send: Send) -> requests.Response:
        answer = send()
        if request.method == "DELETE":
            told = json.loads(answer.content)
            change(told["data"])
            answer._content = json.dumps(told).encode()
        return answer

    return around


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("errors"),
        lambda data: data.pop("un_enrolled"),
        lambda data: data.clear(),
        lambda data: data.update(errors=None),
        lambda data: data.update(errors={}),
        lambda data: data.update(un_enrolled=None),
        lambda data: data.update(un_enrolled=[]),
        lambda data: data.update(un_enrolled=["x", None, {}]),
        lambda data: data.update(errors=[None, 7, [], {"user_id": "x"}, {"user_id": None, "message": None}, ""]),
        lambda data: data.update(errors={"10001": "no"}),
    ],
)
def test_an_answer_that_nobody_expects_is_settled_by_reading(
    stage: Stage, change: Callable[[dict[str, Any]], object]
) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[201, 209])
    code = stage.code(stage.client(around=answering(change)))
    if code is not Exit.AS_PLANNED:
        code = stage.code(resume=True)
    assert code is Exit.AS_PLANNED
    assert before - stage.there() == as_state(targets(stage.pairs(), "remove"))


# --- what is said of whom


def entry(user: int, target: int, kind: str = COURSE) -> Entry:
    return Entry(1, Pair(user, kind, target, "remove", "{}"), 1, None, "")


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([], ""),
        (["User 7 cannot leave course 201."], "User 7 cannot leave course 201."),
        (["User 7 cannot leave course 202."], ""),
        (["User 8 cannot leave course 201."], ""),
        (["User 77 cannot leave course 2010."], ""),
        (["No user 7."], "No user 7."),
        (["User 7, course 202: no.", "User 7, course 201: never."], "User 7, course 201: never."),
        ([{"user_id": 7, "course_id": 201, "message": "no"}], "no"),
        ([{"user_id": "7", "course_id": "201", "message": "no"}], "no"),
        ([{"user_id": 7, "message": "locked"}], "locked"),
        ([{"user_id": 7, "course_id": 202, "message": "no"}], ""),
        ([{"user_id": 7, "learning_plan_id": 31, "message": "no"}], ""),
        ([{"user_id": 7, "course_id": 201}], "the server gave no reason"),
        ([{"course_id": 201, "message": "no"}], ""),
        (["User 7 \x1b[2Jcannot\nleave course 201."], "User 7  [2Jcannot leave course 201."),
    ],
)
def test_what_was_said_of_a_user_and_a_course_is_said_of_nobody_else(errors: list[object], said: str) -> None:
    assert PairErrors(errors).of(entry(7, 201)) == said


def test_what_was_said_of_a_learning_plan_is_found(stage: Stage) -> None:
    assert PairErrors([{"user_id": 7, "learning_plan_id": 31, "message": "no"}]).of(entry(7, 31, PLAN)) == "no"


def test_a_long_reason_is_cut() -> None:
    assert len(PairErrors([f"User 7, course 201: {'x' * 9_000}"]).of(entry(7, 201))) == 500
