"""Cells of the rows of a batch: any JSON value, of which programs made a row of a file.

Numbers may be texts, an empty cell is one that is not there, and dates are written as spreadsheets do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_lms.domain.errors import InvalidRequest
from mock_lms.domain.moments import moment_of, zone_of
from mock_lms.domain.users import Problem
from mock_lms.domain.values import MAX_TEXT
from mock_lms.http.fields import id_of, shown

Cells = Mapping[str, Any]

BLANK = frozenset({"", "0000-00-00", "0000-00-00 00:00:00"})


class WrongCell(InvalidRequest):
    """A cell cannot be read: a row fails by it, and a call that is no batch."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text)
        self.reason = Problem(name, text)


def is_blank(cell: object) -> bool:
    """Whether nothing stands there."""
    return cell is None or (isinstance(cell, str) and cell in BLANK)


def text_in(cells: Cells, name: str, most: int = MAX_TEXT) -> str | None:
    """The cell's text; a number is one. None where it is blank. Raises `WrongCell`."""
    cell = cells.get(name)
    if is_blank(cell):
        return None
    text = str(cell) if type(cell) in {int, float} else cell
    if not isinstance(text, str) or len(text) > most or "\0" in text:
        raise WrongCell(name, f"{shown(cell)} is no text of up to {most:,} characters.")
    return text


def id_in(cells: Cells, name: str) -> int | None:
    """The cell's id. None where it is blank. Raises `WrongCell`."""
    cell = cells.get(name)
    if is_blank(cell):
        return None
    number = id_of(cell.strip() if isinstance(cell, str) else cell)
    if number is None:
        raise WrongCell(name, f"{shown(cell)} is no id.")
    return number


def word_in(cells: Cells, name: str, words: Mapping[str, Any]) -> Any:
    """What the cell's word stands for. None where it is blank. Raises `WrongCell`."""
    cell = cells.get(name)
    if is_blank(cell):
        return None
    word = str(cell).strip().lower() if type(cell) in {str, int, bool} else ""
    if word not in words:
        raise WrongCell(name, f"{shown(cell)} is none of {', '.join(words)}.")
    return words[word]


def moment_in(cells: Cells, name: str) -> str | None:
    """The cell's moment. None where it is blank. Raises `WrongCell`."""
    cell = cells.get(name)
    if is_blank(cell):
        return None
    moment = moment_of(cell.strip()) if isinstance(cell, str) else None
    if moment is None:
        raise WrongCell(name, f"{shown(cell)} is no date, such as 2025-03-23 08:30:00 or 2025/3/23.")
    return moment


def zone_in(cells: Cells, name: str) -> str | None:
    """The cell's time zone. None where it is blank. Raises `WrongCell`."""
    zone = text_in(cells, name)
    if zone is not None and zone_of(zone) is None:
        raise WrongCell(name, f"{shown(zone)} is no time zone such as Europe/Rome.")
    return zone
