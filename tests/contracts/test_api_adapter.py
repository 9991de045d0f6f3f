"""Preparing through the API itself, on a mock: it ends what it began, one by one, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from mock_lms_contracts import oracle
from mock_lms_contracts.adapters import World
from mock_lms_contracts.adapters.api import ApiAdapter
from mock_lms_contracts.adapters.mock import MockAdapter
from mock_lms_contracts.adapters.selfcheck import check
from mock_lms_contracts.scenario import Scenario, everybody
from mock_lms_contracts.target import Answer, Target, log_in
from mock_lms_contracts.verdicts import Finding, HarnessError

from tests.contracts.driver import LOGIN, Mock

BULK = "/learn/v1/enrollments"


@pytest.fixture
def tenant(mock: Mock, request: pytest.FixtureRequest) -> Target:
    """A tenant of its own, with a policy that the test may give."""
    name = mock.tenant(policy=getattr(request, "param", {}))
    url = f"{mock.ready['url']}/t/{name}"
    login = {"grant_type": "password", **{name: str(mock.ready[name]) for name in LOGIN}}
    return Target(url, log_in(url, login))


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
    calls: list[tuple[str, str]] = []
    call = Target.call

    def noted(self: Target, method: str, path: str, *arguments: Any, **options: Any) -> Answer:
        calls.append((method, path))
        return call(self, method, path, *arguments, **options)

    monkeypatch.setattr(Target, "call", noted)
    tenant.budget.left = 0  # cleaning is no matter of the budget
    adapter.clean(world)
    assert course_pairs(world) == {(other.ids.users[0], world.ids.courses[0])}
    assert course_pairs(other) == bystanders
    assert ("DELETE", BULK) not in calls
    assert len([method for method, _ in calls if method == "DELETE"]) == len(MANY.enrollments)


@pytest.mark.parametrize("tenant", [{"course_in_plan": "refuse"}], indirect=True)
def test_cleaning_leaves_whom_a_plan_holds_for_the_api_has_no_way_out_of_it(tenant: Target) -> None:
    adapter = ApiAdapter()
    world = adapter.prepare(tenant, MANY, "held")
    adapter.clean(world)
    assert course_pairs(world) == {(world.ids.users[0], world.ids.courses[course]) for course in (0, 1)}
    check(adapter, tenant, "checked")


def test_who_cannot_be_taken_out_is_named(tenant: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = ApiAdapter()
    world = adapter.prepare(tenant, MANY, "stuck")
    call = Target.call

    def refusing(self: Target, method: str, path: str, *arguments: Any, **options: Any) -> Answer:
        return Answer(500, {}, "") if method == "DELETE" else call(self, method, path, *arguments, **options)

    monkeypatch.setattr(Target, "call", refusing)
    with pytest.raises(HarnessError, match=f"left 7 enrollments: user {world.ids.users[0]} in course"):
        adapter.clean(world)


def test_what_was_prepared_by_half_is_cleaned_up(tenant: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Target.call

    def failing(self: Target, method: str, path: str, *arguments: Any, **options: Any) -> Answer:
        return Answer(500, {}, "out of order") if method == "PUT" else call(self, method, path, *arguments, **options)

    monkeypatch.setattr(Target, "call", failing)
    with pytest.raises(Finding, match="A right call of bulk_update_enrollments is answered with 500"):
        ApiAdapter().prepare(tenant, MANY, "half")
    assert tenant.items("/course/v1/courses/enrollments") == []
