"""Moments as programs and spreadsheets write them, made the text that is stored: `YYYY-MM-DD HH:MM:SS`, UTC.

Sources: docebo-api.md 1 and 2.8; what-clients-call.md 2.6.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_LOOSE = re.compile(
    r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?)?",
    re.ASCII,
)


@lru_cache(maxsize=4096)  # a thousand rows share a few moments
def moment_of(text: str, zone: tzinfo = UTC) -> str | None:
    """The moment of `2025-03-23`, `2025/3/23 8:00`, `2025-03-23T08:00:00+01:00`; None for what is none.

    A text that names no offset of its own is the time of day in `zone`.
    """
    parts = _LOOSE.fullmatch(text)
    if parts is None:
        return None
    year, _, month, day, hour, minute, second, sign, hours, minutes = parts.groups()
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if offset >= timedelta(days=1):
            return None
        zone = timezone(-offset if sign == "-" else offset)
    elif text.endswith("Z"):
        zone = UTC
    try:
        local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), 0, zone)
        return local.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def zone_of(name: str) -> tzinfo | None:
    """The time zone of this name, such as `Europe/Rome`; None where there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # not a key of the database; a directory of it; one that is not there
        return None
