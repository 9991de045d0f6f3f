"""What the client's tests share: workbooks, written by hand since nothing here writes any, and the command line."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

import click
import pytest
import requests
from mock_lms_client import Client
from mock_lms_client.__main__ import cli
from mock_lms_client.people.reports import UnusableReport, read_ids

from mock_lms.testing.mock import MockTenant

Done: TypeAlias = subprocess.CompletedProcess[str]
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


def _cell(place: str, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, Xml):
        return value.format(place)
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'


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


def run(*arguments: str, settings: Mapping[str, str] | None = None, cwd: Path | None = None) -> Done:
    """`mock-lms-client` as a process, with nothing of our own environment's settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_LMS_")}
    environment |= {"XDG_CONFIG_HOME": "/nowhere", **(settings or {})}
    command = [sys.executable, "-W", "error", "-m", "mock_lms_client", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, cwd=cwd, env=environment, encoding="utf-8"
    )


def at_a_terminal(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], answers: Mapping[str, str]
) -> tuple[int, str]:
    """Runs it at a terminal of its own. Types an answer where a pattern of `answers` has come to the screen.

    An answer may name what the pattern found: `{1}`. Exit code, and all that was to be seen.
    """
    ours, its = pty.openpty()
    process = subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, cwd=folder, env=dict(environment), start_new_session=True
    )
    os.close(its)
    said, at = "", 0
    with open(ours, "r+b", buffering=0) as terminal:  # noqa: PTH123 -- a descriptor
        while True:
            try:
                said += terminal.read(4096).decode()
            except OSError:  # Linux's way of saying that nobody is at the other end any more
                break
            for pattern, answer in answers.items():
                if asked := re.search(f"{pattern}$", said[at:], re.DOTALL):
                    at = len(said)
                    terminal.write(answer.format(asked[0], *asked.groups()).encode() + b"\n")
        # before the terminal goes, which would end it
        return process.wait(60), said


def settings_of(lms: MockTenant) -> dict[str, str]:
    """What `mock-lms exec` puts into the environment."""
    names = ("url", "client_id", "client_secret", "username", "password")
    return {f"MOCK_LMS_{name.upper()}": str(getattr(lms, name)) for name in names}


def client_of(lms: MockTenant, calls: list[str] | None = None) -> Client:
    """A client whose calls are answered in this process; their addresses are added to `calls`."""
    session = lms.session()
    if calls is not None:
        adapter = session.get_adapter(f"{lms.url}/")
        send = adapter.send

        def noted(request: requests.PreparedRequest, **given: Any) -> requests.Response:
            calls.append(str(request.url))
            return send(request, **given)

        setattr(adapter, "send", noted)  # noqa: B010 -- mypy forbids the plain way
    return Client(lms.url, token=lms.token(), session=session, allow_http=True)


def commands(group: click.Group | None = None, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command and group by what is typed for it, the outermost as ``."""
    group = cli if group is None else group
    if not path:
        yield "", group
    for name, command in group.commands.items():
        here = f"{path} {name}".strip()
        yield here, command
        if isinstance(command, click.Group):
            yield from commands(command, here)


def examples(command: click.Command) -> list[str]:
    """The commands in the help's block of examples."""
    _, _, block = (command.help or "").partition("Examples:\n")
    return [line.strip() for line in block.partition("\n\n")[0].splitlines() if line.strip()]
