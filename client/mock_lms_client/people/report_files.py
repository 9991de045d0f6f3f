"""Opens lists of people, whichever kind of file they come in."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mock_lms_client.people import lists
from mock_lms_client.people.columns import COLUMNS, Wanted, of_text, of_workbook
from mock_lms_client.people.sources import Source
from mock_lms_client.people.tables import LARGEST_FILE, LONGEST, By, HiddenRows, Row, UnusableReport
from mock_lms_client.people.text_files import opened_text

FILES = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls"}
"""What ends so is a file, even if there is none."""

ZIP, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@contextmanager
def opened(
    report: str | Path,
    *,
    column: str | None = None,
    by: By = "id",
    sheet: str | None = None,
    hidden_rows: HiddenRows | None = None,
) -> Iterator[Source]:
    """The values of a list, read as they are asked for. Raises `UnusableReport`, also while they are."""
    if isinstance(report, str) and not _is_file(report):
        values = lists.values(io.StringIO(report, newline=""), by, "")
        numbered = enumerate((text for _, text in values if text), 1)
        known = "the list" if lists.is_numbers(report) else f"the list, as there is no file {report[:LONGEST]!r}"
        yield Source(known, "the list", "value", (Row(number, (text,)) for number, text in numbered))
        return
    path = Path(report)
    wanted = Wanted((column,) if column else COLUMNS[by], by, column is not None, sheet, hidden_rows)
    try:
        with path.open("rb") as file:
            yield _source(file, path.name, wanted)
    except OSError as error:
        raise UnusableReport(f"{path}: {error.strerror or error}") from error
    except csv.Error as error:
        raise UnusableReport(f"{path.name}: {error}: quotes don't match; save it as CSV again") from error


def _is_file(report: str) -> bool:
    if lists.is_numbers(report):
        return False  # a file that is called 13001 is ./13001
    return os.path.exists(report) or os.sep in report or Path(report).suffix.lower() in FILES  # noqa: PTH110 -- a list is too long a name


def _source(file: IO[bytes], name: str, wanted: Wanted) -> Source:
    if not file.seekable():  # <(a command)
        file = io.BytesIO(file.read(LARGEST_FILE + 1))
    if file.seek(0, os.SEEK_END) > LARGEST_FILE:
        raise UnusableReport(f"{name} is larger than {LARGEST_FILE >> 20} MiB; keep the column of ids only")
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if head.startswith(ZIP):
        from mock_lms_client.people import xlsx_files  # noqa: PLC0415 -- only for who brings one

        return of_workbook(xlsx_files.sheets(file, name), name, wanted)
    if head.startswith(COMPOUND):
        from mock_lms_client.people import xls_files  # noqa: PLC0415 -- only for who brings one

        return of_workbook(xls_files.sheets(file, name), name, wanted)
    if not head.strip():
        raise UnusableReport(f"{name} is empty")
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise UnusableReport(f"{name} is HTML or XML, whatever its name says; save it as CSV or xlsx")
    if wanted.sheet is not None:
        raise UnusableReport(f"{name} is no workbook and has no sheets; leave --sheet out")
    return of_text(opened_text(file, name), name, wanted)
