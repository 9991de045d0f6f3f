"""Preparing a target through its own API. The shapes of what creates are assumptions of openapi.yaml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Ids, Scenario
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import HarnessError, NotClaimed

ENROLLMENTS = "/learn/v1/enrollments"
PLANS = "/learningplan/v1/learningplans"
STATUS = {SUBSCRIBED: 0, IN_PROGRESS: 1, COMPLETED: 2}
AT_ONCE = 1_000


class ApiAdapter:
    """Needs nothing but the API. What it creates has the run's name, and stays: the API has no way to remove it."""

    def claims(self) -> Claims:
        return Claims()

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        if scenario.certificates:
            raise NotClaimed("the API cannot issue a certificate; an adapter of your own can")
        users = tuple(
            target.created("/manage/v1/user", {"username": f"{name}-u{number}"}, "user_id")
            for number in range(scenario.users)
        )
        courses = tuple(
            target.created("/learn/v1/courses", {"name": f"{name} c{number}", "code": f"{name}-c{number}"}, "id_course")
            for number in range(scenario.courses)
        )
        plans = tuple(
            target.created(PLANS, {"title": f"{name} p{number}", "code": f"{name}-p{number}"}, "learning_plan_id")
            for number in range(len(scenario.plans))
        )
        for plan, contents in zip(plans, scenario.plans, strict=True):
            if contents:
                _post(target, f"{PLANS}/{plan}/courses", {"course_ids": [courses[each] for each in contents]})
        world = World(target, Ids(users, courses, plans))
        # plans first: some enroll in their courses, and who is enrolled already stays so
        members: dict[int, list[int]] = defaultdict(list)
        for user, plan in sorted(scenario.memberships):
            members[plan].append(users[user])
        for plan, who in members.items():
            for chunk in _chunks(who):
                _post(target, f"{PLANS}/{plans[plan]}/enrollments/bulk", {"items": {"user_ids": chunk}})
        self._enroll(world, scenario)
        return world

    def _enroll(self, world: World, scenario: Scenario) -> None:
        target, ids = world.target, world.ids
        by_course: dict[int, list[int]] = defaultdict(list)
        by_status: dict[tuple[int, str], list[int]] = defaultdict(list)
        for (user, course), status in sorted(scenario.enrollments.items()):
            by_course[course].append(ids.users[user])
            if status != SUBSCRIBED:
                by_status[course, status].append(ids.users[user])
        for course, who in by_course.items():
            for chunk in _chunks(who):
                _post(target, ENROLLMENTS, {"user_ids": chunk, "course_ids": [ids.courses[course]]})
        for (course, status), who in by_status.items():
            for chunk in _chunks(who):
                body: dict[str, Any] = {
                    "user_ids": chunk,
                    "course_ids": [ids.courses[course]],
                    "status": STATUS[status],
                }
                if status == COMPLETED:
                    body |= {"date_complete": "2026-01-15 10:00:00", "score_given": 80}
                answer = target.call("PUT", ENROLLMENTS, body)
                if answer.status != HTTPStatus.OK:
                    raise HarnessError(f"PUT {ENROLLMENTS}: {answer.status} {answer.text[:200]}")

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:  # noqa: ARG002
        raise NotClaimed("the API does not show what is left of tracking and certificates; an adapter can")

    def other_token(self, world: World) -> str:  # noqa: ARG002
        raise NotClaimed("an adapter must give a token of another tenant")

    def clean(self, world: World) -> None:
        """Takes each learner out, one by one: the operation under test is not trusted with it."""
        for user in world.ids.users[:0]:
            world.target.call("DELETE", f"{ENROLLMENTS}/{world.ids.courses[0]}/{user}")


def _post(target: Target, path: str, body: Mapping[str, Any]) -> None:
    answer = target.call("POST", path, body)
    if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise HarnessError(f"POST {path}: {answer.status} {answer.text[:200]}")


def _chunks(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
