"""Opens lists of people: which kind of file it is, in which encoding, and in which column the values stand."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

By = Literal["id", "username", "email"]

COLUMNS: Mapping[By, tuple[str, ...]] = {
    # not "User ID": in older reports of the vendor's it heads the usernames
    "id": ("User Unique ID", "user_id", "user_ids"),
    "username": ("Username", "User Name"),
    "email": ("Email", "E-mail", "Email Address"),
}
"""The columns that are looked for, the best first; capitals and blanks around don't matter."""

LARGEST_FILE, LARGEST_UNPACKED = 64 << 20, 512 << 20
MOST_ROWS, MOST_CELLS = 1_000_000, 20_000_000
HEADER_ROWS, LONGEST = 20, 40
FILES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"}
"""What ends so is a file, even if there is none."""

ZIP, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BLANKS = "\ufeff\u200b \t\r\n\v\f\xa0"


class UnusableReport(ValueError):
    """What is wrong with a list, and what to do; one line."""


class Token(NamedTuple):
    """A value as it is written, and where: the row's number is the one that a spreadsheet shows."""

    row: int
    text: str
    number: bool = False
    """Whether a spreadsheet holds it as one, and so may have dropped zeros."""


Rows = Iterator[tuple[int, Sequence[Any]]]


@dataclass
class Source:
    """Where values stand. Iterate once; what it counts is known afterwards."""

    name: str
    where: str
    unit: str
    cells: Iterable[tuple[int, Any, Sequence[Any]]]
    """The row's number, the cell, and all of the row."""

    file: object = None
    """What closes the file when it goes."""

    rows: int = 0
    empty: int = 0
    without: int = 0

    def __iter__(self) -> Iterator[Token]:
        for row, cell, others in self.cells:
            self.rows += 1
            if self.rows > MOST_ROWS:
                raise UnusableReport(f"{self.name} has more than {MOST_ROWS:,} rows; split it")
            if text := _text(cell):
                yield Token(row, text, isinstance(cell, (int, float)))
            elif any(map(_text, others)):
                self.without += 1
            else:
                self.empty += 1


@contextmanager
def opened(given: str | Path, *, column: str | None = None, by: By = "id") -> Iterator[Source]:
    """The values of a list, read as they are asked for. Raises `UnusableReport`, also while they are."""
    if isinstance(given, str) and not _is_file(given):
        pieces = [each.strip(BLANKS) for each in re.split(_separators(by), given)]
        cells = [(number, each, ()) for number, each in enumerate(filter(None, pieces), 1)]
        known = "the list" if _is_numbers(given) else f"the list, as there is no file {given[:LONGEST]!r}"
        yield Source(known, "the list", "value", cells)
        return
    path = Path(given)
    try:
        with path.open("rb") as file:
            yield _source(file, path.name, _Wanted((column,) if column else COLUMNS[by], by, column is not None))
    except OSError as error:
        raise UnusableReport(f"{path}: {error.strerror or error}") from error
    except csv.Error as error:
        raise UnusableReport(f"{path.name}: {error}: quotes don't match; save it as CSV again") from error


def _is_file(given: str) -> bool:
    if _is_numbers(given):
        return False  # a file that is called 13001 is ./13001
    return os.path.exists(given) or os.sep in given or Path(given).suffix.lower() in FILES  # noqa: PTH110 -- a list is too long a name


def _is_numbers(text: str) -> bool:
    return not re.search(r"[^0-9\s,;]", text)


def _separators(by: By) -> str:
    return r"[,;\s]+" if by == "id" else r"[,;\t\r\n]+"  # names may hold blanks


class _Wanted(NamedTuple):
    columns: tuple[str, ...]
    by: By
    told: bool
    """Whether the user named the column."""


class _Header(NamedTuple):
    row: int
    at: int
    width: int
    name: str


def _source(file: IO[bytes], name: str, wanted: _Wanted) -> Source:
    if not file.seekable():  # <(a command)
        file = io.BytesIO(file.read(LARGEST_FILE + 1))
    if file.seek(0, os.SEEK_END) > LARGEST_FILE:
        raise UnusableReport(f"{name} is larger than {LARGEST_FILE >> 20} MiB; keep the column of ids only")
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if head.startswith((ZIP, COMPOUND)):
        return _workbook(file, name, wanted)
    if not head.strip():
        raise UnusableReport(f"{name} is empty")
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise UnusableReport(f"{name} is HTML or XML, whatever its name says; save it as CSV or xlsx")
    return _text_file(file, name, wanted)


def _search(rows: Rows, wanted: _Wanted, name: str) -> tuple[_Header | None, list[str]]:
    """The header, or what may be meant by it: the first of the widest rows."""
    widest: list[str] = []
    for number, cells in islice(rows, HEADER_ROWS):
        names = [_text(each) for each in cells]
        folded = [each.casefold() for each in names]
        for column in wanted.columns:
            same = [at for at, each in enumerate(folded) if each == column.strip(BLANKS).casefold()]
            if len(same) > 1:
                raise UnusableReport(f"{name} has more than one column {column!r}; rename all but one")
            if same:
                return _Header(number, same[0], len(cells), names[same[0]]), widest
        widest = max(widest, [each for each in names if each], key=len)
    return None, widest


def _missing(name: str, wanted: _Wanted, columns: Sequence[str]) -> UnusableReport:
    there = ", ".join(repr(each[:LONGEST]) for each in columns[:HEADER_ROWS]) or "none at all"
    asked = f"no column {wanted.columns[0]!r} in the first {HEADER_ROWS} rows of {name}"
    return UnusableReport(f"there is {asked}, but {there}; say which with --column NAME")


