"""Date-times as programs write them, made into the vendor's form: `YYYY-MM-DD HH:MM:SS`, UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_DATE = (
    r"(([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])))"
    r"|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)"
)
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_OFFSET = r"(Z|[+ -]([01][0-9]|2[0-3]):?[0-5][0-9])"

VENDOR_FORM = re.compile(rf"{_DATE}( {_CLOCK}:[0-5][0-9])?")
"""A date that exists, with or without a time of day."""

ISO_FORM = re.compile(rf"{_DATE}([ T]{_CLOCK}(:[0-5][0-9](\.[0-9]{{1,9}})?)?{_OFFSET}?)?")
"""The same and, beyond it, ISO 8601: `T`, no seconds or fractions of them, and an offset.

A space is a `+` that was not encoded in a URL.
"""

_SIGN = re.compile("([+ -])")
_DATE_LENGTH = len("2026-03-01")


def in_utc(text: str) -> str:
    """The moment, which `ISO_FORM` matches, in the vendor's form. A date is its midnight; fractions are dropped."""
    if len(text) == _DATE_LENGTH:
        return f"{text} 00:00:00"
    date, after = text[:_DATE_LENGTH], text[_DATE_LENGTH + 1 :]
    clock, *signed = _SIGN.split(after.removesuffix("Z"))
    written = f"{date} {clock[:5]}:{clock[6:8] or '00'}"
    if not signed:
        return written
    sign, offset = signed
    delta = timedelta(hours=int(offset[:2]), minutes=int(offset[-2:]))
    try:
        moment = datetime.fromisoformat(written)
        return (moment + delta if sign == "-" else moment - delta).isoformat(" ")
    except (ValueError, OverflowError):  # the year 0, or one before or after all that Python counts
        return written
