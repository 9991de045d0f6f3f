"""The commands of `mock-lms-client`, one a file. `mock_lms_client.__main__` puts them together."""

from __future__ import annotations

import unicodedata


def clean(text: object) -> str:
    """The text with its control characters escaped: a name comes from the server and may hold anything."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(text))


def width(text: str) -> int:
    """The columns that a terminal shows it in."""
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)
