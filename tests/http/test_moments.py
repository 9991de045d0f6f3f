"""Moments become the vendor's form, whatever the form they come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_lms.http.moments import ISO_FORM, VENDOR_FORM, in_utc

OFFSETS = st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)).map(
    lambda delta: timezone(timedelta(minutes=delta // timedelta(minutes=1)))
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-12-01", "2026-12-01 00:00:00"),
        ("2026-12-01 10:20:30", "2026-12-01 10:20:30"),
        ("2026-12-01T10:20:30", "2026-12-01 10:20:30"),
        ("2026-12-01T10:20:30Z", "2026-12-01 10:20:30"),
        ("2026-12-01T10:20:30.123Z", "2026-12-01 10:20:30"),
        ("2026-12-01T10:20Z", "2026-12-01 10:20:00"),
        ("2026-12-01T00:00:00+00:00", "2026-12-01 00:00:00"),
        ("2026-12-01T00:30:00+02:00", "2026-11-30 22:30:00"),
        ("2026-12-01T00:30:00 02:00", "2026-11-30 22:30:00"),  # a + that a URL made a space
        ("2026-12-31T23:00:00-0130", "2027-01-01 00:30:00"),
        ("2024-02-28 23:59:59-00:01", "2024-02-29 00:00:59"),
        ("0001-01-01T00:00:00+01:00", "0001-01-01 00:00:00"),  # Python knows no year before
        ("9999-12-31T23:59:59-01:00", "9999-12-31 23:59:59"),
        ("0000-02-29T12:00:00+01:00", "0000-02-29 12:00:00"),
    ],
)
def test_a_moment_becomes_the_vendors_form_in_utc(written: str, expected: str) -> None:
    assert ISO_FORM.fullmatch(written)
    assert in_utc(written) == expected


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-29T00:00:00Z", "2026-12-01T24:00:00Z", "2026-12-01T10:60:00Z", "2026-12-01T10:00:60Z",
        "2026-12-01T10:00:00+24:00", "2026-12-01T10:00:00+2:00", "2026-12-01T", "2026-12-01Z", "20261201T100000Z",
        "2026-12-01T10Z", "2026-12-01T10:00:00.Z", "2026-12-01t10:00:00z", "2026-W49-2", "2026-12-01T10:00:00+02:00Z",
        "10:00:00", "now", "",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_none(written: str) -> None:
    assert not ISO_FORM.fullmatch(written)


@given(st.datetimes(timezones=OFFSETS).filter(lambda moment: 1 < moment.year < 9999), st.sampled_from([" ", "T"]))
def test_what_python_writes_is_read_as_the_same_moment(moment: datetime, separator: str) -> None:
    written = moment.isoformat(separator)
    if moment.microsecond:
        written = moment.isoformat(separator, timespec="milliseconds")
    assert ISO_FORM.fullmatch(written)
    expected = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    assert in_utc(written) == expected.isoformat(" ")


@given(st.from_regex(ISO_FORM, fullmatch=True))
def test_whatever_is_taken_comes_out_in_the_vendors_form(written: str) -> None:
    assert VENDOR_FORM.fullmatch(in_utc(written))


@given(st.datetimes().map(lambda moment: moment.replace(microsecond=0)))
def test_the_vendors_form_is_taken_as_it_is(moment: datetime) -> None:
    written = moment.isoformat(" ")
    assert VENDOR_FORM.fullmatch(written)
    assert in_utc(written) == written
