"""Prepares a mock-lms over its control API: each scenario becomes a tenant of its own, in one call."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.adapters.capabilities import ABILITIES, OPERATIONS
from mock_lms_contracts.connection import Connection
from mock_lms_contracts.scenario import COMPLETED, Ids, Scenario
from mock_lms_contracts.target import Target, log_in
from mock_lms_contracts.verdicts import HarnessError

FIRST = 11
"""The first id of users, courses and plans alike, so that they share ids, and some contain the digits of others."""

BIG = 1 << 33
"""Added to some ids, which then do not fit into 32 bits."""

ENROLLED, COMPLETED_AT = "2026-01-12 09:00:00", "2026-01-15 10:00:00"
LONG_AGO = "2020-01-01 00:00:00"
CAPABILITIES = frozenset({*OPERATIONS, *ABILITIES})


@dataclass(frozen=True, slots=True)
class MockAdapter:
    """`url` is the server's own address, without a tenant's path; `login` is the form of the token request.

    `tenant` is the one under test. Worlds get its policy and its sabotage.
    """

    url: str
    control_token: str
    login: Mapping[str, str]
    tenant: str = "default"
    connection: Connection = field(default_factory=Connection)

    def claims(self) -> Claims:
        shown = self._call("GET", f"/tenants/{self.tenant}")
        return Claims(CAPABILITIES, variants=shown["policy"], build=f"mock-lms, tenant {self.tenant}")

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        shown = self._call("GET", f"/tenants/{self.tenant}")
        made = self._call(
            "POST",
            "/tenants",
            {
                "name": name,
                "contents": json.dumps(_seed(scenario)),
                "policy": shown["policy"],
                **({"sabotage": shown["sabotage"]} if shown["sabotage"] else {}),
            },
        )
        base_url = f"{self.url.rstrip('/')}{made['path']}"
        token = log_in(base_url, self.login, connection=self.connection)
        return World(target.at(base_url, token, login=self.login), _ids(scenario), handle=name)

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        query = "&".join(f"user_id[]={user}" for user in user_ids)
        learners = self._call("GET", f"/learners?{query}", tenant=world.handle)["learners"]
        return {learner["user_id"]: learner for learner in learners}

    def other_token(self, world: World) -> str:
        name = f"{world.handle}-x"
        made = self._call("POST", "/tenants", {"name": name, "seed": "empty"})
        return log_in(f"{self.url.rstrip('/')}{made['path']}", self.login, connection=self.connection)

    def expired_token(self, world: World) -> str:
        """A token that was issued long ago. The world's own token stays valid."""
        self._call("PUT", "/clock", {"frozen_at": LONG_AGO}, tenant=world.handle)
        try:
            return log_in(world.target.base_url, self.login, connection=self.connection)
        finally:
            self._call("PUT", "/clock", {"frozen_at": None}, tenant=world.handle)

    def learner_token(self, world: World) -> str:
        """A token of a new learner, who is none of the world's users and is enrolled in nothing."""
        learner = {"username": f"{world.handle}-learner", "password": secrets.token_hex(8)}
        world.target.created("/manage/v1/user", learner, "user_id")
        return log_in(world.target.base_url, {**self.login, **learner}, connection=self.connection)

    def limit(self, world: World, calls: int, seconds: int) -> None:
        self._call("PUT", "/quota", {"calls": calls, "seconds": seconds}, tenant=world.handle)

    def clean(self, world: World) -> None:
        for name in (world.handle, f"{world.handle}-x"):
            self._call("DELETE", f"/tenants/{name}", missing=True)

    def _call(
        self, method: str, path: str, body: Any = None, *, tenant: str = "default", missing: bool = False
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.control_token}", "X-Mock-LMS-Tenant": tenant}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        answer = self.connection.call(method, f"{self.url.rstrip('/')}/_mock{path}", data, headers)
        content = answer.json
        if not isinstance(content, dict):
            raise HarnessError(
                f"{method} /_mock{path}: {answer.status}, and the answer is not JSON; is this a mock-lms?"
            )
        if answer.status < HTTPStatus.BAD_REQUEST or (missing and answer.status == HTTPStatus.NOT_FOUND):
            return content
        raise HarnessError(f"{method} /_mock{path}: {answer.status} {' '.join(content.get('message', []))}")


def _ids(scenario: Scenario) -> Ids:
    """Ids for the numbers. Some exceed 32 bits; two consist of the digits of the id ten before and their own."""
    return Ids(
        *(
            tuple(
                FIRST + number + BIG if number % 10 == big
                else int(f"{FIRST + number - 10}{FIRST + number}") if number in {10, 14}
                else FIRST + number
                for number in range(count)
            )
            for count, big in ((scenario.users, 7), (scenario.courses, 5), (len(scenario.plans), 1))
        )
    )  # fmt: skip


def _seed(scenario: Scenario) -> dict[str, Any]:
    """The scenario as a seed file."""
    users, courses, plans = (ids := _ids(scenario)).users, ids.courses, ids.plans
    certifying = {course for _, course in scenario.certificates}
    certifying_plans = {plan for _, plan in scenario.plan_certificates}
    return {
        "users": [{"id": user, "username": f"u{number}"} for number, user in enumerate(users)],
        "courses": [
            {"id": course, "name": f"Course {number}"}
            | ({"certificate": f"Certificate {number}"} if number in certifying else {})
            for number, course in enumerate(courses)
        ],
        "learning_plans": [
            {"id": plan, "name": f"Plan {number}", "courses": [courses[course] for course in scenario.plans[number]]}
            | ({"certificate": f"Certificate of plan {number}"} if number in certifying_plans else {})
            for number, plan in enumerate(plans)
        ],
        "enrollments": [
            {"course": courses[course], "user": users[user], "status": status, "enrolled_at": ENROLLED}
            | ({"completed_at": COMPLETED_AT, "score": 80} if status == COMPLETED else {})
            | ({"level": "tutor"} if (user, course) in scenario.tutors else {})
            for (user, course), status in sorted(scenario.enrollments.items())
        ],
        "learning_plan_enrollments": [
            {"learning_plan": plans[plan], "user": users[user], "enrolled_at": ENROLLED}
            for user, plan in sorted(scenario.memberships)
        ],
        "certificates": [
            {"user": users[user], "course": courses[course], "issued_at": COMPLETED_AT}
            for user, course in sorted(scenario.certificates)
        ]
        + [
            {"user": users[user], "learning_plan": plans[plan], "issued_at": COMPLETED_AT}
            for user, plan in sorted(scenario.plan_certificates)
        ],
    }
