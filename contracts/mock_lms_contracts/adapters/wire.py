"""Prepares a target through the user's own server, in an extended form of Pact's provider states.

It posts JSON to one address: `{"state", "params", "action"}`, and for the states of a world also `returned`, which is
what its setup answered. The states are `world`, `claims`, `inspect`, `other_token`, `expired_token`, `learner_token`
and `limit`; only `world` has a teardown.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.adapters.guide import GUIDE
from mock_lms_contracts.adapters.ids import ids_of
from mock_lms_contracts.connection import Connection
from mock_lms_contracts.scenario import Scenario
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import HarnessError

TIMEOUT = 120
"""Seconds that preparing a world may take."""

KINDS = {"users": "list", "courses": "list", "plans": "list", "base_url": "str", "token": "str", "headers": "dict"}


@dataclass(frozen=True, slots=True)
class Handle:
    """What is sent with the other states of a world."""

    params: Mapping[str, Any]
    returned: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WireAdapter:
    """`url` is not part of the API: no token is sent there, and it is not under test."""

    url: str
    connection: Connection = field(default_factory=Connection)

    def claims(self) -> Claims:
        told = self._ask("claims", {})
        _of_kind(told, {"capabilities": "list", "variants": "dict", "limits": "dict", "build": "str"}, "claims")
        for name, of, kind in (("capabilities", told.get("capabilities") or (), str),
                               ("variants", (told.get("variants") or {}).values(), str),
                               ("limits", (told.get("limits") or {}).values(), int)):  # fmt: skip
            wrong = [value for value in of if not isinstance(value, kind) or isinstance(value, bool)]
            if wrong:
                raise HarnessError(
                    f"claims: {name} has {wrong[0]!r:.80}, but each must be {_SAID[kind.__name__]}; {GUIDE}"
                )
        return Claims(
            frozenset(told.get("capabilities") or ()),
            variants=told.get("variants") or {},
            limits=told.get("limits") or {},
            build=told.get("build") or "",
        )

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        params = {**scenario.params(), "name": name}
        returned = self._ask("world", params)
        _of_kind(returned, KINDS, "world")
        ids = ids_of(scenario, returned, f"{self.url}, state world")
        headers = {str(key): str(value) for key, value in (returned.get("headers") or {}).items()}
        world = target.at(returned.get("base_url") or "", returned.get("token") or "", headers)
        return World(world, ids, handle=Handle(params, returned))

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        told = self._of(world, "inspect", user_ids=list(user_ids))
        learners = told.get("learners")
        if not isinstance(learners, list) or not all(_is_learner(learner) for learner in learners):
            raise HarnessError(
                "inspect: answer {learners: [{user_id, tracking: [{course_id, status, score}], "
                f"certificates: [{{course_id}}]}}]}}, not {json.dumps(told):.200}; {GUIDE}"
            )
        return {learner["user_id"]: learner for learner in learners}

    def other_token(self, world: World) -> str:
        return self._token(world, "other_token")

    def expired_token(self, world: World) -> str:
        return self._token(world, "expired_token")

    def learner_token(self, world: World) -> str:
        return self._token(world, "learner_token")

    def limit(self, world: World, calls: int, seconds: int) -> None:
        self._of(world, "limit", calls=calls, seconds=seconds)

    def clean(self, world: World) -> None:
        handle: Handle = world.handle
        self._ask("world", handle.params, action="teardown", returned=handle.returned)

    def _token(self, world: World, state: str) -> str:
        token = self._of(world, state).get("token")
        if not isinstance(token, str) or not token:
            raise HarnessError(f"{state}: answer {{token: '...'}}, not {token!r:.80}; {GUIDE}")
        return token

    def _of(self, world: World, state: str, **params: Any) -> Mapping[str, Any]:
        handle: Handle = world.handle
        return self._ask(state, {"name": handle.params["name"], **params}, returned=handle.returned)

    def _ask(self, state: str, params: Mapping[str, Any], *, action: str = "setup", **more: Any) -> Mapping[str, Any]:
        """Posts a state and returns the answer. Raises `HarnessError`."""
        body = json.dumps({"state": state, "params": params, "action": action, **more}).encode()
        what = f"{self.url}, state {state}, {action}"
        answer = self.connection.call("POST", self.url, body, {"Content-Type": "application/json"}, timeout=TIMEOUT)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}:
            raise HarnessError(f"{what}: {answer.status} {answer.text[:200]}; {GUIDE}")
        if action == "teardown":
            return {}
        if not isinstance(answer.json, dict):
            raise HarnessError(f"{what}: the answer must be a JSON object, but is {answer.text[:80]!r}; {GUIDE}")
        return answer.json


_SAID = {"list": "a list", "dict": "an object", "str": "a text", "int": "an integer"}


def _of_kind(told: Mapping[str, Any], kinds: Mapping[str, str], state: str) -> None:
    for name, kind in kinds.items():
        if told.get(name) is not None and type(told[name]).__name__ != kind:
            raise HarnessError(f"{state}: {name} must be {_SAID[kind]}, but is {told[name]!r:.80}; {GUIDE}")


def _is_learner(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and type(value.get("user_id")) is int
        and all(isinstance(value.get(name), list) for name in ("tracking", "certificates"))
        and all(isinstance(row, dict) for name in ("tracking", "certificates") for row in value[name])
    )
