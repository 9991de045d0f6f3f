"""Which calls a match means, and how it says in what a call differs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_lms.control.journal import Entry
from mock_lms.control.journal.match import Match
from mock_lms.control.journal.redact import NOT_KEPT
from mock_lms.domain.errors import InvalidRequest

BODY = {"user_ids": [13001, 13002], "course_ids": [0], "reset_tracks": False, "options": {"level": 3}}


def entry(body: Any = BODY, *, body_bytes: int | None = None, **changes: Any) -> Entry:
    """A bulk unenrollment that went well. A text is the body itself."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    size = len((text or "").encode()) if body_bytes is None else body_bytes
    return {
        "id": 17,
        "at": "2026-03-01T12:00:00.000Z",
        "milliseconds": 3.2,
        "method": "DELETE",
        "path": "/learn/v1/enrollments",
        "query": "page=1&user_id%5B%5D=1&user_id%5B%5D=2&empty=",
        "operation": "bulk_unenroll",
        "user_id": 1,
        "status": 200,
        "fault": None,
        "users": 1000,
        "request": {"headers": {"content-type": "application/json"}, "body": text, "body_bytes": size},
        "answer": {"headers": {}, "body": "{}", "body_bytes": 2},
        **changes,
    }


NOTHING = {"operation": None, "user_id": None, "status": None, "users": None}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"operation": "bulk_unenroll"},
        {"method": "delete"},
        {"path": "/learn/v1/enrollments"},
        {"path": "/learn/v1/enroll*"},
        {"path": "*enroll*"},
        {"status": 200},
        {"status": "200"},
        {"status": [200, 207]},
        {"status": "2xx"},
        {"status": ["none", "2xx"]},
        {"user_id": 1},
        {"user_id": "1"},
        {"fault": "none"},
        {"users": 1000},
        {"users": {"at_least": 1000, "at_most": 1000}},
        {"users": {"more_than": 999, "less_than": 1001}},
        {"query": {"page": "1"}},
        {"query": {"page": 1, "empty": ""}},
        {"query": {"user_id": ["2", 1]}},
        {"query": {"user_id[]": 2, "user_id[0]": 1}},
        {"body": {}},
        {"body": {"user_ids": ["13002"]}},
        {"body": {"user_ids": [13002.0, 13001], "options": {"level": "3"}}},
        {"body": {"user_ids": []}},
        {"operation": "bulk_unenroll", "method": "DELETE", "status": 200, "users": 1000, "body": BODY},
    ],
    ids=str,
)
def test_a_call_that_is_as_asked_is_meant(asked: dict[str, Any]) -> None:
    match = Match.of(asked)
    assert match.differences(entry()) == []
    assert match.matches(entry())


