"""What one request can take of the server: no more than a small multiple of its size, however wrong it is."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from marshmallow import ValidationError

from mock_lms.api.learn.schemas import ListEnrollments
from mock_lms.control.journal import redact
from mock_lms.http import fields, query_fields
from mock_lms.http.fields import MOST_ERRORS
from tests.support.lms import BULK, Lms

MANY = 200_000
LISTS = "/learn/v1/enrollments"

WRONG: dict[str, tuple[str, str, bytes]] = {
    "a word list of commas": ("GET", LISTS, b'{"status": "%b"}' % (b"," * MANY)),
    "a word list of lists": ("GET", LISTS, b'{"status": [%b[]]}' % (b"[]," * MANY)),
    "ids of a list": ("GET", LISTS, b'{"id_user": [%b0]}' % (b"0," * MANY)),
    "texts of a list": ("GET", LISTS, b'{"code_course": [%b0]}' % (b"0," * MANY)),
    "users of a bulk unenrollment": (
        "DELETE",
        BULK,
        b'{"user_ids": [%b0], "course_ids": [201]}' % (b"0," * MANY),
    ),
    "users that are lists": ("DELETE", BULK, b'{"user_ids": [%b0], "course_ids": [201]}' % (b"[]," * MANY)),
    "courses over the cap": ("DELETE", BULK, b'{"user_ids": [1], "course_ids": [%b0]}' % (b'"x",' * MANY)),
    "users of a plan": (
        "POST",
        "/learningplan/v1/learningplans/31/enrollments/bulk",
        b'{"items": {"user_ids": [%b0]}}' % (b"0," * MANY),
    ),
    "a text that is a list": ("POST", "/manage/v1/user", b'{"username": [%b0]}' % (b"[]," * MANY)),
    "a word that is an object": (
        "POST",
        "/manage/v1/user",
        b'{"username": "x", "level": {%b"": 0}}' % b"".join(b'"%d":0,' % number for number in range(MANY)),
    ),
    "fields that a control body has not": (
        "POST",
        "/_mock/reset",
        b'{%b"x": 0}' % b"".join(b'"%d":0,' % number for number in range(MANY)),
    ),
    "scopes": ("POST", "/_mock/reset", b'{"scopes": [%b0]}' % (b"[]," * MANY)),
    "fault rules": ("PUT", "/_mock/faults", b'{"rules": [%b0]}' % (b"{}," * MANY)),
    "the operation of a fault": (
        "PUT",
        "/_mock/faults",
        b'{"rules": [{"action": "drop", "operation": "%b"}]}' % (b"xy" * MANY),
    ),
    "expectations": ("POST", "/_mock/journal/verify", b'{"expectations": [%b0]}' % (b'{"never":{}},' * MANY)),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_counted_up_to_the_errors_that_are_told(
    lms: Lms, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    method, path, raw = WRONG[what]
    told: list[object] = []
    original = fields.shown

    def shown(value: object) -> str:
        told.append(value)
        return original(value)

    for module in (fields, query_fields):
        monkeypatch.setattr(module, "shown", shown)
    call = lms.mock if path.startswith("/_mock") else lms.call
    refusal = call(method, path.removeprefix("/_mock"), raw=raw, status=400)
    assert len(refusal["message"]) <= MOST_ERRORS + 1
    assert sum(map(len, refusal["message"])) < 10_000
    assert len(told) <= MOST_ERRORS + 1


MEGABYTES: dict[str, tuple[Any, Any]] = {
    "a word list of commas": (ListEnrollments, {"status": "," * 2_000_000}),
    "one word again and again": (ListEnrollments, {"status": "completed," * 200_000}),
    "zeros": (ListEnrollments, {"id_user": [0] * 1_000_000}),
}


@pytest.mark.parametrize("what", MEGABYTES)
def test_a_parameter_of_megabytes_is_refused_by_its_length_alone(what: str) -> None:
    schema, value = MEGABYTES[what]
    tracemalloc.start()
    with pytest.raises(ValidationError, match="more than 10,000"):
        schema().load(value)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.both_databases
def test_a_word_or_an_id_that_is_named_twice_is_looked_for_once(lms: Lms) -> None:
    loaded = ListEnrollments().load({"status": "completed,completed", "id_user": [13001, "13001", 13001.0]})
    assert (loaded["statuses"], loaded["users"]) == (["completed"], [13001])
    ids = ",".join(["13001"] * 10_000)
    assert lms.call("GET", LISTS, raw=b'{"id_user": [%b]}' % ids.encode())["data"]["total_count"] > 0


def test_a_value_is_shown_as_far_as_it_is_shown_and_no_further() -> None:
    nested: Any = []
    for _ in range(5_000):  # deeper than Python goes
        nested = [nested]
    values: list[Any] = [nested, [[]] * 1_000_000, "x" * 5_000_000, {"x" * 5_000_000: 0}, [{"a": 1}, "é"]]
    for value in values:
        tracemalloc.start()
        text = fields.shown(value)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(text) <= fields.SHOWN + len("...")
        assert peak < 20_000_000
    assert fields.shown([{"a": 1}, "é"]) == '[{"a": 1}, "é"]'


def test_a_search_that_no_cursor_could_hold_gets_none(lms: Lms) -> None:
    raw = b'{"get_cursor": 1, "id_user": [%b1]}' % b"".join(b"%d," % number for number in range(1, 10_000))
    refusal = lms.call("GET", LISTS, raw=raw, status=400)
    assert "too long for a cursor" in refusal["message"][0]


def test_a_form_of_nothing_but_ampersands_is_not_taken_apart_for_the_journal() -> None:
    assert redact.query("token=x" + "&" * redact.MOST_PIECES * 2) == redact.NOT_KEPT
    assert redact.query("token=x&a=b") == "token=***&a=b"


@pytest.mark.both_databases
def test_the_errors_of_a_bulk_answer_are_complete(lms: Lms) -> None:
    users = range(900_001, 901_001)
    errors = lms.bulk_unenroll(users, course_ids=[201, 202])["errors"]
    assert len(errors) == 2_000
