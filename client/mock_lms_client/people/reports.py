"""Reads lists of people: a report (CSV, xlsx, xls), a file of ids, or the ids themselves. Calls nobody.

CSV is UTF-8 or, if it isn't, Windows-1252; UTF-16 with a byte order mark, as Excel's "Unicode text". A comma, semicolon
or tab separates, whichever makes the column's name a cell of one of the first 20 rows: above may stand titles. Of a
workbook it is the only visible sheet that has the column, or the one that is named. A file without the column, of one
value a line or of numbers on one line, is a list. Values in hidden rows are read or skipped as the caller says; without
a word they are an error. Hidden columns are read. Rows are a list of users, never pairs: a column that names courses is
not read, and the caller is told of it.

An id is 1 to 15 digits and begins with none that is 0. `13001.0` is 13001: spreadsheets and pandas write it so. Nothing
else is guessed: `00417`, `13,101`, `1e5`, `-3`, `#N/A` and a formula without a value are errors, all of a file told at
once. Of repeated values the first counts; empty rows are skipped, and so are rows in which only the id is missing (a
total, a note), but each are counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from mock_lms_client.people.report_files import opened
from mock_lms_client.people.sources import Source, Token
from mock_lms_client.people.tables import IS_ERROR, LONGEST, HiddenRows, Unreadable
from mock_lms_client.people.tables import UnusableReport as UnusableReport

Value = TypeVar("Value", int, str)
SHOWN = 5
"""Of what is wrong: how many are told."""

ID = re.compile(r"[1-9][0-9]{0,14}(\.0)?")
CUT = re.compile(r"[0-9]{1,3}([.,'\u2019\s][0-9]{3})+")
ERROR = re.compile(r"#(N/A|N/D|NV|[^\W\d_][^\W_]*(/0)?[!?])|Err:[0-9]{3}")
"""What a spreadsheet that is saved as CSV writes for an error, in whichever language."""


@dataclass(frozen=True)
class People(Generic[Value]):
    """Who is on a list, each once and in its order, and what else was there."""

    values: list[Value]
    where: str
    rows: int
    repeated: int
    empty: int
    without: int
    hidden: int = 0
    hidden_rows: HiddenRows | None = None
    targets: Sequence[str] = ()
    """Columns that name courses or learning plans. Nobody read them."""

    def summary(self, what: str = "ids") -> str:
        """For people: how many, from where, and what was skipped."""
        rows = "row" if self.empty == 1 else "rows"
        without = f", {self.without:,} with other values only" if self.without else ""
        counts = f"{self.repeated:,} repeated, {self.empty:,} {rows} empty{without}"
        if self.hidden:
            were = "left out" if self.hidden_rows == "skip" else "read"
            counts += f", {self.hidden:,} hidden {'row' if self.hidden == 1 else 'rows'} {were}"
        return f"{len(self.values):,} {what} from {self.where}: {counts}"


def read_ids(
    report: str | Path,
    *,
    column: str | None = None,
    sheet: str | None = None,
    hidden_rows: HiddenRows | None = None,
) -> People[int]:
    """The ids in a file, or in a text like `13001,13002`. Raises `UnusableReport`."""
    with opened(report, column=column, sheet=sheet, hidden_rows=hidden_rows) as source:
        return _people(source, _id, "id")


def read_names(
    report: str | Path,
    *,
    column: str | None = None,
    by: Literal["username", "email"] = "username",
    sheet: str | None = None,
    hidden_rows: HiddenRows | None = None,
) -> People[str]:
    """The usernames or e-mail addresses in a file, or in a text like `ana.silva,mei.chen`. Raises `UnusableReport`."""
    with opened(report, column=column, by=by, sheet=sheet, hidden_rows=hidden_rows) as source:
        return _people(source, _name, by)


def _id(token: Token) -> int:
    if ID.fullmatch(token.text):
        return int(token.text.removesuffix(".0"))
    _check_readable(token)
    if CUT.fullmatch(token.text):
        raise ValueError("ids have no separators; format the column as a number without any and save again")
    if re.fullmatch("0[0-9]+", token.text):
        raise ValueError("ids have no leading zeros; if these are usernames say --by username")
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?e\+?[0-9]+|[0-9]{16,}", token.text, re.IGNORECASE):
        raise ValueError("digits of an id are lost; format the column as a number without decimals and save again")
    raise ValueError("an id is 1 to 15 digits")


def _name(token: Token) -> str:
    _check_readable(token)
    match token.cell:
        case float():
            raise ValueError("the sheet holds a number, so zeros may be lost; format the column as text and look")
    return token.text


def _check_readable(token: Token) -> None:
    match token.cell:
        case Unreadable(_, advice):
            raise ValueError(advice)
    if ERROR.fullmatch(token.text):
        raise ValueError(IS_ERROR)


def _people(source: Source, parse: Callable[[Token], Value], what: str) -> People[Value]:
    values: dict[Value, None] = {}
    good = bad = 0
    wrong: list[str] = []
    reasons: dict[str, None] = {}
    for token in source:
        try:
            values[parse(token)] = None
            good += 1
        except ValueError as reason:
            bad += 1
            if bad <= SHOWN:
                said = token.text if isinstance(token.cell, Unreadable) else repr(token.text[:LONGEST])
                wrong.append(f"{source.unit} {token.row} {said}")
            reasons[str(reason)] = None
    if bad:
        more = f" and {bad - SHOWN:,} more" if bad > SHOWN else ""
        raise UnusableReport(f"{source.name}: no {what}: {', '.join(wrong)}{more}; {'; '.join(reasons)}")
    hidden = len(source.hidden)
    if not values:
        but = f" but in {hidden:,} hidden rows" if hidden else ""
        raise UnusableReport(f"there is no {what} in {source.where}{but}")
    return People(
        values=list(values),
        where=source.where,
        rows=source.rows,
        repeated=good - len(values),
        empty=source.empty,
        without=source.without,
        hidden=hidden,
        hidden_rows=source.hidden_rows,
        targets=source.targets,
    )
