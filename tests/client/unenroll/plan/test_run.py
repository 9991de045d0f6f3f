"""Making a plan: what it says, and that nothing but reading makes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from mock_lms_client import ListChanged, Refused
from mock_lms_client.unenroll import plan_file
from mock_lms_client.unenroll.decide import Request
from mock_lms_client.unenroll.document import Document
from mock_lms_client.unenroll.plan.run import make_plan

from tests.client.conftest import NewStage
from tests.client.harness.between import without
from tests.client.harness.seeds import people, small
from tests.client.harness.stage import Stage

FIRST = 10_001


def asked_of(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query):
        found.setdefault(name, []).append(value)
    return found


# --- what it says


def test_a_plan_names_every_pair_with_its_intent_and_what_was_seen_of_it(stage: Stage) -> None:
    stage.plan([13005, 13003], plans=[31], courses=[204], cascade=True)
    names = ("user_id", "learning_plan_id", "course_id", "intent")
    assert [tuple(each.get(name) for name in names) for each in stage.pairs()] == [
        (13005, 31, None, "remove"),
        (13005, None, 204, "remove"),
        (13005, None, 201, "either"),
        (13005, None, 202, "cascade"),
        (13003, 31, None, "absent"),
        (13003, None, 204, "remove"),
    ]  # fmt: skip
    assert stage.pairs()[2] == {
        "user_id": 13005,
        "course_id": 201,
        "intent": "either",
        "via_learning_plan_id": 31,
        "reason": "learning plan 32 contains it",
        "state": {
            "status": "in_progress",
            "level": "student",
            "enrolled_at": "2026-01-12 09:00:00",
            "completed_at": None,
            "valid_from": None,
            "valid_until": None,
            "held_by_learning_plans": [32],
        },
    }


def test_level_validity_and_completion_of_an_enrollment_are_in_its_state(stage: Stage) -> None:
    stage.plan([13001, 13007, 13010], courses=[201, 205])
    states = {(each["user_id"], each["course_id"]): each["state"] for each in stage.pairs()}
    assert states[13001, 201]["completed_at"] == "2026-02-10 15:30:00"
    assert states[13007, 205]["level"] == "instructor"
    assert states[13010, 201]["valid_from"].startswith("2026-01-19")
    assert states[13010, 201]["valid_until"] == "2026-12-31 23:59:59"
    assert states[13010, 205] is None


def test_the_state_of_a_learning_plan_has_its_validity(stage: Stage) -> None:
    stage.plan([13010], plans=[32])
    assert stage.pairs()[0]["state"]["valid_until"] == "2026-12-31 23:59:59"


def test_the_header_says_whose_it_is_what_was_asked_and_that_it_ends_after_24_hours(stage: Stage) -> None:
    client, now = stage.client(), datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    asked = Request([13001], [206], [31], keep=frozenset({"completed"}), reset_tracks=True, reason="left, 31.3.")
    make_plan(client, asked, stage.path, now)
    assert Document(stage.path, plan_file.FORM, plan_file.ROWS).header == {
        "tenant": client.tenant,
        "base_url": stage.lms.url,
        "made_by": "admin",
        "made_at": "2026-03-01T09:30:00Z",
        "expires_at": "2026-03-02T09:30:00Z",
        "reason": "left, 31.3.",
        "users": 1,
        "course_ids": [206],
        "learning_plans": [{"learning_plan_id": 31, "course_ids": [201, 202, 203]}],
        "cascade": False,
        "keep": ["completed"],
        "reset_tracks": True,
        "delete_certificates": False,
    }


def test_the_expiry_is_in_utc_whatever_the_clock_s_zone(stage: Stage) -> None:
    from datetime import timezone

    there = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=5)))
    make_plan(stage.client(), Request([13001], [201]), stage.path, there)
    assert Document(stage.path, plan_file.FORM, plan_file.ROWS).header["expires_at"] == "2026-03-02T04:30:00Z"


def test_two_plans_of_different_users_have_different_hashes(stage: Stage) -> None:
    first = stage.plan([13001], courses=[201]).sha256
    assert stage.plan([13002], courses=[201]).sha256 != first


def test_the_summary_counts_layers_completions_shared_courses_and_who_has_nothing_to_leave(stage: Stage) -> None:
    summary = stage.plan([13001, 13004, 13005, 13011, 99_999], plans=[31], courses=[204], cascade=True).summary
    assert summary["intents"] == {"remove": 5, "cascade": 6, "either": 2, "keep": 0, "absent": 5}
    assert (summary["pairs"], summary["goes"]) == (18, 13)
    assert {each.get("learning_plan_id", each.get("course_id")): each for each in summary["targets"]} == {
        31: {
            "learning_plan_id": 31, "name": "Onboarding", "enrolled": 7, "goes": 3,
            "intents": {"remove": 3, "absent": 2}, "statuses": {"in_progress": 3},
        },
        201: {
            "course_id": 201, "name": "Fire Safety", "enrolled": 10, "goes": 3,
            "intents": {"cascade": 1, "either": 2}, "statuses": {"completed": 2, "in_progress": 1},
        },
        202: {
            "course_id": 202, "name": "Privacy at Work", "enrolled": 7, "goes": 3,
            "intents": {"cascade": 3}, "statuses": {"completed": 1, "enrolled": 2},
        },
        203: {
            "course_id": 203, "name": "How We Work", "enrolled": 4, "goes": 2,
            "intents": {"cascade": 2}, "statuses": {"in_progress": 1, "enrolled": 1},
        },
        204: {
            "course_id": 204, "name": "Forklift Driving", "enrolled": 5, "goes": 2,
            "intents": {"remove": 2, "absent": 3}, "statuses": {"enrolled": 1, "to_confirm": 1},
        },
    }  # fmt: skip
    assert summary["nothing_to_remove"] == {"users": 1, "first": [13011]}
    assert summary["not_found"] == {"users": 1, "first": [99_999], "looked_up": True}
    assert summary["held_by_learning_plans"] == 2
    assert sum(each["count"] for each in summary["calls"].values()) == 2


def test_of_thousands_who_have_nothing_to_leave_only_some_are_named(stage: Stage) -> None:
    summary = stage.plan(range(50_000, 50_500), courses=[201]).summary
    assert summary["not_found"] == {"users": 500, "first": [*range(50_000, 50_010)], "looked_up": True}


def test_keep_plans_the_plan_s_courses_one_by_one_and_names_why_others_stay(stage: Stage) -> None:
    summary = stage.plan([13001, 13002, 13004], plans=[31], keep=frozenset({"completed", "in_progress"})).summary
    found = {(each["user_id"], each.get("course_id")): each["intent"] for each in stage.pairs()}
    assert found == {
        (13001, None): "remove", (13001, 201): "keep", (13001, 202): "keep", (13001, 203): "keep",
        (13002, None): "remove", (13002, 201): "keep", (13002, 202): "keep", (13002, 203): "remove",
        (13004, None): "remove", (13004, 201): "keep", (13004, 202): "remove", (13004, 203): "remove",
    }  # fmt: skip
    assert summary["kept_by"] == {"completed: --keep": 4, "in_progress: --keep": 2}


def test_users_keep_the_order_in_which_they_were_given(stage: Stage) -> None:
    stage.plan([13010, 13001, 13005], courses=[201])
    assert [each["user_id"] for each in stage.pairs()] == [13010, 13001, 13005]


# --- how it reads


@pytest.mark.parametrize(
    "asked",
    [{"courses": [201, 206]}, {"plans": [31, 32], "cascade": True}, {"plans": [31], "keep": frozenset({"completed"})}],
)
def test_a_plan_changes_nothing_and_calls_nothing_that_could(stage: Stage, asked: dict[str, Any]) -> None:
    stage.plan([13001, 13004, 13005], **asked)
    assert stage.writes() == []
    assert not any(sum(layer.values()) for layer in stage.lms.control.diff()["summary"].values())


def test_no_address_names_more_than_200_users(new_stage: NewStage) -> None:
    stage = new_stage(seed=small(people(FIRST, 450)))
    stage.plan(people(FIRST, 450), plans=[31], cascade=True)
    asked = [asked_of(each["query"]).get("user_id[]", []) for each in stage.calls()]
    assert max(map(len, asked)) == 200
    assert max(len(each["query"]) for each in stage.calls()) < 8_000
    assert len(stage.pairs()) == 450 * 3


def test_no_address_names_more_than_50_courses(new_stage: NewStage) -> None:
    courses = range(201, 321)
    seed = {
        "users": [{"id": FIRST, "username": "a"}],
        "courses": [{"id": course, "name": f"{course}"} for course in courses],
        "enrollments": [{"user": FIRST, "course": course} for course in courses],
    }
    stage = new_stage(seed=seed)
    stage.plan([FIRST], courses=[*courses])
    asked = [asked_of(each["query"]).get("course_id[]", []) for each in stage.calls()]
    assert max(map(len, asked)) == 50
    assert len(stage.pairs()) == 120


def test_a_list_of_enrollments_is_never_asked_for_without_users_but_to_count_a_target(stage: Stage) -> None:
    # a learning plan without courses: an empty course_id[] would mean all courses
    empty = int(stage.client().create_learning_plan("Empty")["learning_plan_id"])
    stage.client().enroll_in_learning_plan(empty, 13001)
    stage.lms.control.clear_journal()
    stage.plan([13001, 13011], plans=[empty], cascade=True)
    lists = [asked_of(each["query"]) for each in stage.calls() if (each["operation"] or "").endswith("enrollments")]
    assert lists
    for each in lists:
        if "user_id[]" not in each:
            assert each["page_size"] == ["1"]
            assert each.get("course_id[]") or each.get("learning_plan_id[]")
    assert [each["intent"] for each in stage.pairs()] == ["remove", "absent"]


@pytest.mark.parametrize(
    "names", [("user_id[]",), ("course_id[]",), ("user_id[]", "course_id[]", "learning_plan_id[]")]
)
def test_a_server_that_ignores_filters_makes_the_same_pairs(stage: Stage, names: tuple[str, ...]) -> None:
    asked: dict[str, Any] = {"plans": [31], "courses": [204], "cascade": True}
    stage.plan([13004, 13005, 13011], **asked)
    right = stage.pairs()
    stage.plan([13004, 13005, 13011], client=stage.client(around=without(*names)), **asked)
    assert stage.pairs() == right


def test_the_progress_adds_up_to_all_users(stage: Stage) -> None:
    told: list[int] = []
    make_plan(stage.client(), Request(people(FIRST, 450), [201]), stage.path, datetime.now(UTC), told.append)
    assert told == [200, 200, 50]


# --- what does not work out


@pytest.mark.parametrize("number", range(1, 9))
def test_after_an_error_the_old_plan_is_there_and_nothing_else(stage: Stage, number: int) -> None:
    stage.plan([13001], courses=[201])
    before, files = stage.path.read_bytes(), [*stage.folder.iterdir()]
    stage.lms.control.set_faults([{"action": "status", "status": 403, "method": "GET", "nth": number}])
    with pytest.raises(Refused):
        stage.plan([13001, 13002], plans=[31], cascade=True)
    assert stage.path.read_bytes() == before
    assert [*stage.folder.iterdir()] == files


def test_a_plan_of_a_learning_plan_that_there_is_not_is_none(stage: Stage) -> None:
    with pytest.raises(Refused) as caught:
        stage.plan([13001], plans=[99])
    assert caught.value.status == 404
    assert [*stage.folder.iterdir()] == []


def test_a_list_that_never_stands_still_makes_no_plan(new_stage: NewStage) -> None:
    # a page that repeats another cannot be complete
    stage = new_stage(seed=small(people(FIRST, 150)), sabotage="page_2_repeats_page_1")
    with pytest.raises(ListChanged):
        stage.plan(people(FIRST, 150), courses=[201, 202])
    assert [*stage.folder.iterdir()] == []
