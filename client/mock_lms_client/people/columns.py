"""In which sheet and column of a file the values stand. Where that could be two, it is refused and not guessed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from itertools import islice, takewhile
from typing import NamedTuple

from mock_lms_client.people import lists, text_files
from mock_lms_client.people.sources import Source
from mock_lms_client.people.tables import (
    LONGEST,
    By,
    HiddenRows,
    Row,
    Sheet,
    UnusableReport,
    heading,
    names_a_target,
    text_of,
)

COLUMNS: Mapping[By, tuple[str, ...]] = {
    # not "User ID": in older reports of the vendor's it heads the usernames
    "id": ("User Unique ID", "user_id", "user_ids"),
    "username": ("Username", "User Name"),
    "email": ("Email", "E-mail", "Email Address"),
}
"""The columns that are looked for, the best first; capitals don't matter, and any run of blanks is one."""

HEADER_ROWS = 20
"""The heading stands in one of the first so many."""

SHOWN = 20
"""Of columns and of sheets: how many are named."""


class Wanted(NamedTuple):
    """What is looked for in a file."""

    columns: tuple[str, ...]
    by: By
    told: bool
    """Whether the user named the column."""

    sheet: str | None = None
    hidden_rows: HiddenRows | None = None


class _Header(NamedTuple):
    row: int
    at: int
    names: Sequence[str]
    twice: bool

    @property
    def name(self) -> str:
        return self.names[self.at]


def of_workbook(sheets: Sequence[Sheet], name: str, wanted: Wanted) -> Source:
    """The values in the named sheet, or else in the only visible one with the column. Raises `UnusableReport`."""
    chosen = [sheet for sheet in sheets if sheet.visible]
    if wanted.sheet is not None:
        chosen = _called(wanted.sheet, sheets)
        if not chosen:
            raise UnusableReport(f"there is no sheet {wanted.sheet!r} in {name}, but {_named(sheets)}")
    with_column = [(sheet, header) for sheet in chosen if (header := _search(sheet.rows(None), wanted)[0])]
    if len(with_column) > 1:
        there = _named([sheet for sheet, _ in with_column])
        raise UnusableReport(f"{name}: the column is in the sheets {there}; say which with --sheet NAME")
    if not with_column:
        hidden = [sheet for sheet in sheets if sheet not in chosen and not wanted.sheet]
        hidden = [sheet for sheet in hidden if _search(sheet.rows(None), wanted)[0]]
        if hidden:
            there = f"only in {_named(hidden)}, which is hidden" if len(hidden) == 1 else f"in {_named(hidden)}"
            raise UnusableReport(f"{name}: the column is {there}; to read it all the same say --sheet NAME")
        columns = (_search(sheet.rows(None), wanted)[1] for sheet in chosen)
        raise _missing(name, wanted, max(columns, key=len, default=()))
    ((sheet, header),) = with_column
    of = f"sheet {sheet.name!r} of {name}" if len(sheets) > 1 else name
    body = (row for row in sheet.rows(header.at) if row.number > header.row)
    return _source(name, of, header, body, wanted)


def of_text(text: TextIOWrapper, name: str, wanted: Wanted) -> Source:
    """The values in a CSV's column, or in a list without any. Raises `UnusableReport`."""
    columns: Sequence[str] = []
    for delimiter in text_files.DELIMITERS:
        try:
            header, widest = _search(text_files.rows(text, delimiter, strict=False), wanted)
        except csv.Error:  # a quote that is none with this delimiter
            continue
        if header:
            body = _checked(text_files.rows(text, delimiter, strict=True), header, name)
            source = _source(name, name, header, body, wanted)
            source.file = text
            return source
        columns = max(columns, widest, key=len)
    text.seek(0)
    if wanted.told or not all(map(lists.is_list, islice(text, HEADER_ROWS))):
        raise _missing(name, wanted, columns)
    text.seek(0)
    values = lists.values(text, wanted.by, name)
    return Source(name, name, "line", (Row(number, (value,)) for number, value in values), file=text)


def _search(rows: Iterable[Row], wanted: Wanted) -> tuple[_Header | None, Sequence[str]]:
    """The header, or what may be meant by it: the first of the widest rows."""
    columns = [heading(name).casefold() for name in wanted.columns]
    widest: Sequence[str] = []
    for number, cells, _ in takewhile(lambda row: row.number <= HEADER_ROWS, rows):
        names = [heading(name) for name in cells]
        folded = [name.casefold() for name in names]
        for column in columns:
            if column in folded:
                return _Header(number, folded.index(column), names, folded.count(column) > 1), widest
        widest = max(widest, [name for name in names if name], key=len)
    return None, widest


def _source(name: str, of: str, header: _Header, body: Iterator[Row], wanted: Wanted) -> Source:
    if header.twice:
        raise UnusableReport(f"{of} has more than one column {header.name!r}; rename all but one")
    targets = [name for name in header.names if names_a_target(name)]
    where = f"column {header.name!r} of {of}"
    return Source(name, where, "row", body, header.at, header.row, wanted.hidden_rows, targets)


def _checked(rows: Iterable[Row], header: _Header, name: str) -> Iterator[Row]:
    """The rows below, where no value stands to the right of all headings: that shifted it, and maybe others."""
    width = max(at for at, name in enumerate(header.names, 1) if name)
    for row in rows:
        if row.number > header.row:
            if len(row.cells) > width and any(map(text_of, row.cells[width:])):
                line = f"{name}: row {row.number} has more cells than the heading; put quotes around its values"
                raise UnusableReport(line)
            yield row


def _missing(name: str, wanted: Wanted, columns: Sequence[str]) -> UnusableReport:
    there = ", ".join(repr(column[:LONGEST]) for column in columns[:SHOWN]) or "none at all"
    message = f"no column {heading(wanted.columns[0])!r} in the first {HEADER_ROWS} rows of {name}"
    return UnusableReport(f"there is {message}, but {there}; say which with --column NAME")


def _called(name: str, sheets: Sequence[Sheet]) -> list[Sheet]:
    """Excel takes no two sheets whose names differ in capitals only; others may."""
    exact = [sheet for sheet in sheets if sheet.name == name]
    return exact or [sheet for sheet in sheets if heading(sheet.name).casefold() == heading(name).casefold()]


def _named(sheets: Sequence[Sheet]) -> str:
    names = [repr(sheet.name[:LONGEST]) for sheet in sheets[:SHOWN]]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "none at all"
