"""CSV files for people who open them in Excel, and for programs.

They are UTF-8 with a byte order mark, without which Excel takes it for something else; what reads them in Python says
`encoding="utf-8-sig"`. Text that a spreadsheet would take for a formula has an apostrophe before it (OWASP, CSV
injection), and no text has line breaks or other control characters: it came from a server, which has it from anybody.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mock_lms_client.unenroll.files import new_beside

FORMULA = tuple("=+-@＝＋－＠")  # noqa: RUF001 -- Excel in East Asia takes the wide ones for the same
"""What a formula begins with."""

LONGEST = 500
"""Characters of a text."""

Cell = str | int | float | None


class Table:
    """Takes rows. Numbers are written as they are, texts so that they are harmless."""

    def __init__(self, file: TextIO, columns: Sequence[str]) -> None:
        self._rows = csv.writer(file)
        self._rows.writerow(columns)

    def add(self, row: Iterable[Cell]) -> None:
        """One row. None is an empty cell."""
        self._rows.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])


@contextmanager
def table(path: Path, columns: Sequence[str]) -> Iterator[Table]:
    """A table that takes the place of `path` when it is whole; before that, what was there stays."""
    # what people achieved is for whoever called, as in a plan
    temporary, number = new_beside(path)
    try:
        with os.fdopen(number, "w", encoding="utf-8-sig", newline="") as file:
            yield Table(file, columns)
            file.flush()
            os.fsync(number)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def harmless(text: str) -> str:
    """As a cell that is text and nothing else."""
    line = one_line(text)
    return f"'{line}" if line.startswith(FORMULA) else line


def one_line(text: str) -> str:
    """Without what breaks a line or moves a cursor, and not endless."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return line.strip()[:LONGEST]
