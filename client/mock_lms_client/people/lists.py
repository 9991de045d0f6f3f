"""Lists without a heading: one value a line, or all on one line. What may be a table or a cut number is refused.

A column that is copied out of a spreadsheet comes as it is shown: 13101 as `13,101`, or as `13 101` with any of several
blanks. Cut at what looks like a separator it would be the ids of two other people. So would a table of user and course.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mock_lms_client.people.tables import BLANKS, LONGEST, By, UnusableReport

# no-break and thin blanks are for no list to separate with: they stand inside a number
SEPARATORS = {"id": r"[,;\s]+", "username": r"[,;\t\r\n]+", "email": r"[,;\t\r\n]+"}
FIELDS = {"id": " *[,;\t] *| +", "username": "[,;\t]", "email": "[,;\t]"}
CUT = re.compile(r"(?<![0-9])[0-9]{1,3}[, ][0-9]{3}(?![0-9])")
LONG = re.compile(r"[0-9]{4}")
BLOCK = 1000
"""Lines of so many are no table: `ids report --comma` prints them."""


def is_numbers(text: str) -> bool:
    """Whether there is nothing but digits, blanks and separators."""
    return not re.search(r"[^0-9\s,;]", text)


def is_list(line: str) -> bool:
    """Whether a line may be one of a list: numbers, or a single value."""
    line = line.strip(BLANKS + ",;")
    return is_numbers(line) or not re.search("[,;\t]", line)


def values(lines: Iterable[str], by: By, name: str) -> Iterator[tuple[int, str]]:
    """Each value with its line's number, and "" for a line without any. Raises `UnusableReport`, also while it yields.

    `name` is the file's; without one it is what somebody typed.
    """
    most, first, so_many, several = 1, "", 0, False
    for number, line in enumerate(lines, 1):
        text = line.strip(BLANKS)
        pieces = [piece for part in re.split(SEPARATORS[by], text, flags=re.ASCII) if (piece := part.strip(BLANKS))]
        if is_numbers(text):
            _check_uncut(text, pieces, f"{name}: line {number}" if name else "the list:")
        if pieces != [text]:
            fields = len(re.split(FIELDS[by], text)) if text else 0
            if fields > most:
                most, first, so_many = fields, f"line {number} {text[:LONGEST]!r}", 0
            so_many += fields == most
            several = several or len(pieces) > 1
        for piece in pieces or [""]:
            yield number, piece
    if several and so_many > 1 and most != BLOCK:
        raise UnusableReport(
            f"{name or 'the list'}: {first} has {most} columns, and so have others: a table needs a heading; "
            f"give it one, or write one {by} a line"
        )


def _check_uncut(text: str, pieces: Iterable[str], where: str) -> None:
    shown = f"{where} {text[:LONGEST]!r}"
    if any(not piece.isdigit() for piece in pieces):  # an unusual blank in it
        raise UnusableReport(
            f"{shown} may be one number or two, as blanks stand in numbers; format the column without separators, or "
            "give a heading"
        )
    # who writes 13001 does not write 13,101
    if CUT.search(text) and not LONG.search(text):
        raise UnusableReport(
            f"{shown} may be one number or two; format the column without separators, or give a heading, or where "
            "these are ids of three digits write them as '101, 102'"
        )
