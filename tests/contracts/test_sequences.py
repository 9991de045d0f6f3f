"""Random sequences find what is wrong in a certain order only, show the shortest one, and leave right servers alone."""

from __future__ import annotations

import pytest
from mock_lms_contracts.adapters import World
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.requirements import select
from mock_lms_contracts.sequences.explore import STEPS, Explorer
from mock_lms_contracts.sequences.steps import Kind
from mock_lms_contracts.target import Budget, Target
from mock_lms_contracts.verdicts import Inconclusive, NotClaimed, Verdict

from mock_lms.policy import switches
from tests.contracts.driver import Mock
from tests.contracts.independent import forgetful
from tests.contracts.independent.lms import Lms
from tests.contracts.independent.server import Desk, open_desk

LISTS = frozenset({"course_list", "plan_list"})
SERVED = LISTS | {"enroll", "update", "single_unenroll", "learning_plans"}
OTHERS = {switch.name: [*switch.values][-1] for switch in switches()}


def walked(
    desk: Desk,
    *,
    seed: int = 1,
    steps: int = STEPS,
    capabilities: frozenset[str] = SERVED,
    most_writes: int | None = None,
) -> Explorer:
    adapter = WireAdapter(f"{desk.url}/state")
    explorer = Explorer(adapter, capabilities, f"walk-{seed}")
    worlds: list[World] = []
    try:
        worlds += explorer.run(Target(desk.url, budget=Budget(most_writes)), str(seed), steps)
    finally:
        for world in worlds:
            adapter.clean(world)
    return explorer


@pytest.mark.parametrize("kind", [Lms, forgetful.Restores])
@pytest.mark.parametrize("seed", range(2))
def test_a_right_implementation_is_left_alone_and_its_choices_are_found_out(kind: type[Lms], seed: int) -> None:
    with open_desk(kind) as desk:
        explorer = walked(desk, seed=seed)
    assert explorer.found == {}
    assert explorer.choices["reenrollment"] == ("discard" if kind is Lms else "restore")
    assert explorer.choices.items() >= {"plan_enrolls_courses": "no", "date_complete": "taken"}.items()
    assert explorer.choices.items() >= {"shared_courses": "remove"}.items()
    assert explorer.effects > STEPS // 3


@pytest.mark.parametrize("policy", [{}, OTHERS], ids=["default", "others"])
def test_the_mock_passes_with_every_view(mock: Mock, policy: dict[str, str]) -> None:
    outcome = mock.check(mock.tenant(policy=policy), select(["sequences"]))
    assert {result.verdict for result in outcome.results} == {Verdict.PASS}, outcome.results
    assert outcome.exit_code == 0


@pytest.mark.parametrize(
    ("kind", "clauses", "steps"),
    [
        (forgetful.RestoresWhatWasReset, {"COMPLETION-RESET-1"}, 2),
        (forgetful.StaysTheSecondTime, {"UNENROLL-EFFECT-1", "SINGLE-LEAVE-1"}, 3),
        (forgetful.LosesTheUpdateAfterAReturn, {"UPDATE-EFFECT-1"}, 3),
        (forgetful.BeginsAnewWhenEnrolledTwice, {"SEQUENCE-STATE-1"}, 1),
        (forgetful.CascadesOnce, {"PLAN-CASCADE-2", "PLAN-CASCADE-3"}, 3),
        (forgetful.SharesProgress, {"ENROLL-EFFECT-1"}, 2),
    ],
)
def test_what_is_wrong_in_a_certain_order_is_found_and_the_finding_shows_a_short_one(
    kind: type[Lms], clauses: set[str], steps: int
) -> None:
    with open_desk(kind) as desk:
        explorer = walked(desk)
    assert clauses & explorer.clauses.keys()
    finding = next(one for one in explorer.found.values() if one.broken.requirement in clauses)
    assert len(finding.steps) <= steps + 3
    assert len(finding.curl) == len(finding.steps)
    assert all(f"{number}. " in finding.message for number in range(1, len(finding.steps) + 1))
    assert finding.broken.expected != finding.broken.seen


def test_a_finding_of_the_suite_names_the_clause_and_has_the_calls() -> None:
    from mock_lms_contracts.run import Options, run

    with open_desk(forgetful.RestoresWhatWasReset) as desk:
        outcome = run(Options(base_url=desk.url, requirements=select(["sequences"]), adapter=f"{desk.url}/state"))
    found = {result.requirement: result for result in outcome.results if result.verdict is Verdict.FAIL}
    finding = found["SEQUENCE-STATE-1"]
    assert "COMPLETION-RESET-1" in finding.message
    assert any("reset_tracks" in call for call in finding.curl)


def test_the_same_seed_is_the_same_sequence_and_another_is_another(desk: Desk) -> None:
    first, again, other = (walked(desk, seed=seed, steps=40) for seed in (1, 1, 2))
    assert first.taken == again.taken
    assert first.taken != other.taken


def test_what_is_not_claimed_or_not_served_is_left_out(desk: Desk) -> None:
    modest = walked(desk, steps=30, capabilities=LISTS | {"enroll"})
    assert modest.taken.keys() == {Kind.ENROLL, Kind.UNENROLL}, "this server has no single enrollment"
    assert modest.found == {}


def test_the_budget_ends_a_walk_and_one_that_is_too_short_decides_nothing(desk: Desk) -> None:
    short = walked(desk, most_writes=15)
    assert sum(short.taken.values()) <= 15
    with pytest.raises(Inconclusive, match="budget"):
        walked(desk, most_writes=5)


def test_without_a_list_of_plans_a_sequence_has_none_and_without_one_of_courses_there_is_no_sequence(
    desk: Desk,
) -> None:
    blind = walked(desk, steps=30, capabilities=SERVED - {"plan_list"})
    assert Kind.JOIN not in blind.taken
    assert blind.found == {}
    with pytest.raises(NotClaimed, match="list"):
        walked(desk, capabilities=SERVED - {"course_list"})


def test_a_choice_that_changes_is_a_finding_that_says_what_it_was_before() -> None:
    class WipesAlone(forgetful.Restores):
        """Whoever is unenrolled alone loses what a bulk unenrollment keeps."""

        def drop(self, course: int, user: int) -> dict[str, object]:
            told = super().drop(course, user)
            self.tracks.pop((user, course), None)
            return told

    with open_desk(WipesAlone) as desk:
        explorer = walked(desk)
    finding = explorer.found["SEQUENCE-CHOICE-1"]
    assert "did otherwise (reenrollment=" in finding.message


def test_a_wrong_answer_gives_way_to_a_wrong_state_and_each_broken_clause_is_named() -> None:
    class Silent(forgetful.StaysTheSecondTime):
        """Never says who could not be unenrolled, either."""

        def bulk_unenroll(self, body: dict[str, object]) -> dict[str, object]:
            return super().bulk_unenroll(body) | {"errors": []}

    with open_desk(Silent) as desk:
        explorer = walked(desk)
    assert "UNENROLL-ERRORS-1" in explorer.clauses
    assert not explorer.found["SEQUENCE-STATE-1"].of_answer
    assert "UNENROLL-ERRORS-1" in explorer.message("SEQUENCE-STATE-1")
