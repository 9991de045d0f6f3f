"""The values of a list, one after another, and what is counted on the way: empty rows, hidden ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mock_lms_client.people.tables import MOST_LINES, MOST_ROWS, Cell, HiddenRows, Row, UnusableReport, text_of

SHOWN = 5
"""Of hidden rows: how many are named."""


class Token(NamedTuple):
    """A value as it is written, and its cell. The row's number is the one that a spreadsheet shows."""

    row: int
    text: str
    cell: Cell


@dataclass
class Source:
    """Where values stand. Iterate once; what it counts is known afterwards."""

    name: str
    where: str
    unit: str
    numbered: Iterable[Row]
    at: int = 0
    above: int = 0
    """The heading's row."""

    hidden_rows: HiddenRows | None = None
    targets: Sequence[str] = ()
    """Columns that name courses or learning plans, and are not read."""

    file: object = None
    """What closes the file when it goes."""

    rows: int = 0
    empty: int = 0
    without: int = 0
    hidden: list[int] = field(default_factory=list)
    """Numbers of the rows that hold a value and are hidden."""

    def __iter__(self) -> Iterator[Token]:
        at, last, holding = self.at, self.above, 0
        for number, cells, hidden in self.numbered:
            self.rows += 1
            if number > last + 1:  # a workbook's empty rows are left out
                self.rows += number - last - 1
                self.empty += number - last - 1
            last = number
            cell = cells[at] if at < len(cells) else ""
            text = text_of(cell)
            if not text and not any(map(text_of, cells)):
                self.empty += 1
                if self.rows > MOST_LINES:
                    raise self._too_long(MOST_LINES)
                continue
            holding += 1
            if holding > MOST_ROWS:
                raise self._too_long(MOST_ROWS)
            if not text:
                self.without += 1
                continue
            if hidden:
                self.hidden.append(number)
                if self.hidden_rows == "skip":
                    continue
            yield Token(number, text, cell)
        if self.hidden and self.hidden_rows is None:
            raise self._undecided(holding - self.without)

    def _too_long(self, most: int) -> UnusableReport:
        return UnusableReport(f"{self.name} has more than {most:,} rows; split it")

    def _undecided(self, values: int) -> UnusableReport:
        shown = ", ".join(map(str, self.hidden[:SHOWN]))
        more = f" and {len(self.hidden) - SHOWN:,} more" if len(self.hidden) > SHOWN else ""
        are, rows = ("is", "row") if len(self.hidden) == 1 else ("are", "rows")
        return UnusableReport(
            f"{self.name}: {len(self.hidden):,} of {values:,} rows {are} hidden ({rows} {shown}{more}): "
            "say --hidden-rows read|skip"
        )
