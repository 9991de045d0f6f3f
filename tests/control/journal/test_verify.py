"""Whether calls were as expected: each kind of expectation, met and failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_lms.control.journal import Entry
from mock_lms.control.journal.verify import Failure, Nearest, verify

DELETE = {"operation": "bulk_unenroll"}
BACKUP = {"operation": "list_enrollments"}
PATHS = {
    "bulk_unenroll": ("DELETE", "/learn/v1/enrollments"),
    "list_enrollments": ("GET", "/learn/v1/enrollments"),
    "unenroll": ("DELETE", "/learn/v1/enrollments/7/11"),
    "issue_token": ("POST", "/oauth2/token"),
    None: ("DELETE", "/learn/v1/enrollment"),
}


def journal(*calls: str | tuple[str | None, dict[str, Any]] | None) -> list[Entry]:
    """The calls in order, each an operation or one with what is special about it."""
    entries: list[Entry] = []
    for number, call in enumerate(calls, 1):
        operation, changes = call if isinstance(call, tuple) else (call, {})
        method, path = PATHS[operation]
        message: dict[str, Any] = {"headers": {}, "body": None, "body_bytes": 0}
        entry: dict[str, Any] = {
            "id": number,
            "at": "2026-03-01T12:00:00.000Z",
            "milliseconds": 3.2,
            "method": method,
            "path": path,
            "query": "",
            "operation": operation,
            "user_id": 1,
            "status": 200,
            "fault": None,
            "users": None,
            "request": message,
            "answer": message,
        }
        entries.append({**entry, **changes})
    return entries


def failure(entries: Sequence[Entry], expectation: Mapping[str, Any]) -> Failure:
    (found,) = verify(entries, [expectation])
    return found


# --- how often

TWICE = journal("bulk_unenroll", "issue_token", "bulk_unenroll")


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"times": 2},
        {"at_least": 2},
        {"at_most": 2},
        {"at_most": 3},
        {"at_least": 1, "at_most": 2},
        {"at_least": 0, "at_most": 2},
    ],
    ids=str,
)
def test_calls_as_often_as_expected_are_no_failure(limits: dict[str, int]) -> None:
    assert verify(TWICE, [{"called": DELETE, **limits}]) == []


@pytest.mark.parametrize(
    ("limits", "message", "calls"),
    [
        ({"times": 3}, "bulk_unenroll was called 2 times, not 3", ()),
        ({"times": 1}, "bulk_unenroll was called 2 times, not 1", (1, 3)),
        ({"times": 0}, "bulk_unenroll was called 2 times, not 0", (1, 3)),
        ({"at_least": 3}, "bulk_unenroll was called 2 times, not at least 3", ()),
        ({"at_most": 1}, "bulk_unenroll was called 2 times, not at most 1", (1, 3)),
        ({"at_least": 3, "at_most": 4}, "bulk_unenroll was called 2 times, not 3 to 4", ()),
        ({"at_least": 0, "at_most": 1}, "bulk_unenroll was called 2 times, not at most 1", (1, 3)),
    ],
    ids=str,
)
def test_calls_not_as_often_as_expected_are_counted(limits: Any, message: str, calls: tuple[int, ...]) -> None:
    found = failure(TWICE, {"called": DELETE, **limits})
    assert (found.message, found.calls) == (message, calls)
    assert bool(found.nearest) == (not calls)


def test_a_call_is_expected_at_least_once_if_nothing_is_said() -> None:
    assert failure(journal("issue_token"), {"called": DELETE}).message == (
        "bulk_unenroll was called 0 times, not at least 1"
    )


def test_one_call_is_once() -> None:
    assert failure(journal("bulk_unenroll"), {"called": DELETE, "times": 2}).message == (
        "bulk_unenroll was called once, not 2"
    )


# --- never


def test_a_call_that_must_never_be_is_named() -> None:
    entries = journal("bulk_unenroll", ("bulk_unenroll", {"users": 1001}), ("bulk_unenroll", {"users": 1000}))
    found = failure(entries, {"never": {**DELETE, "users": {"more_than": 1000}}})
    assert found.message == "bulk_unenroll with more than 1000 users was called once, which must never be"
    assert found.calls == (2,)


def test_what_was_never_called_is_no_failure() -> None:
    assert verify(journal("issue_token"), [{"never": DELETE}, {"never": {"users": {"more_than": 1000}}}]) == []
    assert verify([], [{"never": DELETE}]) == []


def test_a_call_before_the_backup_read_is_named() -> None:
    entries = journal("bulk_unenroll", "list_enrollments", "bulk_unenroll", "list_enrollments")
    found = failure(entries, {"never": DELETE, "before": BACKUP})
    assert found.calls == (1,)
    assert found.message == ("bulk_unenroll was called once before list_enrollments with status 2xx first was (call 2)")


def test_a_call_after_the_backup_read_is_none_before_it() -> None:
    for calls in (["list_enrollments", "bulk_unenroll"], ["list_enrollments"], ["issue_token"]):
        assert verify(journal(*calls), [{"never": DELETE, "before": BACKUP}]) == []


@pytest.mark.parametrize("status", [None, 400, 500])
def test_a_backup_read_that_failed_is_none(status: int | None) -> None:
    entries = journal(("list_enrollments", {"status": status}), "bulk_unenroll")
    found = failure(entries, {"never": DELETE, "before": BACKUP})
    assert found.calls == (2,)
    assert "never called before it" in found.message
    assert found.nearest[0] == Nearest(
        1, "GET", "/learn/v1/enrollments", (f"status is {'none' if status is None else status}, not 2xx",)
    )


def test_a_failed_read_counts_if_its_status_is_asked_for() -> None:
    entries = journal(("list_enrollments", {"status": 500}), "bulk_unenroll")
    assert verify(entries, [{"never": DELETE, "before": {**BACKUP, "status": 500}}]) == []


def test_every_call_is_named_if_the_backup_never_was() -> None:
    assert failure(TWICE, {"never": DELETE, "before": BACKUP}).calls == (1, 3)


def test_a_call_that_is_of_both_kinds_is_not_before_itself() -> None:
    for entries in (TWICE, journal("issue_token", "bulk_unenroll")):
        assert verify(entries, [{"never": DELETE, "before": {"method": "DELETE"}}]) == []


# --- order


def test_calls_in_order_may_have_others_between_them() -> None:
    entries = journal("issue_token", "list_enrollments", "issue_token", "bulk_unenroll", "issue_token")
    assert verify(entries, [{"order": [BACKUP, DELETE, {"operation": "issue_token"}]}]) == []


def test_the_call_that_came_too_early_is_named() -> None:
    entries = journal("bulk_unenroll", "list_enrollments")
    found = failure(entries, {"order": [BACKUP, DELETE]})
    assert found.message == "bulk_unenroll was not called after list_enrollments (call 2)"
    assert found.calls == (1,)


def test_the_first_step_that_is_missing_is_named() -> None:
    found = failure(TWICE, {"order": [BACKUP, DELETE]})
    assert found.message == "list_enrollments was never called"
    assert found.calls == ()


def test_for_a_missing_step_only_later_calls_are_near() -> None:
    entries = journal(("bulk_unenroll", {"status": 400}), "list_enrollments", "unenroll")
    found = failure(entries, {"order": [BACKUP, {**DELETE, "status": 200}]})
    assert [near.id for near in found.nearest] == [3]


def test_a_call_is_not_two_steps() -> None:
    found = failure(journal("bulk_unenroll"), {"order": [DELETE, DELETE]})
    assert found.message == "bulk_unenroll was not called after bulk_unenroll (call 1)"
    assert found.calls == ()
    assert verify(TWICE, [{"order": [DELETE, DELETE]}]) == []


operations = st.sampled_from(["bulk_unenroll", "list_enrollments", "issue_token"])
steps = st.fixed_dictionaries({}, optional={"operation": operations, "status": st.sampled_from([200, 400])})


@given(
    calls=st.lists(st.tuples(operations, st.sampled_from([200, 400])), max_size=7),
    order=st.lists(steps, min_size=2, max_size=4),
)
def test_an_order_is_met_if_any_choice_of_calls_meets_it(
    calls: list[tuple[str, int]], order: list[dict[str, Any]]
) -> None:
    def met(wanted: Sequence[Mapping[str, Any]], rest: Sequence[tuple[str, int]]) -> bool:
        """Tries every call for every step."""
        return not wanted or any(
            wanted[0].get("operation", rest[at][0]) == rest[at][0]
            and wanted[0].get("status", rest[at][1]) == rest[at][1]
            and met(wanted[1:], rest[at + 1 :])
            for at in range(len(rest))
        )

    entries = journal(*((operation, {"status": status}) for operation, status in calls))
    assert (verify(entries, [{"order": order}]) == []) == met(order, calls)


# --- what a failure shows


def test_the_nearest_calls_say_in_what_they_differ() -> None:
    entries = journal("issue_token", "unenroll", ("bulk_unenroll", {"status": 400}), None, "list_enrollments")
    found = failure(entries, {"called": {**DELETE, "status": 200}})
    assert [near.id for near in found.nearest] == [3, 2, 4]
    assert found.nearest[0].differences == ("status is 400, not 200",)
    assert found.nearest[1].differences == ("operation is unenroll, not bulk_unenroll",)


def test_of_calls_to_one_operation_that_is_nearest_which_differs_least() -> None:
    entries = journal(*(("bulk_unenroll", {"status": 400, "users": users}) for users in (1, 2, 3)))
    found = failure(entries, {"called": {**DELETE, "status": 200, "users": 3}})
    assert [near.id for near in found.nearest] == [3, 1, 2]


def test_at_most_three_calls_are_shown() -> None:
    assert len(failure(journal(*["issue_token"] * 9), {"called": DELETE}).nearest) == 3


def test_no_calls_are_near_where_there_are_none() -> None:
    assert failure([], {"called": DELETE}).nearest == ()


def test_a_path_is_near_if_it_resembles_the_one_asked_for() -> None:
    entries = journal("issue_token", None)
    assert failure(entries, {"called": {"path": "/learn/v1/enrollments"}}).nearest[0].id == 2


def test_failures_come_in_the_order_of_the_expectations() -> None:
    found = verify(TWICE, [{"never": DELETE}, {"called": DELETE}, {"called": BACKUP}])
    assert [one.expectation for one in found] == [0, 2]


def test_a_failure_is_json() -> None:
    entries = journal(("bulk_unenroll", {"status": 400}))
    told = failure(entries, {"called": {**DELETE, "status": 200}}).as_json()
    assert orjson.loads(orjson.dumps(told)) == told
    assert told == {
        "expectation": 0,
        "message": "bulk_unenroll with status 200 was called 0 times, not at least 1",
        "calls": [],
        "nearest": [
            {
                "id": 1,
                "method": "DELETE",
                "path": "/learn/v1/enrollments",
                "differences": ["status is 400, not 200"],
            }
        ],
    }
