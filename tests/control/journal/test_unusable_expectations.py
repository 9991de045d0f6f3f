"""What is no expectation is refused, by its place: a check that checks nothing is worse than none."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.control.journal.verify import verify
from mock_lms.domain.errors import InvalidRequest

DELETE = {"operation": "bulk_unenroll"}
BACKUP = {"operation": "list_enrollments"}


@pytest.mark.parametrize("expectations", [[], (), None, {}, "never", {"never": DELETE}])
def test_nothing_expected_is_refused(expectations: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^expectations: "):
        verify([], expectations)


@pytest.mark.parametrize(
    ("expectation", "problem"),
    [
        ("bulk_unenroll", "exactly one of called, never, order"),
        ({}, "exactly one of called, never, order"),
        ({"times": 2}, "exactly one of"),
        ({"called": DELETE, "never": DELETE}, "exactly one of"),
        ({"called": DELETE, "time": 2}, "time can't stand beside called, only at_least, at_most, times can"),
        ({"called": DELETE, "before": BACKUP}, "before can't stand beside called"),
        ({"never": DELETE, "times": 2}, "times can't stand beside never, only before can"),
        ({"order": [DELETE, BACKUP], "times": 2}, "times can't stand beside order, only nothing can"),
        ({"called": DELETE, 3: 2}, "3 can't stand beside called"),
        ({"called": DELETE, "times": 2, "at_most": 2}, "leave out"),
        ({"called": DELETE, "times": -1}, "times must be a whole number"),
        ({"called": DELETE, "times": True}, "times must be a whole number"),
        ({"called": DELETE, "times": None}, "times must be a whole number"),
        ({"called": DELETE, "at_least": "1"}, "at_least must be a whole number"),
        ({"called": DELETE, "at_least": 0}, "always so"),
        ({"called": DELETE, "at_least": 3, "at_most": 2}, "nothing is at least 3 and at most 2"),
        ({"called": "bulk_unenroll"}, "called.match: "),
        ({"called": {"statsu": 200}}, "called.statsu: "),
        ({"never": DELETE, "before": {"status": "ok"}}, "before.status: "),
        ({"never": DELETE, "before": None}, "before.match: "),
        ({"order": []}, "at least two"),
        ({"order": [DELETE]}, "at least two"),
        ({"order": DELETE}, "at least two"),
        ({"order": [DELETE, {"status": 1}]}, "order.1.status: "),
    ],
    ids=str,
)
def test_what_can_not_be_checked_is_refused_by_its_place(expectation: Any, problem: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        verify([], [{"never": BACKUP}, expectation])
    assert str(refused.value).startswith("expectations.1: ")
    assert problem in str(refused.value)


def test_an_operation_that_is_not_there_is_refused_if_one_says_which_are() -> None:
    assert verify([], [{"never": {"operation": "bulk_unenrol"}}]) == []
    with pytest.raises(InvalidRequest, match=r"^expectations\.0: never\.operation: there is no \"bulk_unenrol\""):
        verify([], [{"never": {"operation": "bulk_unenrol"}}], ["bulk_unenroll"])
