"""Reads lists of people: a report (CSV, xlsx, xls), a file of ids, or the ids themselves. Calls nobody.

CSV is UTF-8 or, if it isn't, Windows-1252; UTF-16 with a byte order mark, as Excel's "Unicode text". A comma, semicolon
or tab separates, whichever makes the column's name a cell of one of the first 20 rows: above may stand titles. Of a
workbook it is the first visible sheet that has the column; rows that a filter hides are read too. A file without the
column, of one value a line or of nothing but numbers, is a list.

An id is 1 to 15 digits and begins with none that is 0. `13001.0` is 13001: spreadsheets and pandas write it so. Nothing
else is guessed: `00417`, `1e5` and `-3` are errors, all of a file told at once. Of repeated values the first counts;
empty rows are skipped, and so are rows in which only the id is missing (a total, a note), but each are counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from mock_lms_client.people.report_files import Source, Token, opened
from mock_lms_client.people.report_files import UnusableReport as UnusableReport

Value = TypeVar("Value", int, str)
SHOWN, LONGEST = 5, 40
"""Of what is wrong: how many, and how much of each."""


@dataclass(frozen=True)
class People(Generic[Value]):
    """Who is on a list, each once and in its order, and what else was there."""

    values: list[Value]
    where: str
    rows: int
    repeated: int
    empty: int
    without: int

    def summary(self, what: str = "ids") -> str:
        """For people: how many, from where, and what was skipped."""
        rows = "row" if self.empty == 1 else "rows"
        without = f", {self.without:,} with other values only" if self.without else ""
        counts = f"{self.repeated:,} repeated, {self.empty:,} {rows} empty{without}"
        return f"{len(self.values):,} {what} from {self.where}: {counts}"


def read_ids(given: str | Path, *, column: str | None = None) -> People[int]:
    """The ids in a file, or in a text like `13001,13002`. Raises `UnusableReport`."""
    with opened(given, column=column) as source:
        return _people(source, _id, "id")


def read_names(
    given: str | Path, *, column: str | None = None, by: Literal["username", "email"] = "username"
) -> People[str]:
    """The usernames or e-mail addresses in a file, or in a text like `ana.silva,mei.chen`. Raises `UnusableReport`."""
    with opened(given, column=column, by=by) as source:
        return _people(source, _name, by)


def _id(token: Token) -> int:
    if re.fullmatch(r"[1-9][0-9]{0,14}(\.0)?", token.text):
        return int(token.text.removesuffix(".0"))
    if re.fullmatch("0[0-9]+", token.text):
        raise ValueError("ids have no leading zeros; if these are usernames say --by username")
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?e\+?[0-9]+|[0-9]{16,}", token.text, re.IGNORECASE):
        raise ValueError("digits of an id are lost; format the column as a number without decimals and save again")
    raise ValueError("an id is 1 to 15 digits")


def _name(token: Token) -> str:
    if token.number:
        raise ValueError("the sheet holds a number, so zeros may be lost; format the column as text and look")
    return token.text


def _people(source: Source, parse: Callable[[Token], Value], what: str) -> People[Value]:
    values: dict[Value, None] = {}
    good = bad = 0
    wrong: list[str] = []
    reasons: dict[str, None] = {}
    for token in source:
        try:
            values[parse(token)] = None
            good += 1
        except ValueError as error:
            bad += 1
            if bad <= SHOWN:
                wrong.append(f"{source.unit} {token.row} {token.text[:LONGEST]!r}")
            reasons[str(error)] = None
    if bad:
        more = f" and {bad - SHOWN:,} more" if bad > SHOWN else ""
        raise UnusableReport(f"{source.name}: no {what}: {', '.join(wrong)}{more}; {'; '.join(reasons)}")
    if not values:
        raise UnusableReport(f"there is no {what} in {source.where}")
    return People(list(values), source.where, source.rows, good - len(values), source.empty, source.without)
