"""Which call meets which fault: each sentence could be false."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_lms.control.faults.rules import (
    ACTIONS,
    METHODS,
    Phase,
    Rule,
    concerns,
    dump,
    fires,
    load,
)
from mock_lms.domain.errors import InvalidRequest
from mock_lms.domain.values import MAX_NUMBER

OPERATIONS = ("bulk_unenroll", "bulk_enroll", "list_courses")
BULK = ("DELETE", "/learn/v1/enrollments", "bulk_unenroll")


def rule(**keys: Any) -> Rule:
    (loaded,) = load([{"action": "drop", **keys}], OPERATIONS)
    return loaded


def firings(calls: int, **keys: Any) -> list[int]:
    """Which of so many matching calls the rule acts on, when no other rule is there."""
    loaded, fired = rule(**keys), list[int]()
    for seen in range(1, calls + 1):
        if fires(loaded, seen, len(fired)):
            fired.append(seen)
    return fired


# --- which calls a rule concerns


def test_a_rule_without_operation_method_and_path_concerns_every_call() -> None:
    assert concerns(rule(), *BULK)
    assert concerns(rule(), "PATCH", "/no/such/path", None)


def test_a_rule_concerns_its_operation_only() -> None:
    assert concerns(rule(operation="bulk_unenroll"), *BULK)
    assert not concerns(rule(operation="bulk_enroll"), *BULK)
    assert not concerns(rule(operation="bulk_unenroll"), "PATCH", "/learn/v1/enrollments", None)


def test_a_rule_concerns_each_of_its_operations() -> None:
    both = rule(operation=["list_courses", "bulk_unenroll"])
    assert concerns(both, *BULK)
    assert concerns(both, "GET", "/course/v1/courses", "list_courses")
    assert not concerns(both, "POST", "/learn/v1/enrollments", "bulk_enroll")


def test_a_rule_concerns_its_method_only() -> None:
    assert concerns(rule(method="DELETE"), *BULK)
    assert not concerns(rule(method="GET"), *BULK)


@pytest.mark.parametrize("path", ["/learn/v1/*", "*", "*/enrollments", "/learn/v?/enrollments", "/[kl]earn/*"])
def test_a_glob_matches_the_whole_path(path: str) -> None:
    assert concerns(rule(path=path), *BULK)


@pytest.mark.parametrize("path", ["/learn", "/learn/v1/enrollment", "/LEARN/*", "/learn/v1/enrollments/*", "/"])
def test_a_glob_matches_no_part_of_a_path(path: str) -> None:
    assert not concerns(rule(path=path), *BULK)


def test_a_star_matches_slashes_too() -> None:
    assert concerns(rule(path="/learn/*"), "GET", "/learn/v1/enrollments/12/34", "get_enrollment")


@pytest.mark.parametrize("wrong", [{"operation": "list_courses"}, {"method": "PUT"}, {"path": "/manage/*"}])
def test_every_condition_must_hold(wrong: dict[str, str]) -> None:
    right = {"operation": "bulk_unenroll", "method": "DELETE", "path": "/learn/*"}
    assert concerns(rule(**right), *BULK)
    assert not concerns(rule(**(right | wrong)), *BULK)


# --- on which of them it acts


def test_without_conditions_every_matching_call() -> None:
    assert firings(4) == [1, 2, 3, 4]


def test_the_third_matching_call_only_when_nth_is_three() -> None:
    assert firings(9, nth=3) == [3]


def test_from_the_sixth_matching_call_on_when_after_is_five() -> None:
    assert firings(8, after=5) == [6, 7, 8]


def test_the_third_the_sixth_the_ninth_when_every_is_three() -> None:
    assert firings(10, every=3) == [3, 6, 9]


def test_every_counts_from_after() -> None:
    assert firings(12, every=3, after=2) == [5, 8, 11]


def test_no_more_often_than_count() -> None:
    assert firings(9, count=2) == [1, 2]
    assert firings(9, count=2, after=5) == [6, 7]


def test_calls_on_which_another_rule_acted_do_not_use_up_the_count() -> None:
    assert fires(rule(count=1), seen=50, fired=0)


def test_probability_one_is_always_and_zero_is_never() -> None:
    assert firings(200, probability=1) == list(range(1, 201))
    assert firings(200, probability=0) == []


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("probability", [0.01, 0.3, 0.5, 0.97])
def test_so_many_calls_fire_as_the_probability_says(seed: int, probability: float) -> None:
    calls = 10_000
    spread = 4 * (probability * (1 - probability) * calls) ** 0.5
    assert abs(len(firings(calls, probability=probability, seed=seed)) - probability * calls) < spread


def test_chance_is_the_same_every_time_and_on_every_machine() -> None:
    assert firings(20, probability=0.3, seed=7) == [2, 4, 5, 10, 11, 15, 18]


def test_chance_does_not_depend_on_how_often_the_rule_fired() -> None:
    loaded = rule(probability=0.5, seed=3)
    assert [fires(loaded, seen, 0) for seen in range(1, 99)] == [fires(loaded, seen, 40) for seen in range(1, 99)]


def test_another_seed_is_another_chance_and_none_is_zero() -> None:
    courses = {tuple(firings(99, probability=0.5, seed=seed)) for seed in range(10)}
    assert len(courses) == 10
    assert firings(99, probability=0.5) == firings(99, probability=0.5, seed=0)


@given(low=st.floats(0, 1), high=st.floats(0, 1), seed=st.integers(0, MAX_NUMBER), seen=st.integers(1, MAX_NUMBER))
def test_what_fires_with_a_small_chance_fires_with_a_greater_one(low: float, high: float, seed: int, seen: int) -> None:
    low, high = sorted((low, high))
    less, more = (rule(probability=chance, seed=seed) for chance in (low, high))
    assert fires(more, seen, 0) >= fires(less, seen, 0)


# --- actions, and rules as JSON


def test_every_action_says_in_a_sentence_what_it_does() -> None:
    for action in ACTIONS.values():
        assert action.meaning[0].isupper() or action.meaning.startswith("401")
        assert action.meaning.endswith(".")
    assert len({action.meaning for action in ACTIONS.values()}) == len(ACTIONS)


def test_what_an_action_leaves_done_follows_from_its_phase() -> None:
    before = {name for name, action in ACTIONS.items() if action.phase is Phase.BEFORE}
    during = {name for name, action in ACTIONS.items() if action.phase is Phase.DURING}
    assert before == {"status", "drop", "strip_body", "reject_token", "expire_token"}
    assert during == {"before_commit", "mid_batch"}
    assert ACTIONS.keys() - before - during == {"delay", "half_body", "lost_answer"}


def test_a_rule_is_named_after_its_action_unless_it_has_a_name() -> None:
    assert rule().name == "drop"
    assert rule(name="now and then").name == "now and then"


def test_half_a_batch_ends_in_500_unless_told_otherwise() -> None:
    assert rule(action="mid_batch").status == 500
    assert rule(action="mid_batch", status=504).status == 504


def test_whole_floats_are_whole_numbers_as_in_json_schema() -> None:
    assert rule(nth=3.0) == rule(nth=3)
    assert isinstance(rule(nth=3.0).nth, int)


def test_an_operation_named_twice_counts_once() -> None:
    assert rule(operation=["list_courses", "bulk_enroll", "list_courses"]).operation == ("list_courses", "bulk_enroll")


def test_rules_keep_their_order() -> None:
    given = [{"action": action, "name": str(place)} for place, action in enumerate(["drop", "half_body", "drop"])]
    assert [loaded.name for loaded in load(given, OPERATIONS)] == ["0", "1", "2"]


def test_a_hundred_rules_are_not_too_many() -> None:
    assert len(load([{"action": "drop"}] * 100, OPERATIONS)) == 100
    assert load([], OPERATIONS) == ()


def test_a_dumped_rule_has_the_keys_that_were_given_and_its_name() -> None:
    assert dump(rule(operation="bulk_enroll", after=0)) == {
        "action": "drop",
        "name": "drop",
        "operation": "bulk_enroll",
        "after": 0,
    }
    assert dump(rule(operation=["bulk_enroll", "list_courses"]))["operation"] == ["bulk_enroll", "list_courses"]


OWN: dict[str, st.SearchStrategy[Any]] = {
    "status": st.integers(400, 599),
    "message": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20),
    "retry_after": st.integers(0, 86_400),
    "seconds": st.floats(0, 300, exclude_min=True) | st.integers(1, 300),
}


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """A rule that makes sense, with any of the keys that it may have."""
    name = draw(st.sampled_from(sorted(ACTIONS)))
    action = ACTIONS[name]
    optional: dict[str, st.SearchStrategy[Any]] = {
        "name": OWN["message"],
        "operation": st.sampled_from(OPERATIONS) | st.lists(st.sampled_from(OPERATIONS), min_size=1),
        "method": st.sampled_from(METHODS),
        "path": st.text("/*[]a-!z", max_size=9).map(lambda text: "/" + text),
        "count": st.integers(1, MAX_NUMBER),
        **{key: OWN[key] for key in action.takes},
    }
    if draw(st.booleans()):
        optional["nth"] = st.integers(1, MAX_NUMBER)
    else:
        optional |= {"every": st.integers(1, MAX_NUMBER), "after": st.integers(0, MAX_NUMBER)}
    required: dict[str, st.SearchStrategy[Any]] = {"action": st.just(name), **{key: OWN[key] for key in action.needs}}
    if draw(st.booleans()):
        required["probability"] = st.floats(0, 1)
        optional["seed"] = st.integers(0, MAX_NUMBER)
    return draw(st.fixed_dictionaries(required, optional=optional))


@given(st.lists(rules(), max_size=5))
def test_dumped_rules_load_as_the_same_rules(written: list[dict[str, Any]]) -> None:
    loaded = load(written, OPERATIONS)
    assert load(json.loads(json.dumps([dump(each) for each in loaded])), OPERATIONS) == loaded
    for given_keys, each in zip(written, loaded, strict=True):
        assert {key: dump(each)[key] for key in given_keys if key != "operation"} == {
            key: value for key, value in given_keys.items() if key != "operation"
        }


@given(written=rules(), path=st.text("/*[]a-!z"), seen=st.integers(1, MAX_NUMBER), fired=st.integers(0, MAX_NUMBER))
def test_a_rule_that_makes_sense_can_be_asked_about_any_call(
    written: dict[str, Any], path: str, seen: int, fired: int
) -> None:
    (loaded,) = load([written], OPERATIONS)
    assert concerns(loaded, "GET", path, None) in {True, False}
    assert fires(loaded, seen, fired) in {True, False}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda deeper: st.lists(deeper, max_size=4) | st.dictionaries(st.text(), deeper, max_size=4),
)


@given(written=rules(), spoilt=st.dictionaries(st.sampled_from(sorted(Rule.__slots__)) | st.text(), JSON, max_size=3))
def test_any_json_is_rules_or_is_refused_with_its_path(written: dict[str, Any], spoilt: dict[str, Any]) -> None:
    refusal = None
    try:
        loaded = load([{"action": "drop"}, written | spoilt], OPERATIONS)
    except InvalidRequest as error:
        refusal = str(error)
    if refusal is None:
        assert load([dump(each) for each in loaded], OPERATIONS) == loaded
    else:
        assert refusal.startswith("rules.1")
        assert refusal.isprintable()
