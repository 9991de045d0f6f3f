"""What a file of people becomes, whichever its kind: sheets of rows of cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

By = Literal["id", "username", "email"]
HiddenRows = Literal["read", "skip"]

LARGEST_FILE = 64 << 20
MOST_ROWS = 1_000_000
"""Rows that hold something."""

MOST_LINES = 1 << 21
"""With the empty ones, of which a spreadsheet may write a million."""

LONGEST = 40
"""Characters of somebody else's text in a message."""

INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200e\u200f\u2060\u00ad"))
BLANKS = "\ufeff\u200b\u200e\u200f\u2060\u00ad \t\r\n\v\f\u00a0\u2007\u2009\u202f"
"""What may stand around a value without being part of it."""


class UnusableReport(ValueError):
    """What is wrong with a list, and what to do; one line."""


class Unreadable(NamedTuple):
    """What a cell shows that holds no value: an error, a formula that nobody calculated, a date."""

    said: str
    """What follows "row 3" in a message."""

    advice: str


Cell: TypeAlias = str | float | Unreadable


IS_ERROR = "that is an error of the spreadsheet; mend it, or take the row out"


def error(shown: str) -> Unreadable:
    """A cell with the spreadsheet's word for an error, such as #N/A."""
    return Unreadable(repr(shown[:LONGEST]), IS_ERROR)


FORMULA = Unreadable("holds a formula that was never calculated", "open the file, save it again")
DATE = Unreadable("holds a date", "format the column as a number, or as text where it holds names, and look")
LOGICAL = Unreadable("holds TRUE or FALSE", "that is neither an id nor a name")


class Row(NamedTuple):
    """A row that holds something; its number is the one that a spreadsheet shows."""

    number: int
    cells: Sequence[Cell]
    hidden: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table in a workbook. `rows` reads it from the top, each time it is called.

    It may be told which column is wanted: once that holds something, the rest of the row may be left out.
    """

    name: str
    visible: bool
    rows: Callable[[int | None], Iterator[Row]]


def text_of(cell: Cell) -> str:
    """A cell's value as it is written: 13001 and not 13001.0."""
    if isinstance(cell, str):
        return cell.strip(BLANKS)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1 << 53 else str(cell)
    return cell.said


def heading(cell: Cell) -> str:
    """A heading as people see it: a line break, a no-break space and two blanks all look like one blank."""
    if isinstance(cell, Unreadable):
        return ""
    return " ".join(unicodedata.normalize("NFC", text_of(cell)).translate(INVISIBLE).split())


TARGET = re.compile(
    r"(id )?(course|training|(learning ?|training )?plan|learning path|lp)s?"
    r"( (unique |internal |external )?(ids?|uid|codes?|names?|titles?))?"
)


def names_a_target(column: str) -> bool:
    """Whether a column of that heading says which course or learning plan a row is about."""
    return bool(TARGET.fullmatch(re.sub(r"[\s_.-]+", " ", column.casefold())))
