"""An adapter is checked before anything else, and decoys are looked at last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from mock_lms_contracts.adapters import Adapter, Claims, World
from mock_lms_contracts.adapters.api import ApiAdapter
from mock_lms_contracts.adapters.decoys import plant_decoys
from mock_lms_contracts.adapters.selfcheck import Kind, check
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.oracle import COURSES
from mock_lms_contracts.scenario import SUBSCRIBED, Ids, Scenario, everybody
from mock_lms_contracts.target import Answer, Target
from mock_lms_contracts.verdicts import HarnessError

from tests.contracts.answering import answering
from tests.contracts.independent.server import Desk


@pytest.fixture
def target(desk: Desk) -> Target:
    return Target(desk.url)


@dataclass(frozen=True, slots=True)
class Wrong:
    """An adapter that does one thing wrong."""

    inner: Adapter
    scenario: Callable[[Scenario], Scenario] = lambda scenario: scenario
    ids: Callable[[Ids], Ids] = lambda ids: ids
    seen: Callable[[dict[int, Any]], dict[int, Any]] = lambda seen: seen
    cleans: bool = True
    one_token: bool = False
    users: int = 100

    def claims(self) -> Claims:
        return replace(self.inner.claims(), limits={"users": self.users})

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        world = self.inner.prepare(target, self.scenario(scenario), name)
        return replace(world, ids=self.ids(world.ids))

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        return self.seen(dict(self.inner.inspect(world, user_ids)))

    def other_token(self, world: World) -> str:
        return world.target.token if self.one_token else self.inner.other_token(world)

    def clean(self, world: World) -> None:
        if self.cleans:
            self.inner.clean(world)


def without_tracking(seen: dict[int, Any]) -> dict[int, Any]:
    return {user: {**held, "tracking": []} for user, held in seen.items()}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scenario": lambda s: replace(s, enrollments={})}, "the API does not show user"),
        ({"scenario": lambda s: replace(s, memberships=frozenset())}, "the API does not show user"),
        ({"scenario": lambda s: replace(s, enrollments=everybody(3, 2))}, "which was not asked for"),
        (
            {"scenario": lambda s: replace(s, enrollments=dict.fromkeys(s.enrollments, SUBSCRIBED))},
            "should be completed",
        ),
        ({"ids": lambda ids: replace(ids, users=ids.users[::-1])}, "should be subscribed"),
        ({"seen": without_tracking}, "inspect shows None as the tracking"),
        ({"scenario": lambda s: replace(s, certificates=frozenset())}, "inspect shows certificates of"),
        ({"cleans": False}, "after the world was ended, the API still shows"),
        ({"one_token": True}, "other_token gives no token, or that of the world"),
        ({"users": 2}, "limits.users is 2"),
    ],
)
def test_an_adapter_that_does_its_work_wrong_is_found_out(
    wire: WireAdapter, target: Target, wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(HarnessError, match="the adapter's self-check") as raised:
        check(Wrong(wire, **wrong), target, "checked")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        (
            lambda rows: rows[1:],
            Kind.HIDDEN,
            "GET /course/v1/courses/enrollments does not show user",
        ),
        (
            lambda rows: [*rows, {**rows[0], "course_id": 4_711}],
            Kind.UNFILTERED,
            "in course 4711",
        ),
        (
            lambda rows: [{**row, "enrollment_status": "waiting"} for row in rows],
            Kind.DIFFERENT,
            "as waiting, but the record says completed",
        ),
    ],
)
def test_what_one_view_shows_and_another_does_not_is_a_problem_of_the_target(
    wire: WireAdapter,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
    changed: Callable[[list[Any]], list[Any]],
    kind: Kind,
    said: str,
) -> None:
    items = Target.items

    def wrong(self: Target, path: str, *arguments: Any, **options: Any) -> list[Any]:
        rows = items(self, path, *arguments, **options)
        return changed(rows) if path == COURSES and rows else rows

    monkeypatch.setattr(Target, "items", wrong)
    problems = check(wire, target, "checked")
    assert {problem.kind for problem in problems} == {kind}
    assert said in problems[0].sentence


def test_what_the_api_adapter_did_and_no_view_shows_is_a_problem_of_the_target(
    tenant: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, lambda method, _: Answer(200, {}, '{"data": {}}') if method == "PUT" else None)
    problems = check(ApiAdapter(), tenant, "checked")
    assert [problem.kind for problem in problems] == [Kind.NO_EFFECT] * 2
    assert "should be completed, but the API shows enrolled" in problems[0].sentence


def test_an_adapter_that_does_its_work_passes(wire: WireAdapter, target: Target, desk: Desk) -> None:
    assert check(Wrong(wire), target, "checked") == []
    assert desk.worlds == {}
    assert target.calls == []


def test_decoys_tell_of_whatever_changed(wire: WireAdapter, target: Target, desk: Desk) -> None:
    decoys = plant_decoys(wire, target, "run")
    assert decoys.problems() == []
    lms, (first, second, _), course = desk.worlds["run-decoys"], decoys.world.ids.users, decoys.world.ids.courses[2]
    lms.leave(first, course)
    lms.tracks[second, course]["status"] = "completed"
    lms.members.add((second, decoys.world.ids.plans[0]))
    lms.papers.clear()
    told = "\n".join(decoys.problems())
    assert f"user {first} in course {course} is gone" in told
    assert f"user {second} in course {course} changed" in told
    assert f"user {second} in plan {decoys.world.ids.plans[0]} appeared" in told
    assert f"user {first}'s certificates in course {course} (no status) is gone" in told
    decoys.end()
    assert desk.worlds == {}
