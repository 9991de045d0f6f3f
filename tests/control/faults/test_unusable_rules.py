"""What is no fault rule, and how one is told so."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mock_lms.control.faults.rules import ACTIONS, load
from mock_lms.domain.errors import InvalidRequest

OPERATIONS = ("bulk_unenroll", "bulk_enroll", "list_courses")


def refusal(rules: object) -> str:
    with pytest.raises(InvalidRequest) as refused:
        load(rules, OPERATIONS)
    return str(refused.value)


def refused(**keys: Any) -> str:
    """What is said of a list in which the third rule is this one."""
    return refusal([{"action": "drop"}, {"action": "drop"}, {"action": "drop", **keys}])


@pytest.mark.parametrize("given", [None, {}, "drop", 1, True, {"action": "drop"}])
def test_rules_are_a_list(given: object) -> None:
    assert refusal(given) == "rules: this must be a list of at most 100 rules"


def test_a_hundred_and_one_rules_are_too_many() -> None:
    assert refusal([{"action": "drop"}] * 101) == "rules: 101 rules are more than the 100 that a tenant may have"


@pytest.mark.parametrize("given", [None, "drop", 1, True, [], ["action"]])
def test_a_rule_is_an_object(given: object) -> None:
    assert refusal([{"action": "drop"}, given]).startswith("rules.1: a rule must be an object")


def test_an_unknown_action_is_told_those_that_there_are() -> None:
    assert refused(action="slow") == f"rules.2.action: 'slow' is no action; there are {', '.join(ACTIONS)}"


@pytest.mark.parametrize("action", [None, 1, True, [], ["drop"], {}, "", "DROP", "drop "])
def test_what_is_no_action_is_refused(action: object) -> None:
    assert "is no action; there are status, delay, drop" in refused(action=action)


def test_a_rule_without_an_action_is_refused() -> None:
    assert refusal([{"nth": 3}]).startswith("rules.0.action: this is missing; there are status")


def test_a_mistyped_operation_is_told_the_nearest() -> None:
    message = "'bulk_unenrol' is no operation; did you mean bulk_unenroll?"
    assert refused(operation="bulk_unenrol") == f"rules.2.operation: {message}"
    assert refused(operation=["list_courses", "bulk_unenrol"]) == f"rules.2.operation.1: {message}"


@pytest.mark.parametrize("operation", ["zzz", "", None, 1, {}, [[]], ["list_courses", None], "DELETE"])
def test_what_is_no_operation_is_told_where_they_are(operation: object) -> None:
    assert "is no operation; it is an operationId of openapi.yaml" in refused(operation=operation)


def test_an_empty_list_of_operations_is_refused() -> None:
    assert refused(operation=[]).startswith("rules.2.operation: an empty list concerns no call")


def test_an_unknown_key_is_told_those_that_there_are() -> None:
    message = refused(colour="red")
    assert message.startswith("rules.2: 'colour' is no key of a 'drop' rule; there are action, name, operation,")
    assert "status" not in message


@pytest.mark.parametrize("key", ["status", "seconds", "message", "retry_after"])
def test_an_action_has_no_key_of_another(key: str) -> None:
    assert f"rules.2: '{key}' is no key of a 'drop' rule" in refused(**{key: 1})


@pytest.mark.parametrize(("action", "key"), [("status", "status"), ("delay", "seconds")])
def test_what_an_action_needs_must_be_there(action: str, key: str) -> None:
    assert refused(action=action) == f"rules.2.{key}: this is missing, and a '{action}' rule needs it"


NO_NUMBER: list[object] = [None, "3", True, False, math.nan, math.inf, -math.inf, [], {}, -1, 1.5, 10**400]


@pytest.mark.parametrize("key", ["nth", "every", "after", "count", "seed"])
@pytest.mark.parametrize("value", NO_NUMBER)
def test_what_is_no_whole_number_is_refused(key: str, value: object) -> None:
    given = {key: value} if key != "seed" else {key: value, "probability": 0.5}
    assert refused(**given).startswith(f"rules.2.{key}: this must be a whole number from ")


@pytest.mark.parametrize("key", ["nth", "every", "count"])
def test_calls_and_firings_are_counted_from_one(key: str) -> None:
    assert refused(**{key: 0}) == f"rules.2.{key}: this must be a whole number from 1 to 999,999,999,999,999"


@pytest.mark.parametrize("value", [value for value in NO_NUMBER if value != 1.5] + [1.000001, 2])
def test_what_is_no_probability_is_refused(value: object) -> None:
    assert refused(probability=value) == "rules.2.probability: this must be a number from 0 to 1"


@pytest.mark.parametrize("value", [value for value in NO_NUMBER if value != 1.5] + [0, 0.0, 300.1, 301])
def test_a_delay_is_above_zero_and_at_most_300_seconds(value: object) -> None:
    message = refused(action="delay", seconds=value)
    assert message == "rules.2.seconds: this must be a number of seconds, more than 0 and at most 300"


@pytest.mark.parametrize("action", ["status", "mid_batch"])
@pytest.mark.parametrize("value", [*NO_NUMBER, 399, 600, 200, 0])
def test_a_status_is_that_of_an_error(action: str, value: object) -> None:
    message = refused(action=action, status=value)
    assert message == "rules.2.status: this must be a whole number from 400 to 599"


@pytest.mark.parametrize("value", [*NO_NUMBER, 86_401])
def test_retry_after_is_whole_seconds_of_a_day(value: object) -> None:
    message = refused(action="status", status=429, retry_after=value)
    assert message == "rules.2.retry_after: this must be a whole number from 0 to 86,400"


NO_TEXT: list[object] = [None, 1, True, [], {}, "", "a\x00b", "\ud800"]


@pytest.mark.parametrize("value", [*NO_TEXT, "x" * 101])
def test_a_name_is_a_hundred_characters_that_can_be_stored(value: object) -> None:
    assert refused(name=value).startswith("rules.2.name: this must be text of 1 to 100 characters")


@pytest.mark.parametrize("value", [*NO_TEXT, "x" * 1_001])
def test_a_message_is_a_thousand_characters_that_can_be_stored(value: object) -> None:
    message = refused(action="status", status=500, message=value)
    assert message.startswith("rules.2.message: this must be text of 1 to 1,000 characters")


@pytest.mark.parametrize("value", [*NO_TEXT, "/" * 256])
def test_a_path_is_text(value: object) -> None:
    assert refused(path=value).startswith("rules.2.path: this must be text of 1 to 255 characters")


@pytest.mark.parametrize("value", ["learn/v1/*", "http://127.0.0.1:8080/learn", "DELETE /learn/v1/enrollments", " /x"])
def test_what_begins_no_path_is_refused(value: str) -> None:
    assert refused(path=value).startswith("rules.2.path: a path begins with /")


@pytest.mark.parametrize("value", ["/learn/v1/lp?search_text=onboarding", "/learn/v1/lp?search_text=*", "*?a=1&b=2"])
def test_a_path_with_a_query_would_never_match_and_is_refused(value: str) -> None:
    assert refused(path=value) == "rules.2.path: queries are not looked at; write the path alone"


@pytest.mark.parametrize("method", ["delete", "PURGE", "", None, 1, ["GET"], "*"])
def test_an_unknown_method_is_told_those_that_there_are(method: object) -> None:
    assert "is no method; there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" in refused(method=method)


@pytest.mark.parametrize("other", ["after", "every"])
def test_nth_stands_alone(other: str) -> None:
    message = refused(nth=3, **{other: 5})
    assert message == f"rules.2.nth: this cannot stand together with '{other}'; leave one of them out"


def test_a_seed_without_a_probability_is_refused() -> None:
    assert refused(seed=7).startswith("rules.2.seed: this does nothing without a probability")


@pytest.mark.parametrize("odd", ["x" * 100_000, "x" * 400, "a\nb", "\x1b[31m", "\ud800", "'"])
def test_a_message_is_one_short_line_whatever_was_written(odd: str) -> None:
    for message in (refused(action=odd), refused(operation=odd), refused(method=odd), refused(**{odd: 1})):
        assert message.isprintable()
        assert len(message) < 300


def test_keys_that_are_no_text_are_refused() -> None:
    assert refusal([{"action": "drop", 1: 2}]).startswith("rules.0: what stands here is no key")
