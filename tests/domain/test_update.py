"""The rules of updating, without a database."""

from __future__ import annotations

import pytest

from mock_lms.domain.enrollments import Level, Status
from mock_lms.domain.update import Change, Facts, decide

NOW = "2026-03-01 12:00:00"
FACTS = Facts(enrolled={11: {1, 2}}, completed={11: {2}}, certified={11: {2}}, certifying=frozenset({11}))


def test_only_enrollments_are_updated_and_the_others_are_named() -> None:
    decision = decide([2, 3, 1], [11, 12], Change(level=Level.TUTOR), FACTS, NOW)
    assert decision.updated == {11: {1, 2}}
    assert decision.missing == ((11, 3), (12, 2), (12, 3), (12, 1))
    assert decision.enrollment == {"level": Level.TUTOR, "updated_at": NOW}
    assert (decision.tracking, decision.tracking_if_empty) == ({}, {})


def test_completing_certifies_and_counts_those_who_had_not() -> None:
    decision = decide([1, 2], [11], Change(status=Status.COMPLETED), FACTS, NOW)
    assert decision.completing == {11: {1}}
    assert decision.certificates == {11: {1}}
    assert decision.enrollment == {"hold": None, "updated_at": NOW}
    assert decision.tracking == {"status": Status.COMPLETED}
    assert decision.tracking_if_empty == {"completed_at": NOW, "first_access_at": NOW, "last_access_at": NOW}


def test_a_completion_date_of_the_call_goes_over_the_one_that_is_there() -> None:
    date = "2026-02-01 00:00:00"
    decision = decide([2], [11], Change(status=Status.COMPLETED, completed_at=date), FACTS, NOW)
    assert decision.tracking == {"status": Status.COMPLETED, "completed_at": date}
    assert decision.tracking_if_empty["first_access_at"] == date


@pytest.mark.parametrize("status", [Status.SUBSCRIBED, Status.IN_PROGRESS])
def test_going_back_takes_the_completion_away(status: Status) -> None:
    decision = decide([2], [11], Change(status=status), FACTS, NOW)
    assert decision.tracking == {"status": status, "completed_at": None}
    assert decision.enrollment["hold"] is None
    assert decision.completing == {}


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.WAITING, Status.TO_CONFIRM, Status.OVERBOOKING])
def test_a_hold_leaves_the_tracking_alone(status: Status) -> None:
    decision = decide([2], [11], Change(status=status), FACTS, NOW)
    assert decision.enrollment["hold"] is status
    assert (decision.tracking, decision.tracking_if_empty) == ({}, {})


def test_a_course_without_a_certificate_issues_none() -> None:
    facts = Facts(enrolled={11: {1}}, completed={}, certified={}, certifying=frozenset())
    assert decide([1], [11], Change(status=Status.COMPLETED), facts, NOW).certificates == {}


def test_a_date_of_completion_alone_completes_nothing() -> None:
    decision = decide([1, 2], [11], Change(completed_at="2026-02-01 00:00:00"), FACTS, NOW)
    assert (decision.tracking, decision.tracking_if_empty) == ({}, {})
    assert decision.tracking_if_completed == {"completed_at": "2026-02-01 00:00:00"}
    assert decision.completing == {}


def test_a_date_of_completion_goes_to_who_has_completed_though_a_hold_is_set_with_it() -> None:
    date = "2026-02-01 00:00:00"
    decision = decide([1], [11], Change(status=Status.SUSPENDED, completed_at=date), FACTS, NOW)
    assert decision.tracking_if_completed == {"completed_at": date}
    for status in (Status.COMPLETED, Status.IN_PROGRESS):
        change = Change(status=status, completed_at=date)
        assert decide([1], [11], change, FACTS, NOW).tracking_if_completed == {}


def test_each_new_value_is_written_where_it_belongs() -> None:
    change = Change(
        status=Status.COMPLETED,
        level=Level.MENTOR,
        enrolled_at="2026-01-01 00:00:00",
        valid_from="2026-01-02 00:00:00",
        valid_until="2026-01-03 00:00:00",
        completed_at="2026-01-04 00:00:00",
        first_access_at="2026-01-05 00:00:00",
        last_access_at="2026-01-06 00:00:00",
        score=0.5,
    )
    decision = decide([1], [11], change, FACTS, NOW)
    assert decision.enrollment == {
        "level": Level.MENTOR,
        "enrolled_at": "2026-01-01 00:00:00",
        "valid_from": "2026-01-02 00:00:00",
        "valid_until": "2026-01-03 00:00:00",
        "hold": None,
        "updated_at": NOW,
    }
    assert decision.tracking == {
        "status": Status.COMPLETED,
        "completed_at": "2026-01-04 00:00:00",
        "first_access_at": "2026-01-05 00:00:00",
        "last_access_at": "2026-01-06 00:00:00",
        "score": 0.5,
    }


def test_where_nobody_completed_or_holds_a_certificate_all_do_now() -> None:
    facts = Facts(enrolled={11: {1, 2}}, completed={}, certified={}, certifying=frozenset({11}))
    decision = decide([1, 2], [11], Change(status=Status.COMPLETED), facts, NOW)
    assert (decision.completing, decision.certificates) == ({11: {1, 2}}, {11: {1, 2}})


def test_who_had_completed_without_the_certificate_gets_it_now() -> None:
    facts = Facts(enrolled={11: {1}}, completed={11: {1}}, certified={11: set()}, certifying=frozenset({11}))
    decision = decide([1], [11], Change(status=Status.COMPLETED), facts, NOW)
    assert (decision.completing, decision.certificates) == ({}, {11: {1}})