def _cells(rows: Rows, header: _Header, name: str) -> Iterator[tuple[int, Any, Sequence[Any]]]:
    for number, row in rows:
        if len(row) > header.width and any(row[header.width :]):
            raise UnusableReport(f"{name}: row {number} has more cells than the heading; put quotes around its values")
        yield number, row[header.at] if header.at < len(row) else "", row


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell.strip(BLANKS)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53:
        return str(int(cell))
    return "" if cell is None else str(cell)


# --- kinds of files


def _text_file(file: IO[bytes], name: str, wanted: _Wanted) -> Source:
    text = io.TextIOWrapper(file, _encoding(file, name), newline="")

    def rows(delimiter: str, *, strict: bool) -> Rows:
        text.seek(0)
        return enumerate(csv.reader(text, delimiter=delimiter, strict=strict), 1)

    columns: list[str] = []
    for delimiter in ",;\t":
        try:
            header, widest = _search(rows(delimiter, strict=False), wanted, name)
        except csv.Error:  # a quote that is none with this delimiter
            continue
        if header:
            body = islice(rows(delimiter, strict=True), header.row, None)
            return Source(name, f"column {header.name!r} of {name}", "row", _cells(body, header, name), text)
        columns = max(columns, widest, key=len)
    text.seek(0)
    trimmed = [line.strip(BLANKS + ",;") for line in islice(text, HEADER_ROWS)]
    if wanted.told or not all(_is_numbers(each) or not re.search("[,;\t]", each) for each in trimmed):
        raise _missing(name, wanted, columns)
    text.seek(0)
    return Source(name, name, "line", _pieces(text, wanted.by), text)


def _pieces(lines: Iterable[str], by: By) -> Iterator[tuple[int, str, tuple[()]]]:
    for number, line in enumerate(lines, 1):
        pieces = [each for each in re.split(_separators(by), line.strip(BLANKS)) if each]
        for piece in pieces or [""]:
            yield number, piece, ()


def _encoding(file: IO[bytes], name: str) -> str:
    bom = file.read(2)
    for encoding in ["utf-16"] if bom in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else ["utf-8-sig", "cp1252"]:
        file.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while chunk := file.read(1 << 20):
                if "\0" in decoder.decode(chunk):
                    raise UnusableReport(f"{name} is neither text nor a workbook; save it as CSV or xlsx")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        file.seek(0)
        return encoding
    raise UnusableReport(f"{name} is not UTF-8, nor UTF-16, nor Windows-1252; save it as CSV UTF-8")


def _workbook(file: IO[bytes], name: str, wanted: _Wanted) -> Source:
    import python_calamine as calamine  # noqa: PLC0415 -- --help need not wait for it

    _check_size(file, name)
    try:
        book = calamine.CalamineWorkbook.from_filelike(file)
        columns: list[str] = []
        for sheet in book.sheets_metadata:
            if sheet.visible != calamine.SheetVisibleEnum.Visible or sheet.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            table = book.get_sheet_by_name(sheet.name)
            header, widest = _search(enumerate(table.iter_rows(), 1), wanted, name)
            if header:
                of = f"sheet {sheet.name!r} of {name}" if len(book.sheet_names) > 1 else name
                body = islice(enumerate(table.iter_rows(), 1), header.row, None)
                return Source(name, f"column {header.name!r} of {of}", "row", _cells(body, header, name))
            columns = max(columns, widest, key=len)
    except calamine.CalamineError as error:
        raise UnusableReport(f"{name} is broken ({error}); open it and save it again") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # Rust's, which is no Exception
            raise
        raise UnusableReport(f"{name} is broken; open it and save it again") from error
    raise _missing(name, wanted, columns)


def _check_size(file: IO[bytes], name: str) -> None:
    """Raises `UnusableReport`: where memory is short, calamine ends the process, and of a password it says nothing."""
    head = file.read(len(COMPOUND))
    file.seek(0)
    if head == COMPOUND:  # an xls, or what Office makes of an xlsx that is encrypted
        if "EncryptedPackage".encode("utf-16-le") in file.read():
            raise UnusableReport(f"{name} is protected by a password; save it without")
        file.seek(0)
        return
    try:
        with zipfile.ZipFile(file) as packed:
            members = packed.infolist()
            if not any(each.filename.endswith("workbook.xml") for each in members):
                raise UnusableReport(f"{name} is a zip file and no xlsx; save it as CSV or xlsx")
            sheets = [each for each in members if "worksheets/" in each.filename]
            unpacked = sum(each.file_size for each in members)
            if unpacked > LARGEST_UNPACKED or any(_cells_of(packed.open(each)) > MOST_CELLS for each in sheets):
                raise UnusableReport(f"{name} is too large for a workbook; save the sheet as CSV")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnusableReport(f"{name} is broken ({error}); open it and save it again") from error
    file.seek(0)


def _cells_of(sheet: IO[bytes]) -> int:
    """How many cells calamine would make of it: all up to the last row and the last column."""
    rows, columns, rest = 0, {b""}, b""
    with sheet:
        while chunk := sheet.read(1 << 20):
            chunk = rest + chunk
            columns.update(re.findall(rb'\br="([A-Z]{1,3})[0-9]+"', chunk))
            rows = max(rows, max(map(int, re.findall(rb'<row [^>]*?\br="([0-9]{1,7})"', chunk)), default=0))
            rest = chunk[-200:]
    last = 0
    for letter in max(columns, key=lambda each: (len(each), each)):
        last = last * 26 + letter - ord("A") + 1
    return rows * last
