"""Adapters of other people's: over the wire, or as a Python object. What is wrong with what they give back is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from mock_lms_contracts.adapters.choose import adapter_of
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.scenario import SUBSCRIBED, Ids, Scenario
from mock_lms_contracts.target import Answer, Budget, Target
from mock_lms_contracts.verdicts import HarnessError

from tests.contracts.independent.server import Desk
from tests.contracts.scripted import Script, says

SMALL = Scenario(2, 1, ((0,),), {(0, 0): SUBSCRIBED}, frozenset({(1, 0)}))
GOOD = {"users": [5, 6], "courses": [7], "plans": [8]}


def test_a_world_has_the_address_the_token_and_the_ids_that_its_setup_answered(wire: WireAdapter, desk: Desk) -> None:
    target = Target(desk.url, budget=Budget(3))
    world = wire.prepare(target, SMALL, "a-world")
    lms = desk.worlds["a-world"]
    assert (world.target.base_url, world.target.token) == (f"{desk.url}/w/a-world", lms.token)
    assert world.ids == Ids(tuple(lms.users), tuple(lms.courses), tuple(lms.plans))
    assert world.target.budget is target.budget
    wire.clean(world)
    assert "a-world" not in desk.worlds


def test_what_is_told_to_the_state_s_server(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    def answer(*arguments: Any, **_: Any) -> Answer:
        told.append(json.loads(arguments[3]))
        return Answer(200, {}, json.dumps({**GOOD, "base_url": "http://127.0.0.1:1/x", "token": "t", "learners": []}))

    monkeypatch.setattr("mock_lms_contracts.connection.exchange", answer)
    adapter = WireAdapter("http://127.0.0.1:1/state")
    world = adapter.prepare(Target("http://127.0.0.1:1"), SMALL, "w")
    adapter.inspect(world, [5])
    adapter.other_token(world)
    adapter.limit(world, 2, 60)
    adapter.clean(world)
    params = {**SMALL.params(), "name": "w"}
    returned = {**GOOD, "base_url": "http://127.0.0.1:1/x", "token": "t", "learners": []}
    assert told == [
        {"state": "world", "params": params, "action": "setup"},
        {"state": "inspect", "params": {"name": "w", "user_ids": [5]}, "action": "setup", "returned": returned},
        {"state": "other_token", "params": {"name": "w"}, "action": "setup", "returned": returned},
        {"state": "limit", "params": {"name": "w", "calls": 2, "seconds": 60}, "action": "setup", "returned": returned},
        {"state": "world", "params": params, "action": "teardown", "returned": returned},
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "the answer must be a JSON object"),
        (b"[1]", "the answer must be a JSON object"),
        ({**GOOD, "users": [5]}, "users has 1 ids, but the scenario has 2"),
        ({**GOOD, "users": [5, 5]}, "users has 5 twice"),
        ({**GOOD, "users": ["5", "6"]}, "users has '5', which is not an id"),
        ({**GOOD, "users": [5, True]}, "users has True, which is not an id"),
        ({**GOOD, "users": [5, 0]}, "users has 0, which is not an id"),
        ({**GOOD, "courses": {"0": 7}}, "courses must be a list"),
        ({"users": [5, 6], "courses": [7]}, "plans has 0 ids, but the scenario has 1"),
        ({**GOOD, "token": 5}, "token must be a text"),
        ({**GOOD, "headers": []}, "headers must be an object"),
        ({**GOOD, "base_url": "http://lms.example.org"}, "leads to lms.example.org"),
    ],
)
def test_a_setup_that_answers_something_else_is_told_what_is_wrong(script: Script, content: Any, said: str) -> None:
    script.plays = [says(200, content if isinstance(content, bytes) else json.dumps(content).encode())]
    with pytest.raises(HarnessError) as raised:
        WireAdapter(f"{script.url}/state").prepare(Target(script.url, "our-token"), SMALL, "w")
    assert said in str(raised.value)
    assert [token for _, _, token in script.seen] == [None], "no token is sent to the adapter's address"


def test_a_setup_that_fails_is_quoted(script: Script) -> None:
    script.plays = [says(500, b"no database")]
    with pytest.raises(HarnessError, match="state world, setup: 500 no database"):
        WireAdapter(f"{script.url}/state").prepare(Target(script.url), SMALL, "w")
    script.plays = [says(302, Location="http://localhost:1/")]
    with pytest.raises(HarnessError, match="redirects to another server"):
        WireAdapter(f"{script.url}/state").claims()


def test_claims_come_over_the_wire(script: Script, wire: WireAdapter) -> None:
    assert wire.claims().variants["over_cap"] == "truncate"
    assert wire.claims().limits == {"users": 5_000}
    for content, said in (
        ({"capabilities": "inspect"}, "capabilities must be a list"),
        ({"capabilities": [1]}, "capabilities has 1"),
        ({"variants": {"over_cap": True}}, "variants has True"),
        ({"limits": {"users": "many"}}, "limits has 'many'"),
    ):
        script.plays = [says(200, json.dumps(content).encode())]
        with pytest.raises(HarnessError, match=said):
            WireAdapter(script.url).claims()


MODULE = """
from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.scenario import Ids

class Mine:
    def claims(self):
        return Claims(build="mine")
    def prepare(self, target, scenario, name):
        return World(target, Ids((1,) * scenario.users, (), ()))
    def inspect(self, world, user_ids):
        return {}
    def other_token(self, world):
        return "x"
    def clean(self, world):
        pass

def make():
    return Mine()

instance = Mine()
half = object()
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"adapter_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(sys.path))
    return name


@pytest.mark.parametrize("name", ["Mine", "make", "instance"])
def test_an_object_a_class_or_a_factory_is_found_from_the_current_folder(module: str, name: str) -> None:
    assert adapter_of({"adapter": f"{module}:{name}"}).claims().build == "mine"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("{}:half", "has no claims"),
        ("{}:nothing", "AttributeError"),
        ("no_such_module:it", "ModuleNotFoundError"),
        ("spaceship", "there is no adapter 'spaceship'"),
    ],
)
def test_what_cannot_be_an_adapter_is_told_why(module: str, name: str, said: str) -> None:
    with pytest.raises(HarnessError, match=said):
        adapter_of({"adapter": name.format(module)})


def test_wrong_ids_of_an_object_are_told(module: str) -> None:
    adapter = adapter_of({"adapter": f"{module}:Mine"})
    with pytest.raises(HarnessError, match="users has 1 twice"):
        adapter.prepare(Target("http://127.0.0.1:1"), Scenario(2, 0), "w")
