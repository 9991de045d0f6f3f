"""What counts as a moment."""

from __future__ import annotations

import pytest

from mock_lms.domain.values import is_date_time


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01 00:00:00",
        "2026-12-31 23:59:59",
        "2024-02-29 12:00:00",
        "2026-04-30 12:00:00",
        "1900-02-28 12:00:00",
    ],
)
def test_a_moment_on_a_day_that_there_is(text: str) -> None:
    assert is_date_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T12:00:00",
        " 2026-03-01 12:00:00",
        "2026-03-01 12:00:00Z",
        "2026-03-01 24:00:00",
        "2026-03-01 12:60:00",
        "2026-13-01 12:00:00",
        "2026-00-01 12:00:00",
        "2026-03-00 12:00:00",
        "2026-03-32 12:00:00",
        "2026-04-31 12:00:00",
        "2026-02-29 12:00:00",
        "1900-02-29 12:00:00",
    ],
)
def test_no_moment_in_another_form_or_on_a_day_that_there_is_not(text: str) -> None:
    assert not is_date_time(text)
