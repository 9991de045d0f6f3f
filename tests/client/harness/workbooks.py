"""Workbooks, written by hand since nothing here writes any; and what is said of lists that cannot be read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

import pytest
from mock_lms_client.people.reports import UnusableReport, read_ids

Cell: TypeAlias = str | int | float | bool | None
Table: TypeAlias = Iterable[Sequence[Cell]]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def _column(number: int) -> str:
    name = ""
    while number >= 0:
        name = chr(ord("A") + number % 26) + name
        number = number // 26 - 1
    return name


class Xml(str):
    """A cell's tag as it stands in the file, with {} for where it is."""

    __slots__ = ()


def _cell(reference: str, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, Xml):
        return value.format(reference)
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{reference}"><v>{value!r}</v></c>'


def sheet(
    rows: Table, *, first_row: int = 1, first_column: int = 0, attributes: Mapping[int, str] | None = None
) -> str:
    """The XML of a sheet; None is a cell that is not there. `attributes` are more of a row's, by its number."""
    lines = []
    for number, row in enumerate(rows, first_row):
        cells = "".join(_cell(f"{_column(at)}{number}", value) for at, value in enumerate(row, first_column))
        more = (attributes or {}).get(number, "")
        lines.append(f'<row r="{number}" {more}>{cells}</row>')
    return f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def write_xlsx(
    path: Path,
    sheets: Mapping[str, str] | Table,
    *,
    hidden: Iterable[str] = (),
    state: str = "hidden",
    parts: Mapping[str, str] | None = None,
) -> Path:
    """A workbook of one table, or of sheets by their names. `parts` are others that it refers to, by their kind."""
    named = sheets if isinstance(sheets, Mapping) else {"Sheet1": sheet(sheets)}
    hidden = {*hidden}
    entries = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"'
        + (f' state="{state}"/>' if name in hidden else "/>")
        for number, name in enumerate(named, 1)
    )
    targets = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(named) + 1)
    )
    targets += "".join(
        f'<Relationship Id="{kind}" Type="{RELATIONS}/{kind}" Target="/xl/{kind}.xml"/>' for kind in parts or {}
    )
    types = (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    )
    root = f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", types)
        packed.writestr("_rels/.rels", f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{root}</Relationships>')
        packed.writestr(
            "xl/workbook.xml",
            f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{entries}</sheets></workbook>',
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{targets}</Relationships>',
        )
        for number, text in enumerate(named.values(), 1):
            packed.writestr(f"xl/worksheets/sheet{number}.xml", text)
        for kind, text in (parts or {}).items():
            packed.writestr(f"xl/{kind}.xml", text)
    return path


def written(path: Path, contents: str | bytes) -> Path:
    """The file, with that in it."""
    path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    return path


def complaint(path: str | Path, column: str | None = None, **how: Any) -> str:
    """What is said of a list that cannot be read, in one line."""
    with pytest.raises(UnusableReport) as caught:
        read_ids(path, column=column, **how)
    message = str(caught.value)
    assert "\n" not in message
    return message
