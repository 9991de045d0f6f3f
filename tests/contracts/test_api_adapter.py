"""Preparing through the API itself, on a mock: it ends what it began, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from mock_lms_contracts import oracle
from mock_lms_contracts.adapters import World
from mock_lms_contracts.adapters.api import ApiAdapter, Left
from mock_lms_contracts.adapters.cleaning import MANY as MANY_PEOPLE
from mock_lms_contracts.adapters.mock import MockAdapter
from mock_lms_contracts.adapters.selfcheck import check
from mock_lms_contracts.scenario import Scenario, everybody
from mock_lms_contracts.target import Answer, Target
from mock_lms_contracts.verdicts import Finding

from tests.contracts.answering import answering
from tests.contracts.driver import LOGIN, Mock

BULK = "/learn/v1/enrollments"


MANY = Scenario(3, 3, ((0, 1),), everybody(3, 3), frozenset({(0, 0)}))


def course_pairs(world: World) -> set[tuple[int, int]]:
    return oracle.observe(world.target, world.ids).pairs("course")


def test_the_mock_s_own_adapter_and_the_api_s_pass_the_self_check(mock: Mock, tenant: Target) -> None:
    login = {"grant_type": "password", **{name: str(mock.ready[name]) for name in LOGIN}}
    check(ApiAdapter(), tenant, "checked")
    check(MockAdapter(mock.ready["url"], mock.ready["control_token"], login), Target(mock.ready["url"]), "checked")


def test_cleaning_takes_its_own_people_from_its_own_courses_one_by_one_and_nobody_else(
    tenant: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = ApiAdapter()
    world, other = (adapter.prepare(tenant, MANY, name) for name in ("one", "two"))
    # a stranger in one of our courses, and one of us in a course that is not ours
    mixed = {"user_ids": [other.ids.users[0]], "course_ids": [world.ids.courses[0]]}
    tenant.call("POST", BULK, mixed)
    tenant.call("POST", BULK, {"user_ids": [world.ids.users[0]], "course_ids": [other.ids.courses[0]]})
    bystanders = course_pairs(other)
    calls = answering(monkeypatch, lambda *_: None)
    tenant.budget.left = 0  # cleaning is no matter of the budget
    adapter.clean(world)
    assert course_pairs(world) == {(other.ids.users[0], world.ids.courses[0])}
    assert course_pairs(other) == bystanders
    assert calls.count(("DELETE", BULK)) == 1, "only a plan is left in bulk: there is no other way out"
    assert len([path for method, path in calls if method == "DELETE" and path != BULK]) == len(MANY.enrollments)


@pytest.mark.parametrize("tenant", [{"course_in_plan": "refuse"}], indirect=True)
def test_cleaning_takes_people_out_of_plans_first_as_plans_may_hold_them_in_courses(tenant: Target) -> None:
    adapter = ApiAdapter()
    world = adapter.prepare(tenant, MANY, "held")
    adapter.clean(world)
    assert oracle.observe(tenant, world.ids).held == {}


@pytest.mark.parametrize("tenant", [{"course_in_plan": "refuse"}], indirect=True)
def test_whom_a_plan_holds_stays_and_is_counted_where_the_bulk_unenrollment_does_nothing(
    tenant: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    adapter = ApiAdapter(Left(str(tmp_path / "left")))
    answering(monkeypatch, lambda method, path: Answer(200, {}, "{}") if (method, path) == ("DELETE", BULK) else None)
    world = adapter.prepare(tenant, MANY, "held")
    adapter.clean(world)
    assert course_pairs(world) == {(world.ids.users[0], world.ids.courses[course]) for course in (0, 1)}
    assert adapter.left.counted() == {"users": 3, "courses": 3, "plans": 1, "memberships": 1, "enrollments": 2}
    assert check(adapter, tenant, "checked") == []


@pytest.mark.parametrize("status", [404, 405, 501])
def test_where_nobody_can_be_taken_out_alone_all_are_taken_out_in_bulk(
    tenant: Target, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    def refused(method: str, path: str) -> Answer | None:
        return Answer(status, {}, "") if method == "DELETE" and path != BULK else None

    calls = answering(monkeypatch, refused)
    for adapter, singles in ((ApiAdapter(), 18), (ApiAdapter(absent=frozenset({"single_unenroll"})), 0)):
        world = adapter.prepare(tenant, MANY, f"bulk-{singles}")
        calls.clear()
        adapter.clean(world)
        assert oracle.observe(tenant, world.ids).held == {}
        assert len([path for method, path in calls if method == "DELETE" and path != BULK]) == singles


def test_many_people_leave_a_course_in_one_call_and_who_stays_is_taken_out_alone(
    tenant: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter, people = ApiAdapter(), MANY_PEOPLE + 1
    world = adapter.prepare(tenant, Scenario(people, 1, enrollments=everybody(people, 1)), "crowd")
    calls = answering(monkeypatch, lambda *_: None)
    adapter.clean(world)
    assert [method for method, _ in calls] == ["GET", "DELETE", "GET"]
    world = adapter.prepare(tenant, Scenario(people, 1, enrollments=everybody(people, 1)), "another")
    calls = answering(
        monkeypatch, lambda method, path: Answer(200, {}, "") if (method, path) == ("DELETE", BULK) else None
    )
    adapter.clean(world)
    assert course_pairs(world) == set()
    assert len([path for method, path in calls if method == "DELETE" and path != BULK]) == people


def test_several_worlds_are_read_at_once_and_what_is_empty_is_read_once(
    tenant: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = ApiAdapter()
    worlds = [adapter.prepare(tenant, MANY, name) for name in ("first", "second")]
    calls = answering(monkeypatch, lambda *_: None)
    adapter.clean_all(worlds)
    assert [method for method, _ in calls].count("GET") == 2 * 2, "courses and plans, before and after"
    assert [oracle.observe(tenant, world.ids).held for world in worlds] == [{}, {}]
    calls.clear()
    adapter.clean_all(worlds)
    assert [method for method, _ in calls] == ["GET", "GET"]


def test_who_cannot_be_taken_out_is_named(tenant: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = ApiAdapter()
    world = adapter.prepare(tenant, MANY, "stuck")
    answering(monkeypatch, lambda method, _: Answer(500, {}, "") if method == "DELETE" else None)
    with pytest.raises(Finding, match=f"could not take out 7 enrollments: user {world.ids.users[1]} in course"):
        adapter.clean(world)


def test_what_was_prepared_by_half_is_cleaned_up(tenant: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, lambda method, _: Answer(500, {}, "out of order") if method == "PUT" else None)
    with pytest.raises(Finding, match="A right call of bulk_update_enrollments is answered with 500"):
        ApiAdapter().prepare(tenant, MANY, "half")
    assert tenant.items("/course/v1/courses/enrollments") == []
