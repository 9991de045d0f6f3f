"""What a run is said to need before it writes: the numbers are measured, and hold."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from mock_lms_contracts.adapters import Claims
from mock_lms_contracts.estimate import LONG, Estimate, needed, published, round_trip
from mock_lms_contracts.outcome import Options
from mock_lms_contracts.requirements import Requirement, find, requirements, select
from mock_lms_contracts.target import Target

from tests.contracts import costs, fakes
from tests.contracts.driver import Mock

OWN_WORLDS = Claims(frozenset({"own_worlds", "learning_plans", "certificates", "inspect", "other_tenant", "quota"}))


def options(chosen: tuple[Requirement, ...] = requirements(), **more: Any) -> Options:
    return Options(base_url="http://127.0.0.1:9", requirements=chosen, **more)


def test_every_requirement_has_its_costs() -> None:
    assert list(published()["requirements"]) == [requirement.id for requirement in requirements()]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("own", ("UNENROLL-CAP-1",)),  # the whole battery
        *((kind, names) for kind in costs.ADAPTERS for names in (("AUTH-TOKEN-1",), ("ROBUST-IDS-1", "ROBUST-BODY-1"))),
    ],
)
def test_what_is_published_is_what_is_measured(kind: str, names: tuple[str, ...], mock: Mock) -> None:
    counts = costs.measured(mock, costs.ADAPTERS[kind], map(find, names)).by_name
    entries: Mapping[str, Any] = {costs.RUN: published()["run"], **published()["requirements"], **published()["shared"]}
    for name, measured in counts.items():
        calls, writes, _ = entries[name][kind]
        assert measured[:2] == [pytest.approx(number, rel=0.2, abs=2) for number in (calls, writes)], (
            f"{name or 'the run itself'}: run python -m tests.contracts.costs"
        )


@pytest.mark.parametrize("group", ["schemathesis", "sequences"])
def test_a_run_needs_what_its_checks_need_and_what_they_share_once(group: str) -> None:
    entries = published()["requirements"]
    sharing = tuple(requirement for requirement in requirements() if entries[requirement.id].get("shares") == group)
    assert len(sharing) > 1
    parts = [published()["run"]["own"], published()["shared"][group]["own"]]
    parts += [entries[requirement.id]["own"] for requirement in sharing]
    assert needed(sharing, OWN_WORLDS, "mock") == [sum(column) for column in zip(*parts, strict=True)]


def test_what_is_not_claimed_costs_nothing() -> None:
    quota = select(["quota"])
    assert needed(quota, Claims(), "mock") == published()["run"]["own"]
    assert needed(quota, OWN_WORLDS, "mock") > needed(quota, Claims(), "mock")


def estimate(calls: int = 3_912, writes: int = 1_377, own_worlds: bool = True, **more: Any) -> Estimate:
    return Estimate(calls, writes, 0.0, 0.002, options(**more), own_worlds)


def test_the_estimate_is_a_sentence() -> None:
    assert str(estimate()) == "about 3,900 calls, 1,400 of them writing; at 2 ms a call about 8 s"
    assert str(estimate(max_writes=2_000)) == str(estimate())
    assert str(estimate(max_writes=100)).endswith("; --max-writes 100 is not enough for all, and core comes first")
    assert "about 2 min" in str(Estimate(4_000, 1, 10.0, 0.03, options(), own_worlds=False))


def test_two_processes_share_what_takes_long_where_worlds_are_separate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    many = int(LONG / 0.002)
    assert estimate(many).workers() == ["-n", "2"]
    assert str(estimate(many)).endswith("; two processes share them")
    assert estimate(many - 1).workers() == []
    assert estimate(many, own_worlds=False).workers() == []
    assert estimate(many, chosen=tuple(select(["core"]))).workers() == []
    assert estimate(many, pytest=("-n", "4")).workers() == []
    assert estimate(many, pytest=("--numprocesses=0",)).workers() == []
    assert estimate(many, max_writes=5_000).workers() == []
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert estimate(many).workers() == []


def test_the_round_trip_is_the_median_of_a_few_reads() -> None:
    calls: list[str] = []

    def answer(method: str, _: str) -> fakes.Said:
        calls.append(method)
        time.sleep(0.2 if len(calls) == 1 else 0.02)
        return fakes.nonsense()

    with fakes.fake(answer) as server:
        assert 0.02 <= round_trip(Target(server.url)) < 0.2
    assert calls == ["GET"] * 5


def test_it_is_said_before_anything_is_written(mock: Mock, tmp_path: Path) -> None:
    done = fakes.contracts("run", "--profile", "core", "--max-writes", "0", cwd=tmp_path, **fakes.settings(mock))
    lines = done.stderr.splitlines()
    assert lines[1].startswith("mock-lms-contracts: about "), done.stderr
    assert "--max-writes 0 is not enough" in lines[1]
    assert "0 writing calls" in done.stdout


def test_a_run_that_takes_long_is_shared_and_finds_the_same(
    mock: Mock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr("mock_lms_contracts.estimate.LONG", 0)
    done = fakes.against(mock, "--profile", "core", "--profile", "quota", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "; two processes share them\n" in done.stderr
    chosen = select(["core", "quota"], "SHOULD")
    assert f"{len(chosen)} pass; " in done.stdout
    assert len([line for line in done.stderr.splitlines() if line.startswith(("core ", "quota "))]) == 2
