"""Prepares a target through its own API; `cleaning` takes people out again.

How the API creates users, courses and plans is an assumption of openapi.yaml.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.adapters.cleaning import taken_out
from mock_lms_contracts.adapters.guide import GUIDE
from mock_lms_contracts.fault import fault
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Ids, Scenario
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import HarnessError, NotClaimed

ENROLLMENTS = "/learn/v1/enrollments"
COURSES = "/learn/v1/courses"
PLANS = "/learningplan/v1/learningplans"
STATUS = {SUBSCRIBED: 0, IN_PROGRESS: 1, COMPLETED: 2}
TUTOR = 4
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Left:
    """Counts what stays on the target, in a file with a line for each thing that any process of the run creates."""

    file: str = os.devnull

    def note(self, kind: str) -> None:
        """Adds one of a kind, named in the plural: users."""
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, f"{kind}\n".encode())
        finally:
            os.close(descriptor)

    def counted(self) -> dict[str, int]:
        """How many there are, by kind in the order of creation."""
        path = Path(self.file)
        return dict(Counter(path.read_text(encoding="utf-8").split())) if path.exists() else {}


@dataclass(frozen=True, slots=True)
class ApiAdapter:
    """Needs nothing but the API, which has no way to remove a user, a course or a plan: what it creates stays.

    `absent` names the operations that the target does not have.
    """

    left: Left = field(default_factory=Left)
    absent: frozenset[str] = frozenset()

    def claims(self) -> Claims:
        claims = Claims(frozenset({"learning_plans", "levels"}), leaves_plans=True, through_api=True)
        return claims.without({"progress": "only update makes it"}) if "update" in self.absent else claims

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        if "enroll" in self.absent and scenario.enrollments:
            raise HarnessError(
                f"the api adapter enrolls people by POST {ENROLLMENTS}; without that, use another adapter: {GUIDE}"
            )
        if scenario.certificates:
            raise NotClaimed("the API cannot issue a certificate; an adapter of your own can")

        def created(kind: str, path: str, body: Mapping[str, Any], key: str) -> int:
            try:
                number = target.created(path, body, key)
            except HarnessError as error:
                if (
                    type(error) is not HarnessError
                ):  # the connection or the token fails, which another adapter would not change
                    raise
                without = ", or say --without learning_plans" if kind == "plans" else ""
                raise HarnessError(
                    f"{error}; if the API cannot create {kind}, use another adapter{without}: {GUIDE}"
                ) from error
            self.left.note(kind)
            return number

        users = tuple(
            created("users", "/manage/v1/user", {"username": f"{name}-u{number}"}, "user_id")
            for number in range(scenario.users)
        )
        courses = tuple(
            created("courses", COURSES, {"name": f"{name} c{number}", "code": f"{name}-c{number}"}, "id_course")
            for number in range(scenario.courses)
        )
        plans = tuple(
            created("plans", PLANS, {"title": f"{name} p{number}", "code": f"{name}-p{number}"}, "learning_plan_id")
            for number in range(len(scenario.plans))
        )
        world = World(target, Ids(users, courses, plans), handle=scenario)
        try:
            self._fill(world, scenario)
        except BaseException:  # also on Ctrl-C: nobody else knows this world yet
            self.clean(world)
            raise
        return world

    def _fill(self, world: World, scenario: Scenario) -> None:
        target, ids = world.target, world.ids
        for plan, contents in zip(ids.plans, scenario.plans, strict=True):
            if contents:
                _post(target, f"{PLANS}/{plan}/courses", {"course_ids": [ids.courses[course] for course in contents]})
        # plans first: some servers enroll members in the courses, which later enrollments do not undo
        members: dict[int, list[int]] = defaultdict(list)
        for user, plan in sorted(scenario.memberships):
            members[plan].append(ids.users[user])
        for plan, who in members.items():
            for chunk in _chunks(who):
                _post(target, f"{PLANS}/{ids.plans[plan]}/enrollments/bulk", {"items": {"user_ids": chunk}})
        self._enroll(world, scenario)

    def _enroll(self, world: World, scenario: Scenario) -> None:
        target, ids = world.target, world.ids
        by_level: dict[tuple[int, bool], list[int]] = defaultdict(list)
        by_status: dict[tuple[int, str], list[int]] = defaultdict(list)
        for (user, course), status in sorted(scenario.enrollments.items()):
            by_level[course, (user, course) in scenario.tutors].append(ids.users[user])
            if status != SUBSCRIBED:
                by_status[course, status].append(ids.users[user])
        for (course, tutors), who in by_level.items():
            level = {"level": TUTOR} if tutors else {}
            for chunk in _chunks(who):
                _post(target, ENROLLMENTS, {"user_ids": chunk, "course_ids": [ids.courses[course]], **level})
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
                    raise fault("PUT", ENROLLMENTS, answer)

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:  # noqa: ARG002
        raise NotClaimed("the API does not show what is left of tracking and certificates; another adapter can")

    def other_token(self, world: World) -> str:  # noqa: ARG002
        raise NotClaimed("the API gives no token of another tenant; another adapter can")

    def clean(self, world: World) -> None:
        """Takes all users out of the plans and courses. Raises `Finding` if somebody stays."""
        self.clean_all([world])

    def clean_all(self, worlds: Sequence[World]) -> None:
        """Ends several worlds together, with fewer reads."""
        taken_out(worlds, self.absent, self.left.note)


def _post(target: Target, path: str, body: Mapping[str, Any]) -> None:
    answer = target.call("POST", path, body)
    if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise fault("POST", path, answer)


def _chunks(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