@pytest.mark.parametrize(
    ("asked", "difference"),
    [
        ({"operation": "unenroll"}, "operation is bulk_unenroll, not unenroll"),
        ({"operation": "none"}, "operation is bulk_unenroll, not none"),
        ({"method": "GET"}, "method is DELETE, not GET"),
        ({"path": "/learn/v1/enroll"}, "path is /learn/v1/enrollments, not /learn/v1/enroll"),
        ({"path": "/learn/v1/enrollment[s]"}, "path is /learn/v1/enrollments, not /learn/v1/enrollment[s]"),
        ({"status": 207}, "status is 200, not 207"),
        ({"status": [400, "5xx"]}, "status is 200, not 400 or 5xx"),
        ({"status": "none"}, "status is 200, not none"),
        ({"user_id": 2}, "user_id is 1, not 2"),
        ({"user_id": "none"}, "user_id is 1, not none"),
        ({"fault": "drop"}, "fault is none, not drop"),
        ({"users": 999}, "users is 1000, not 999"),
        ({"users": {"at_most": 999}}, "users is 1000, not at most 999"),
        ({"users": {"more_than": 1000}}, "users is 1000, not more than 1000"),
        ({"users": {"less_than": 1000}}, "users is 1000, not less than 1000"),
        ({"users": {"at_least": 2, "at_most": 3}}, "users is 1000, not at least 2 and at most 3"),
        ({"query": {"page": "2"}}, 'query.page is "1", not "2"'),
        ({"query": {"page": ["1", "2"]}}, 'query.page is "1", not "1", "2"'),
        ({"query": {"page_size": "1"}}, "query has no page_size"),
        ({"body": {"user_ids": [13003, 13001]}}, "body.user_ids lacks 13003"),
        ({"body": {"user_ids": [*range(9)]}}, "body.user_ids lacks 0, 1, 2, 3, 4 and 4 more"),
        ({"body": {"user_ids": 13001}}, "body.user_ids is a list, not 13001"),
        ({"body": {"user_ids": {"a": 1}}}, "body.user_ids is a list, not an object"),
        ({"body": {"options": [3]}}, "body.options is an object, not a list"),
        ({"body": {"options": {"level": 4}}}, "body.options.level is 3, not 4"),
        ({"body": {"cascade": True}}, "body has no cascade"),
        ({"body": {"reset_tracks": True}}, "body.reset_tracks is false, not true"),
        ({"body": {"reset_tracks": 0}}, "body.reset_tracks is false, not 0"),
        ({"body": {"reset_tracks": "False"}}, 'body.reset_tracks is false, not "False"'),
        ({"body": {"reset_tracks": None}}, "body.reset_tracks is false, not null"),
        ({"body": {"course_ids": [False]}}, "body.course_ids lacks false"),
        ({"body": {"course_ids": ["00"]}}, 'body.course_ids lacks "00"'),
    ],
    ids=str,
)
def test_the_difference_is_said(asked: dict[str, Any], difference: str) -> None:
    match = Match.of(asked)
    assert match.differences(entry()) == [difference]
    assert not match.matches(entry())


def test_every_difference_is_said() -> None:
    asked = {"body": {"a": 1, "b": 2}, "query": {"c": 3}, "users": 1, "status": 400, "operation": "unenroll"}
    assert Match.of(asked).differences(entry()) == [
        "operation is bulk_unenroll, not unenroll",
        "status is 200, not 400",
        "users is 1000, not 1",
        "query has no c",
        "body has no a",
        "body has no b",
    ]


@pytest.mark.parametrize("name", [*NOTHING, "fault"])
def test_none_means_calls_without(name: str) -> None:
    match = Match.of({name: "none"})
    assert match.matches(entry(**{name: None}))
    assert not match.matches(entry(**{name: 400}))


@pytest.mark.parametrize(
    ("asked", "difference"),
    [
        ({"operation": "unenroll"}, "operation is none, not unenroll"),
        ({"status": "2xx"}, "status is none, not 2xx"),
        ({"user_id": 1}, "user_id is none, not 1"),
        ({"users": 0}, "users is none, not 0"),
        ({"users": {"at_least": 0}}, "users is none, not at least 0"),
        ({"users": {"at_most": 1000}}, "users is none, not at most 1000"),
    ],
)
def test_what_a_call_lacks_is_no_value_of_it(asked: dict[str, Any], difference: str) -> None:
    assert Match.of(asked).differences(entry(**NOTHING)) == [difference]


@pytest.mark.parametrize(
    ("body", "body_bytes", "difference"),
    [
        (None, 0, "body is none"),
        ('{"user_ids": [13001, 130', 80, "body was cut (24 of 80 bytes are kept), so it can't be compared"),
        ('{"user_ids": [1,]}', 18, r'body is no JSON: "{\"user_ids\": [1,]}", so it can\'t be compared'),
        (NOT_KEPT, 80, "body was not kept, so it can't be compared"),
        ("[13001]", 7, "body is a list, not an object"),
    ],
)
def test_a_body_that_can_not_be_compared_says_so(body: str | None, body_bytes: int, difference: str) -> None:
    match = Match.of({"body": {"user_ids": [13001]}})
    assert match.differences(entry(body, body_bytes=body_bytes)) == [difference.replace("\\'", "'")]


def test_a_body_with_letters_of_two_bytes_is_not_taken_for_cut() -> None:
    text = '{"name": "José"'
    assert "is no JSON" in Match.of({"body": {"name": "x"}}).differences(entry(text))[0]


def test_a_redacted_body_is_compared_though_it_is_shorter_than_what_was_sent() -> None:
    found = entry('{"password":"***","page":1}', body_bytes=99)
    assert Match.of({"body": {"page": 1, "password": "***"}}).matches(found)


