"""The rows of a workbook's sheet, with what the libraries at hand leave out: which are hidden, what holds no value.

A cell that is only formatted is none, and a row without values is none, so that formats down to the last row cost
nothing. Rows that a filter hides, a person or a collapsed group are all marked alike. (`zeroHeight` hides the rows that
are not written, and nothing else.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from typing import IO

from mock_lms_client.people.tables import BLANKS, DATE, FORMULA, LOGICAL, Cell, Row, error
from mock_lms_client.people.xlsx_xml import Attributes, fed, new_parser, unescaped

MOST_CELLS = 20_000_000
LAST_ROW, LAST_COLUMN = 1 << 20, 1 << 14
TRUE = {"1", "true"}

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?", re.IGNORECASE)


def rows_of(
    sheet: IO[bytes], strings: Sequence[str], dates: Container[str], at: int | None, too_large: Callable[[], Exception]
) -> Iterator[Row]:
    """The rows that hold something. Of a row whose column `at` does, the cells to the right may be left out.

    `strings` are the texts that cells refer to by number, `dates` the styles that make a number a date. Raises
    `ExpatError`, `LookupError` or `ValueError` where it is broken, and what `too_large` makes of too many cells.
    """
    reader = _Reader(strings, dates, at)
    for _ in fed(reader.parser, sheet):
        if reader.count > MOST_CELLS:
            raise too_large()
        yield from reader.rows
        reader.rows.clear()
    yield from reader.last()


class _Reader:
    """What was seen so far. A cell ends where the next one begins: calls for ends cost, and there are millions."""

    def __init__(self, strings: Sequence[str], dates: Container[str], at: int | None) -> None:
        self.strings, self.dates, self.at = strings, dates, at
        self.rows: list[Row] = []
        self.count = 0
        self.columns: dict[str, int] = {}
        self.row, self.digits, self.hidden = 0, "0", False
        self.cells: list[Cell] = []
        self.known = False
        """Whether the wanted column of this row holds something."""

        self.column = -1
        self.cell: Attributes = {}
        self.formula = self.value = self.phonetic = False
        self.text: list[str] = []
        self.tags = "", "", ""
        self.start: Callable[[str, Attributes], None] = self._root
        self.parser = new_parser()
        self.parser.StartElementHandler = self._root

    def last(self) -> list[Row]:
        """The last row, once all was read."""
        self.rows.clear()
        self._row_ends()
        return self.rows

    def _root(self, name: str, _: Attributes) -> None:
        namespace = name.removesuffix("worksheet")
        if namespace == name:
            raise ValueError("no worksheet")
        cell, value, row = (namespace + tag for tag in ("c", "v", "row"))
        others = {namespace + "t": self._text, namespace + "f": self._formula, namespace + "rPh": self._phonetic}
        parser, keep = self.parser, self.text.append

        def start(name: str, attributes: Attributes) -> None:
            if name == cell:
                self._cell_ends()
                if self.known:
                    parser.StartElementHandler = self._pass_by
                else:
                    self._cell(attributes)
            elif name == value:
                self.value = True
                parser.CharacterDataHandler = keep
            elif name == row:
                self._row_ends()
                self._row(attributes)
            elif name in others:
                others[name]()

        self.tags = value, namespace + "is", row
        self.start = parser.StartElementHandler = start

    def _pass_by(self, name: str, attributes: Attributes) -> None:
        """What the rest of a row gets whose wanted cell is known."""
        value, text, row = self.tags
        if name in {value, text}:
            self.count += 1
        elif name == row:
            self.parser.StartElementHandler = self.start
            self._row_ends()
            self._row(attributes)

    def _row(self, attributes: Attributes) -> None:
        self.digits = attributes.get("r") or str(self.row + 1)
        self.row = int(self.digits)
        if not 0 < self.row <= LAST_ROW:
            raise ValueError("no such row")
        # a height of 0 hides a row, too
        self.hidden = attributes.get("hidden") in TRUE or float(attributes.get("ht") or 1) == 0
        self.cells, self.known, self.column = [], False, -1

    def _row_ends(self) -> None:
        self._cell_ends()
        if self.cells:
            self.rows.append(Row(self.row, self.cells, self.hidden))

    def _cell(self, attributes: Attributes) -> None:
        self.cell = attributes
        if reference := attributes.get("r"):
            letters = reference.removesuffix(self.digits)
            column = self.columns.get(letters)
            self.column = self._new_column(letters) if column is None else column
        else:
            self.column += 1
            if self.column >= LAST_COLUMN:
                raise ValueError("no such column")

    def _new_column(self, letters: str) -> int:
        if not re.fullmatch("[A-Z]{1,3}", letters):
            raise ValueError("a cell in another row")
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter) - ord("A") + 1
        if number > LAST_COLUMN:
            raise ValueError("no such column")
        self.columns[letters] = number - 1
        return number - 1

    def _formula(self) -> None:
        self.formula = True

    def _phonetic(self) -> None:  # how a text is pronounced, which follows the text
        self.phonetic = True

    def _text(self) -> None:
        if not self.phonetic:
            self.value = True
            self.parser.CharacterDataHandler = self.text.append
            self.parser.EndElementHandler = self._text_ends

    def _text_ends(self, _: str) -> None:
        self.parser.CharacterDataHandler = self.parser.EndElementHandler = None

    def _cell_ends(self) -> None:
        if not (self.value or self.formula):
            return
        self.parser.CharacterDataHandler = None
        self.count += 1
        value = self._holds("".join(self.text))
        self.text.clear()
        self.formula = self.value = self.phonetic = False
        if value == "":
            return
        if missing := self.column + 1 - len(self.cells):
            self.cells.extend([""] * missing)
        self.cells[self.column] = value
        self.known = self.column == self.at

    def _holds(self, text: str) -> Cell:
        kind = self.cell.get("t", "n")
        if kind == "s" and text:
            text = self.strings[_index(text)]
        elif kind == "inlineStr" or (kind == "str" and self.value):
            text = unescaped(text)
        elif kind == "e":
            return error(text.strip(BLANKS) or "an error")
        elif not text.strip(BLANKS):
            return FORMULA if self.formula else ""
        elif kind in {"n", "d", "b"}:
            return self._number(text.strip(BLANKS), kind)
        else:
            raise ValueError("a cell of no kind")
        return text if text.strip(BLANKS) else ""

    def _number(self, text: str, kind: str) -> Cell:
        if kind == "b":
            return LOGICAL
        if kind == "d" or self.cell.get("s") in self.dates:
            return DATE
        if not NUMBER.fullmatch(text):
            raise ValueError("no number")
        return float(text)


def _index(text: str) -> int:
    index = int(text)
    if index < 0:
        raise IndexError(text)
    return index
