"""Doing what a plan says, whatever becomes of the answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from mock_lms_client.exits import Exit
from mock_lms_client.unenrolling import packing
from mock_lms_client.unenrolling.applying import ATTEMPTS, Said
from mock_lms_client.unenrolling.journal import Entry
from mock_lms_client.unenrolling.pairs import COURSE, PLAN, Pair

from mock_lms.testing import MockLMS, MockTenant
from tests.client.expected import ASKED, as_planned, places, targets
from tests.client.rehearsal import state
from tests.client.stage import Around, Send, Stage, at_bulk, named, people, small, tenants

USERS = people(10_001, 6)
BULK = "bulk_unenroll"


@pytest.fixture(scope="module")
def new() -> Iterator[Callable[..., MockTenant]]:
    with MockLMS(seed="empty") as lms:
        yield from tenants(lms)


@pytest.fixture
def make(new: Callable[..., MockTenant], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stage]:
    """Makes stages whose calls have at most two users, so that six make several."""
    monkeypatch.setattr(packing, "USERS_PER_CALL", 2)

    def make(**given: Any) -> Stage:
        return Stage(new(**{"seed": small(USERS), **given}), tmp_path)

    return make


@pytest.fixture
def stage(make: Callable[..., Stage]) -> Stage:
    return make()


# --- what is called


@pytest.mark.parametrize("asked", ASKED)
def test_what_a_plan_says_is_done_in_as_many_calls_as_it_says_and_each_pair_is_named_once(
    stage: Stage, asked: str
) -> None:
    before = stage.there()
    plan = stage.plan([*USERS, 77], **ASKED[asked])
    assert stage.apply().code is Exit.AS_PLANNED
    as_planned(stage, before)
    assert sorted(named(stage.bulk())) == sorted(targets(stage.pairs(), "remove"))
    assert len(stage.bulk()) == sum(each["count"] for each in plan.summary["calls"].values())
    assert all(len(body["user_ids"]) <= 2 for body in stage.bulk())
    assert len(stage.writes()) == len(stage.bulk())


@pytest.mark.parametrize("users", [1_000, 1_001])
def test_a_call_has_at_most_a_thousand_users(new: Callable[..., MockTenant], tmp_path: Path, users: int) -> None:
    stage = Stage(new(seed=small(people(10_001, users))), tmp_path)
    stage.plan(people(10_001, users), courses=[209])
    assert stage.apply().outcomes == {"removed": users}
    assert [len(body["user_ids"]) for body in stage.bulk()] == ([1_000] if users == 1_000 else [1_000, 1])


def test_learning_plans_are_left_before_courses(stage: Stage) -> None:
    stage.plan(USERS, **ASKED["keep"])
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
    stage.plan(USERS, **ASKED[asked])
    stage.apply()
    flag = "cascade_unenroll_from_courses_in_selected_learning_plan"
    assert {body[flag] for body in stage.bulk()} == {cascades}


@pytest.mark.parametrize("shared", ["keep", "remove"])
def test_a_shared_course_is_noted_as_the_server_had_it(make: Callable[..., Stage], shared: str) -> None:
    stage = make(policy={"shared_courses": shared})
    before = stage.there()
    stage.plan(USERS, **ASKED["cascade"])
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
    make: Callable[..., Stage], asked: str, rule: dict[str, Any]
) -> None:
    stage = make()
    before = stage.there()
    plan = stage.plan(USERS, **ASKED[asked])
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
    stage.plan(USERS, **ASKED["both"])
    stage.lms.control.set_faults([{"action": "lost_answer", "operation": BULK}])
    assert stage.code() is Exit.AS_PLANNED
    as_planned(stage, before)


@pytest.mark.parametrize("asked", ASKED)
def test_a_server_that_does_half_and_then_fails_is_done_with_in_the_end(
    make: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(packing, "USERS_PER_CALL", 6)
    stage = make(sabotage="half_then_500")
    before = stage.there()
    stage.plan(USERS, **ASKED[asked])
    reader = stage.client()

    def only_who_is_there(request: requests.PreparedRequest, send: Send) -> requests.Response:
        if request.method == "DELETE":
            assert places(named([json.loads(request.body or "")])) <= state(reader)
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


@pytest.mark.parametrize("asked", ASKED)
def test_after_the_first_call_was_refused_as_a_whole_resume_notes_what_was_really_removed(
    stage: Stage, asked: str
) -> None:
    before = stage.there()
    stage.plan(USERS, **ASKED[asked])
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
def test_200_with_errors_is_partial_and_the_server_s_reason_is_noted(make: Callable[..., Stage], style: str) -> None:
    stage = make(policy={"course_in_plan": "refuse", "errors_style": style})
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


def test_what_was_refused_is_asked_for_again_and_what_was_removed_is_not(make: Callable[..., Stage]) -> None:
    stage = make(policy={"course_in_plan": "refuse"})
    stage.plan(USERS, courses=[201, 209])
    assert stage.code() is Exit.PARTIAL
    stage.client().bulk_unenroll(USERS[:3], learningplan_ids=[31])
    stage.lms.control.clear_journal()
    assert stage.code(resume=True) is Exit.PARTIAL
    assert sorted(named(stage.bulk())) == [(user, "course", 201) for user in USERS]
    assert {key: outcome for key, outcome in stage.outcomes().items() if key[2] == 201} == {
        (user, "course", 201): "removed" if user in USERS[:3] else "refused" for user in USERS
    }  # fmt: skip


def test_who_the_server_keeps_without_a_word_is_refused_without_a_reason(make: Callable[..., Stage]) -> None:
    stage = make(policy={"course_in_plan": "refuse"}, sabotage="swallows_errors")
    stage.plan(USERS, courses=[201])
    done = stage.apply()
    assert (done.code, done.outcomes) == (Exit.PARTIAL, {"refused": 6})
    assert {said for *_, said in done.refused} == {"the server gave no reason"}


@pytest.mark.parametrize("style", ["strings", "objects"])
def test_who_was_gone_when_the_call_came_is_already_absent_and_not_removed_by_us(
    make: Callable[..., Stage], style: str
) -> None:
    stage = make(policy={"errors_style": style})
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
    make: Callable[..., Stage], sabotage: str, asked: str
) -> None:
    stage = make(sabotage=sabotage)
    stage.plan(USERS, **ASKED[asked])
    code = stage.code()
    for _ in range(3):
        if code is not Exit.AS_PLANNED:
            code = stage.code(resume=True)
    there = stage.there()
    trusted = sabotage in {"keeps_the_plan_row", "never_cascades"}  # it says that all is well; `verify` finds out
    for entry in stage.entries():
        place = places([(entry.pair.user_id, entry.pair.kind, entry.pair.target_id)])
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
    assert before - stage.there() == places(targets(stage.pairs(), "remove"))


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
    assert Said(errors).of(entry(7, 201)) == said


def test_what_was_said_of_a_learning_plan_is_found(stage: Stage) -> None:
    assert Said([{"user_id": 7, "learning_plan_id": 31, "message": "no"}]).of(entry(7, 31, PLAN)) == "no"


def test_a_long_reason_is_cut() -> None:
    assert len(Said([f"User 7, course 201: {'x' * 9_000}"]).of(entry(7, 201))) == 500
