"""Workbooks as Excel wrote them until 2003."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from mock_lms_client.people.tables import DATE, LOGICAL, Cell, Row, Sheet, Unreadable, UnusableReport, error, text_of

EMPTY = Unreadable(
    "holds a formula that was never calculated, or whose value is empty",
    "xls does not tell which; open the file, and save it again as xlsx",
)


def sheets(file: IO[bytes], name: str) -> list[Sheet]:
    """The worksheets in their order. Raises `UnusableReport`."""
    import xlrd  # noqa: PLC0415 -- --help need not wait for it

    contents = file.read()
    if "EncryptedPackage".encode("utf-16-le") in contents:  # what Office makes of an xlsx that is encrypted
        raise UnusableReport(f"{name} is protected by a password; save it without")
    try:
        book = xlrd.open_workbook(
            file_contents=contents,
            formatting_info=True,  # else it does not know what is hidden
            ragged_rows=True,
            logfile=io.StringIO(),
        )
    except Exception as error_:  # whatever its bytes make xlrd stumble over
        what = (
            "is protected by a password; save it without"
            if "encrypted" in str(error_)
            else (f"is broken ({error_}); open it and save it again as xlsx")
        )
        raise UnusableReport(f"{name} {what}") from error_
    return [Sheet(sheet.name, sheet.visibility == 0, partial(_rows, sheet)) for sheet in book.sheets()]


def _rows(sheet: Any, _: int | None) -> Iterator[Row]:
    for at in range(sheet.nrows):
        cells = [*map(_cell, sheet.row_types(at), sheet.row_values(at))]
        if any(map(text_of, cells)):
            info = sheet.rowinfo_map.get(at)
            hidden = info.hidden or not (info.height or info.has_default_height) if info else sheet.default_row_hidden
            yield Row(at + 1, cells, bool(hidden))


def _cell(kind: int, value: Any) -> Cell:
    from xlrd import biffh  # noqa: PLC0415 -- --help need not wait for it

    match kind:
        case biffh.XL_CELL_NUMBER:
            return float(value)
        case biffh.XL_CELL_TEXT:
            return str(value) or EMPTY
        case biffh.XL_CELL_ERROR:
            return error(biffh.error_text_from_code.get(value, "an error"))
        case biffh.XL_CELL_DATE:
            return DATE
        case biffh.XL_CELL_BOOLEAN:
            return LOGICAL
    return ""
