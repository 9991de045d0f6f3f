"""The files that reports are: CSV or xlsx, made row by row, so that a million of them take no more memory than one."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

PIECE = 256 * 1024
"""Bytes of a piece, about."""

TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
"""By the name of the format, what its files are of."""

MOST_ROWS = 1_048_575
"""Rows that a sheet of xlsx has below its heading."""


def csv_pieces(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark, by which Excel knows it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write("\ufeff")
    writer.writerow(heading)
    for row in rows:
        writer.writerow(row)
        if text.tell() >= PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def xlsx_pieces(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A workbook of one sheet. What does not fit on it is left out; `MOST_ROWS` do."""
    from xlsxwriter import Workbook  # noqa: PLC0415 -- only who exports one has to wait for it

    with tempfile.TemporaryDirectory(prefix="mock-lms-") as folder:
        path = Path(folder) / "report.xlsx"
        # texts stay texts: a name that begins with = is no formula, and an address is no link
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        with Workbook(str(path), options) as workbook:
            sheet = workbook.add_worksheet("Report")
            sheet.write_row(0, 0, heading)
            for number, row in enumerate(rows, 1):
                if number <= MOST_ROWS:
                    sheet.write_row(number, 0, row)
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


PIECES = {"csv": csv_pieces, "xlsx": xlsx_pieces}
