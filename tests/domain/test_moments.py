"""Moments as programs write them."""

from __future__ import annotations

from datetime import UTC

import pytest

from mock_lms.domain.moments import moment_of, zone_of


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-03-23", "2025-03-23 00:00:00"),
        ("2025/3/23", "2025-03-23 00:00:00"),
        ("2025-03-23 08:30", "2025-03-23 08:30:00"),
        ("2025-03-23T08:30:15Z", "2025-03-23 08:30:15"),
        ("2025-03-23T08:30:15.999999Z", "2025-03-23 08:30:15"),
        ("2025-03-23T00:30:00+05:30", "2025-03-22 19:00:00"),
        ("2025-12-31T23:30:00-0100", "2026-01-01 00:30:00"),
        ("0033-03-23", "0033-03-23 00:00:00"),
    ],
)
def test_a_moment_is_made_utc(text: str, moment: str) -> None:
    assert moment_of(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "23/3/2025", "2025-03", "2025-3/23", "2025-02-30", "2025-13-01", "0000-00-00", "2025-03-23 24:00",
        "2025-03-23T08:30:00+25:00", "2025-03-23 08:30:00 Z", "٢٠٢٥-03-23", "0001-01-01T00:00:00+12:00",
        "9999-12-31T23:59:59-12:00",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_none(text: str) -> None:
    assert moment_of(text) is None


def test_a_zone_concerns_what_names_no_offset_of_its_own() -> None:
    rome = zone_of("Europe/Rome")
    assert rome is not None
    assert moment_of("2025-07-01 12:00", rome) == "2025-07-01 10:00:00"
    assert moment_of("2025-01-01 12:00", rome) == "2025-01-01 11:00:00"
    assert moment_of("2025-07-01T12:00:00Z", rome) == moment_of("2025-07-01 12:00", UTC) == "2025-07-01 12:00:00"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "/etc/passwd", "../UTC", "Europe", "a\0b", "x" * 5_000])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert zone_of(name) is None
