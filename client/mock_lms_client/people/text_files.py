"""CSV and its kin: in which encoding a text is, and its rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import IO

from mock_lms_client.people.tables import Row, UnusableReport

DELIMITERS = ",;\t"


def opened_text(file: IO[bytes], name: str) -> io.TextIOWrapper:
    """The text, whichever encoding it is in. Raises `UnusableReport`."""
    return io.TextIOWrapper(file, _encoding(file, name), newline="")


def rows(text: io.TextIOWrapper, delimiter: str, *, strict: bool) -> Iterator[Row]:
    """From the top. Raises `csv.Error`, in strict reading also for quotes that don't match."""
    text.seek(0)
    return (Row(number, cells) for number, cells in enumerate(csv.reader(text, delimiter=delimiter, strict=strict), 1))


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
