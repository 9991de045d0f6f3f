"""Workbooks as zip files: which sheets there are, whether they are hidden, and the parts that cells refer to."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import IO
from xml.parsers import expat

from mock_lms_client.people.tables import Row, Sheet, UnusableReport
from mock_lms_client.people.xlsx_sheets import rows_of
from mock_lms_client.people.xlsx_xml import Attributes, parse, unescaped

LARGEST_UNPACKED, LARGEST_STRINGS = 512 << 20, 128 << 20
MOST_PARTS = 10_000
LARGE, MOST_SHRUNK = 64 << 20, 200
"""A part that is larger, and so many times as large as what is packed, is a bomb: sheets shrink to a tenth."""

DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Formats of dates and times that every workbook has."""


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turns whatever is wrong with a workbook's insides into `UnusableReport`."""
    try:
        yield
    except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnusableReport(f"{name} is broken ({error}); open it and save it again") from error
    except (ArithmeticError, LookupError, UnicodeError, ValueError) as error:
        if isinstance(error, UnusableReport):
            raise
        raise UnusableReport(f"{name} is broken; open it and save it again") from error


def sheets(file: IO[bytes], name: str) -> list[Sheet]:
    """The worksheets in their order. Raises `UnusableReport`, also while rows are read."""
    with readable(name):
        book = _Book(file, name)
        return [Sheet(title, visible, partial(book.rows, part)) for title, visible, part in book.sheets()]


class _Book:
    def __init__(self, file: IO[bytes], name: str) -> None:
        self.name = name
        self.packed = zipfile.ZipFile(file)
        members = self.packed.infolist()
        # what writes backslashes or other capitals is read by Excel, too
        self.parts = {member.filename.replace("\\", "/").lower(): member for member in members}
        if not any(member.endswith("workbook.xml") for member in self.parts):
            raise UnusableReport(f"{name} is a zip file and no xlsx; save it as CSV or xlsx")
        if len(members) > MOST_PARTS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
            raise self.too_large()
        if any(member.file_size > max(LARGE, MOST_SHRUNK * member.compress_size) for member in members):
            raise self.too_large()
        if any(member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for member in members):
            raise UnusableReport(f"{name} is packed as no spreadsheet packs it; open it and save it again")
        kinds = self._related("")
        self.workbook = next((part for kind, part in kinds.values() if kind == "officeDocument"), "xl/workbook.xml")
        self.related = self._related(self.workbook)

    def too_large(self) -> UnusableReport:
        return UnusableReport(f"{self.name} is too large for a workbook; save the sheet as CSV")

    def open(self, part: str) -> IO[bytes]:
        return self.packed.open(self.parts[part.lower()])

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """By id, what a part refers to: the last word of its kind, and the other part's name."""
        folder, file = posixpath.split(part)
        related: dict[str, tuple[str, str]] = {}

        def start(element: str, attributes: Attributes) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.join("/", folder, attributes["Target"].replace("\\", "/"))
                kind = attributes["Type"].rpartition("/")[2]
                related[attributes["Id"]] = kind, posixpath.normpath(target).lstrip("/")

        relations = posixpath.join(folder, "_rels", f"{file}.rels")
        if relations.lower() in self.parts:
            with self.open(relations) as packed:
                parse(packed, start)
        return related

    def sheets(self) -> list[tuple[str, bool, str]]:
        """Of each worksheet its name, whether it is to be seen, and its part. Charts and macros are none."""
        sheets = []

        def start(element: str, attributes: Attributes) -> None:
            if element == "sheet":
                reference = next((value for name, value in attributes.items() if name.endswith(" id")), "")
                kind, part = self.related[reference]
                if kind == "worksheet":
                    name = unescaped(attributes["name"])
                    sheets.append((name, attributes.get("state", "visible") == "visible", part))

        with self.open(self.workbook) as packed:
            parse(packed, start)
        return sheets

    def _part(self, kind: str) -> str | None:
        return next((part for kind_of_part, part in self.related.values() if kind_of_part == kind), None)

    @cached_property
    def strings(self) -> list[str]:
        """The texts that cells refer to by number."""
        strings: list[str] = []
        pieces: list[str] = []
        phonetic = False

        def start(element: str, _: Attributes) -> None:
            nonlocal phonetic
            if element == "si":
                pieces.clear()
            elif element == "rPh":  # how it is pronounced
                phonetic = True

        def end(element: str, text: str) -> None:
            nonlocal phonetic
            if element == "t" and not phonetic:
                pieces.append(text)
            elif element == "rPh":
                phonetic = False
            elif element == "si":
                strings.append(unescaped("".join(pieces)))

        if part := self._part("sharedStrings"):
            if self.parts[part.lower()].file_size > LARGEST_STRINGS:
                raise self.too_large()
            with self.open(part) as packed:
                parse(packed, start, end)
        return strings

    @cached_property
    def dates(self) -> set[str]:
        """The styles, by what cells call them, that show a number as a date or a time."""
        codes: dict[str, str] = {}
        formats: list[str] = []
        inside = False

        def start(element: str, attributes: Attributes) -> None:
            nonlocal inside
            if element == "numFmt":
                codes[attributes["numFmtId"]] = attributes["formatCode"]
            elif element == "cellXfs":
                inside = True
            elif element == "xf" and inside:
                formats.append(attributes.get("numFmtId", "0"))

        def end(element: str, _: str) -> None:
            nonlocal inside
            if element == "cellXfs":
                inside = False

        if part := self._part("styles"):
            with self.open(part) as packed:
                parse(packed, start, end)
        return {
            str(at)
            for at, number in enumerate(formats)
            if (_is_date(codes[number]) if number in codes else int(number) in DATES)
        }

    def rows(self, part: str, at: int | None) -> Iterator[Row]:
        """Of a sheet. Raises `UnusableReport`."""
        with readable(self.name), self.open(part) as packed:
            yield from rows_of(packed, self.strings, self.dates, at, self.too_large)


def _is_date(code: str) -> bool:
    """Whether a format's code has a letter of a date outside quotes, colors and conditions."""
    bare = re.sub(r'"[^"]*"?|\\.|[_*].|\[(?![hms]+\])[^\]]*\]?', "", code, flags=re.IGNORECASE | re.DOTALL)
    return bool(re.search("[ymdhs]", bare, re.IGNORECASE))
