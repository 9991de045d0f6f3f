"""Every ready-made list of faults bites, and can be survived."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_lms.control.faults.profiles import MOST_SEED, PROFILES, profile
from mock_lms.control.faults.rules import Rule, concerns, fires, load
from mock_lms.domain.errors import InvalidRequest

ROOT = Path(__file__).parents[3]
OPERATIONS = {
    operation["operationId"]
    for item in yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))["paths"].values()
    for operation in item.values()
    if "operationId" in operation
}
RETRIES = 5
SEEDS = range(20)
SURVIVED = {None, "delay"}
"""What a call may meet and still be answered."""


@dataclass
class Server:
    """Keeps the counts as the mock does: every rule counts what it concerns, and the first that fires acts."""

    rules: tuple[Rule, ...]
    seen: Counter[int] = field(default_factory=Counter)
    fired: Counter[int] = field(default_factory=Counter)

    def answer(self) -> str | None:
        """What a bulk unenrollment meets."""
        acting = None
        for place, rule in enumerate(self.rules):
            if not concerns(rule, "DELETE", "/learn/v1/enrollments", "bulk_unenroll"):
                continue
            self.seen[place] += 1
            if acting is None and fires(rule, self.seen[place], self.fired[place]):
                acting = place
        if acting is None:
            return None
        self.fired[acting] += 1
        return self.rules[acting].action


def serve(name: str, seed: int = 0) -> Server:
    return Server(load(profile(name, seed), OPERATIONS))


def given_up(server: Server, calls: int) -> list[int]:
    """The calls that a client gave up, after retrying each so often."""
    return [call for call in range(calls) if not any(server.answer() in SURVIVED for _ in range(1 + RETRIES))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", [name for name in PROFILES if name != "maintenance"])
def test_a_client_that_retries_five_times_gets_every_call_through(name: str, seed: int) -> None:
    assert given_up(serve(name, seed), 1_000) == []


def test_maintenance_outlasts_five_retries_and_then_is_over() -> None:
    assert given_up(serve("maintenance"), 1_000) == [0, 1, 2]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", PROFILES)
def test_every_rule_of_a_profile_really_fires(name: str, seed: int) -> None:
    server = serve(name, seed)
    given_up(server, 1_000)
    assert server.fired.keys() == set(range(len(server.rules)))


@pytest.mark.parametrize("name", PROFILES)
def test_a_client_that_never_retries_loses_calls(name: str) -> None:
    server = serve(name)
    assert [server.answer() in SURVIVED for _ in range(1_000)].count(False) >= 20


def test_a_flaky_network_is_as_flaky_as_it_says() -> None:
    server = serve("flaky-network")
    met = Counter(server.answer() for _ in range(10_000))
    assert 300 < met["drop"] < 500
    assert 300 < met["half_body"] < 500
    assert 800 < met["delay"] < 1_200


def test_throttled_refuses_every_third_call_and_every_fiftieth_for_longer() -> None:
    server = serve("throttled")
    refused = [call for call in range(1, 151) if server.answer() == "status"]
    assert refused == sorted({*range(3, 151, 3), 50, 100, 150})
    assert [(rule.status, rule.retry_after) for rule in server.rules] == [(429, 3), (429, 1)]
    assert server.fired == {0: 3, 1: 49}


def test_the_first_bulk_unenrollments_answer_is_lost() -> None:
    assert serve("lost-answer").answer() == "lost_answer"


def test_a_lost_answer_does_not_tell_whether_the_call_was_done() -> None:
    server = serve("lost-answer")
    assert {server.answer() for _ in range(1_000)} == {None, "lost_answer", "before_commit"}


def test_other_calls_keep_their_answers_when_bulk_unenroll_loses_them() -> None:
    for rule in load(profile("lost-answer"), OPERATIONS):
        assert not concerns(rule, "GET", "/course/v1/courses", "list_courses")


def test_maintenance_is_over_after_twenty_calls() -> None:
    server = serve("maintenance")
    assert [server.answer() for _ in range(22)] == ["status"] * 20 + [None] * 2


@pytest.mark.parametrize("name", ["flaky-network", "lost-answer"])
def test_the_seed_decides_which_calls_are_hit(name: str) -> None:
    def course(seed: int) -> list[str | None]:
        server = serve(name, seed)
        return [server.answer() for _ in range(200)]

    assert course(1) == course(1)
    assert course(1) != course(2)


def test_no_two_chances_share_a_seed_whatever_the_profiles_seeds() -> None:
    seeds = [rule["seed"] for seed in (0, 1, MOST_SEED - 1, MOST_SEED) for rule in profile("flaky-network", seed)]
    assert len(set(seeds)) == len(seeds)
    load(profile("flaky-network", MOST_SEED), OPERATIONS)


def test_what_a_profile_returns_can_be_changed_without_changing_the_profile() -> None:
    profile("throttled")[0]["nth"] = 7
    assert "nth" not in profile("throttled")[0]


def test_every_profile_says_what_it_rehearses() -> None:
    for each in PROFILES.values():
        assert each.rehearses.endswith(".")


@pytest.mark.parametrize("name", ["flaky", "", None, 1, ["throttled"], {}])
def test_an_unknown_profile_is_told_those_that_there_are(name: Any) -> None:
    with pytest.raises(InvalidRequest, match="is no profile; there are flaky-network, throttled, lost-answer, maint"):
        profile(name)


@pytest.mark.parametrize("seed", [-1, MOST_SEED + 1, True, "1", None, 0.5])
@pytest.mark.parametrize("name", PROFILES)
def test_what_is_no_seed_is_refused_also_where_nothing_is_left_to_chance(name: str, seed: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^seed: this must be a whole number from 0 to 999,999,999$"):
        profile(name, seed)