def test_objects_in_lists_are_subsets_too() -> None:
    found = entry({"rows": [{"id": 1, "score": 5}, {"id": 2, "score": 6}]})
    assert Match.of({"body": {"rows": [{"id": "2"}]}}).matches(found)
    assert Match.of({"body": {"rows": [{"id": 2, "score": 5}]}}).differences(found) == [
        'body.rows lacks {"id":2,"score":5}'
    ]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({}, "any call"),
        ({"operation": "bulk_unenroll", "status": 200}, "bulk_unenroll with status 200"),
        ({"method": "delete", "path": "/learn/*", "status": [200, "none"]}, "DELETE /learn/* with status 200 or none"),
        ({"operation": "none"}, "any call of no operation"),
        ({"users": {"more_than": 1000}, "user_id": "none"}, "any call with user_id none and more than 1000 users"),
        ({"fault": "drop", "query": {"page": [1, 2]}}, "any call with fault drop and query page=1, 2"),
        ({"operation": "unenroll", "body": {"user_ids": [1]}}, 'unenroll with body {"user_ids":[1]}'),
    ],
)
def test_a_match_reads_as_a_phrase(asked: dict[str, Any], text: str) -> None:
    assert str(Match.of(asked)) == text


def test_a_long_body_is_cut_in_the_phrase() -> None:
    assert len(str(Match.of({"body": {"user_ids": [*range(1000)]}}))) < 100


def test_a_body_may_be_nested_deeper_than_a_match() -> None:
    text = '{"a":' * 900 + "1" + "}" * 900
    assert Match.of({"body": {"a": {"b": 1}}}).differences(entry(text)) == ["body.a has no b"]
    assert Match.of({"body": {"a": 1}}).differences(entry(text)) == ["body.a is an object, not 1"]


def test_a_match_is_not_changed_by_what_it_was_made_of() -> None:
    given: dict[str, Any] = {"body": {"user_ids": [1]}}
    match = Match.of(given)
    given["body"]["user_ids"].append(2)
    assert match.body == {"user_ids": [1]}


# --- against a model

values = st.integers(0, 3) | st.sampled_from(["0", "1", "x"]) | st.booleans() | st.none()
contents = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(st.sampled_from("abc"), contents, max_size=3)


def model(asked: Any, value: Any) -> bool:
    """What a subset is, without sentences or haste."""
    if isinstance(asked, dict):
        return isinstance(value, dict) and all(name in value and model(asked[name], value[name]) for name in asked)
    if isinstance(asked, list):
        return isinstance(value, list) and all(any(model(one, other) for other in value) for one in asked)
    if isinstance(asked, bool) or isinstance(value, bool) or asked is None or value is None:
        return asked is value
    return str(asked) == str(value)


@given(asked=objects, value=objects)
def test_a_body_is_meant_if_the_model_says_so(asked: dict[str, Any], value: dict[str, Any]) -> None:
    match = Match.of({"body": asked})
    assert match.matches(entry(value)) == model(asked, value)
    assert bool(match.differences(entry(value))) != model(asked, value)


@given(asked=objects, data=st.data())
def test_any_part_of_a_body_means_it(asked: dict[str, Any], data: st.DataObject) -> None:
    def part(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: part(inner) for name, inner in value.items() if data.draw(st.booleans())}
        if isinstance(value, list):
            return [part(inner) for inner in data.draw(st.permutations(value)) if data.draw(st.booleans())]
        return value

    assert Match.of({"body": part(asked)}).differences(entry(asked)) == []


@given(pattern=st.text("/ab*[]!?{", max_size=8), path=st.text("/ab*[]", max_size=8))
def test_a_star_in_a_path_stands_for_anything_and_nothing_else_does(pattern: str, path: str) -> None:
    def fits(asked: str, rest: str) -> bool:
        if not asked:
            return not rest
        if asked[0] == "*":
            return any(fits(asked[1:], rest[at:]) for at in range(len(rest) + 1))
        return rest[:1] == asked[0] and fits(asked[1:], rest[1:])

    try:
        match = Match.of({"path": "/" + pattern})
    except InvalidRequest:
        assert set(pattern) & set("?{")
    else:
        assert match.matches(entry(path="/" + path)) == fits(pattern, path)
