"""What the suite makes of Schemathesis: which requirement a failure is of, and what it does not believe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis.engine
from mock_lms_contracts import fuzz
from mock_lms_contracts.adapters import World
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.fuzz import ANSWER, CRASH, GARBAGE, Probe, is_garbage, probe
from mock_lms_contracts.scenario import Scenario, everybody
from mock_lms_contracts.target import Budget, BudgetSpent, Target
from mock_lms_contracts.verdicts import HarnessError, Inconclusive
from schemathesis.engine import events

from tests.contracts.independent.broken import Counts, Crashes, Fussy, HangsUp, TakesAnything
from tests.contracts.independent.lms import Lms
from tests.contracts.independent.server import open_desk

SCENARIO = Scenario(4, 3, enrollments=everybody(4, 3))


@contextmanager
def world_of(kind: type[Lms] = Lms, most: int | None = None) -> Iterator[World]:
    with open_desk(kind) as desk:
        yield WireAdapter(f"{desk.url}/state").prepare(Target(desk.url, budget=Budget(most)), SCENARIO, "fuzzed")


@pytest.fixture(autouse=True)
def only_the_bulk_unenrollment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "OPERATIONS", ("bulk_unenroll",))


def test_of_a_right_server_it_finds_nothing_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with world_of() as world:
        result = probe(world, 1)
    assert result.failures == []
    result.require_sense()
    assert {status for _, status in result.answers} >= {200, 400}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("kind", "requirement"), [(Crashes, CRASH), (Counts, ANSWER), (TakesAnything, GARBAGE)])
def test_a_failure_is_of_the_requirement_that_it_is_about(kind: type[Lms], requirement: str) -> None:
    with world_of(kind) as world:
        result = probe(world, 1)
        failures = result.of(requirement)
        assert failures
        assert {failure.requirement for failure in result.failures} == {requirement}
        assert all("curl" in failure.curl and world.target.token not in failure.curl for failure in failures)
        assert "$TOKEN" in failures[0].curl


def test_a_connection_that_is_closed_without_an_answer_is_the_server_s_failure() -> None:
    with world_of(HangsUp) as world:
        result = probe(world, 1)
    assert [failure.title for failure in result.of(CRASH)] == ["No answer"]


def test_who_takes_no_whole_number_with_a_fraction_of_0_is_not_blamed() -> None:
    Fussy.refusals.clear()
    with world_of(Fussy) as world:
        assert probe(world, 1).failures == []
    assert any(number.is_integer() for number in Fussy.refusals), "none was sent"


@pytest.mark.parametrize(
    "body",
    [
        {"user_ids": [1], "course_ids": [201] * 1_001},  # Schemathesis's own probe has a fraction in it
        {"user_ids": list(range(1, 1_002)), "course_ids": [201]},
        {"user_ids": [10**18], "course_ids": [201]},
        {"user_ids": ["007"], "course_ids": [201]},
        {"user_ids": [-1], "course_ids": [0]},
        {"user_ids": [1]},
        {"user_ids": [1], "course_ids": None, "learningplan_ids": [31], "reset_tracks": None},
    ],
)
def test_what_is_invalid_by_an_assumption_alone_is_no_garbage(body: Any) -> None:
    assert not is_garbage(json.dumps(body).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"user_ids": [1], "course_ids": [201],}',
        b'{"course_ids": [201]}',
        b'{"user_ids": [], "course_ids": [201]}',
        b'{"user_ids": [1.5], "course_ids": [201]}',
        b'{"user_ids": [true], "course_ids": [201]}',
        b'{"user_ids": [1], "course_ids": ["all"]}',
        b'{"user_ids": [1], "course_ids": [201], "reset_tracks": "no"}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_of_the_documented_form_is_garbage(body: bytes) -> None:
    assert is_garbage(body)


def test_the_same_seed_sends_the_same() -> None:
    seen = []
    for _ in range(2):
        with world_of() as world:
            seen.append(probe(world, 7).answers)
    assert seen[0] == seen[1]


def test_each_writing_call_is_one_of_the_budget() -> None:
    with world_of(most=5) as world, pytest.raises(BudgetSpent):
        probe(world, 1)


def test_an_error_of_the_tool_is_none_of_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        def __iter__(self) -> Iterator[Any]:
            yield events.FatalError(exception=RuntimeError("dictionary changed size during iteration"))

    engine = SimpleNamespace(execute=Stream)
    monkeypatch.setattr(schemathesis.engine, "from_schema", lambda _: engine)
    with world_of() as world, pytest.raises(HarnessError, match="dictionary changed size"):
        probe(world, 1)


def test_an_operation_that_never_worked_was_hardly_tried() -> None:
    result = Probe()
    result.answers["DELETE /learn/v1/enrollments", 401] = 200
    with pytest.raises(Inconclusive, match="never worked"):
        result.require_sense()
