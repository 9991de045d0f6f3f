"""Calls that hit no operation are counted by kind, the most frequent first."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mock_lms.control.journal import misses
from mock_lms.control.journal.misses import Tally, from_entries, kind_of
from mock_lms.control.journal.near import Near, sentence

OPERATIONS = [
    ("DELETE", "/learn/v1/enrollments", "bulk_unenroll"),
    ("GET", "/learn/v1/enrollments/{course_id}/{user_id}", "get_enrollment"),
    ("GET", "/learn/v1/lp", "list_lp"),
]


def missed(number: int, method: str, path: str, operation: str | None = None) -> dict[str, Any]:
    return {"id": number, "method": method, "path": path, "operation": operation}


def test_each_kind_is_told_once_with_its_calls_and_the_most_frequent_first() -> None:
    entries = [
        missed(1, "GET", "/nothing"),
        missed(2, "DELETE", "/learn/v1/enrollments", "bulk_unenroll"),
        missed(3, "DELETE", "/learn/v1/enrollment"),
        missed(4, "DELETE", "/learn/v1/enrollment"),
    ]
    first, second = from_entries(entries, OPERATIONS)
    assert (first.calls, second.calls) == ((3, 4), (1,))
    assert first.message == sentence("DELETE", "/learn/v1/enrollment", OPERATIONS)
    assert first.nearest[0] == Near("DELETE", "/learn/v1/enrollments", "bulk_unenroll")
    assert second.nearest == ()


def test_calls_that_differ_in_their_ids_only_are_one_kind() -> None:
    entries = [missed(number, "GET", f"/learn/v1/enrollment/{number}/13001") for number in range(1, 60)]
    (miss,) = from_entries(entries, OPERATIONS)
    assert (miss.path, len(miss.calls)) == ("/learn/v1/enrollment/{id}/{id}", 59)
    assert miss.nearest[0].operation == "get_enrollment"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/learn/v1/lp/31", "/learn/v1/lp/{id}"),
        ("/31/", "/{id}/"),
        ("/learn/v1/lp/31a", "/learn/v1/lp/31a"),
        ("", ""),
    ],
)
def test_a_number_in_the_path_is_an_id_and_nothing_else_is(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_calls_to_operations_are_no_misses() -> None:
    assert not list(from_entries([missed(1, "GET", "/learn/v1/lp", "list_lp")], OPERATIONS))


def test_a_miss_is_json() -> None:
    (miss,) = from_entries([missed(1, "GET", "/learn/v1/lps")], OPERATIONS)
    told = miss.as_json()
    assert orjson.loads(orjson.dumps(told)) == told
    assert told["nearest"][0] == {"method": "GET", "path": "/learn/v1/lp", "operation": "list_lp"}
    assert (told["count"], told["calls"]) == (1, [1])


def test_a_path_below_api_is_as_near_as_without_it() -> None:
    (miss,) = from_entries([missed(1, "POST", "/api/learn/v1/lp")], OPERATIONS)
    assert miss.message == "POST /api/learn/v1/lp is no operation; this path has GET (list_lp)"


def test_a_tally_tells_tenants_apart() -> None:
    tally = Tally()
    for tenant, count in (("default", 2), ("acme", 3)):
        for number in range(count):
            tally.add(tenant, "GET", f"/learn/v1/lp/{number}")
    message = sentence("GET", "/learn/v1/lp/{id}", OPERATIONS)
    assert tally.as_json(OPERATIONS) == {"calls": 5, "kinds": [["acme", message, 3], ["default", message, 2]]}


def test_a_tally_stays_small_and_forgets_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misses, "MOST_KINDS", 3)
    tally = Tally()
    for letter in "abcdef":
        for _ in range(2):
            tally.add("default", "GET", f"/{letter * 10_000}")
    told = tally.as_json(OPERATIONS)
    assert told["calls"] == 12
    assert [count for _, _, count in told["kinds"]] == [2, 2, 2]
    assert len(orjson.dumps(told)) < 2_000
