"""Which requirement finds which sabotage: `python -m tests.contracts.kill_table` measures it, and writes KILLS.md.

With `--schemathesis` stock Schemathesis is measured, too, on the same servers, and what it finds is kept beside this.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from mock_lms_contracts.requirements import requirements

from mock_lms.control.sabotage import known
from tests.contracts import schemathesis_column
from tests.contracts.driver import Mock, broken
from tests.support.process import serving

HERE = Path(__file__).parent
KILLS: Mapping[str, list[str]] = yaml.safe_load((HERE / "kills.yaml").read_text(encoding="utf-8"))
PUBLISHED = HERE.parents[1] / "contracts" / "KILLS.md"
COLUMN = HERE / "schemathesis.json"
NONE = "nothing"

ABOUT = """\
# The kill table

Is the check itself any good? mock-lms can serve a tenant that is wrong in one way (`mock-lms sabotage`). The table says
which requirements of the suite find each of these servers. Of those in bold CI checks that each finds it alone. Beside
it stands what stock Schemathesis finds on the same servers.

Of the right server neither finds anything.

"""


@dataclass(frozen=True, slots=True)
class Row:
    """Of the table."""

    breaks: str
    found_by: list[str]
    schemathesis: str


def measured(mock: Mock) -> dict[str, set[str]]:
    """By sabotage, what finds it. Takes minutes."""
    names = list(known())
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        return dict(zip(names, processes.map(_found_by, [dict(mock.ready)] * len(names), names), strict=True))


def _found_by(ready: dict[str, Any], name: str) -> set[str]:
    mock = Mock(ready)
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        return broken(mock.check(mock.tenant(sabotage=name)))


def rendered(by_sabotage: Mapping[str, set[str]], column: Mapping[str, Any]) -> str:
    """The file."""
    order = [requirement.id for requirement in requirements()]
    lines = ["| sabotage | the rule it breaks | found by | Schemathesis |", "| --- | --- | --- | --- |"]
    for name, sabotage in known().items():
        finders = sorted(by_sabotage[name], key=lambda finder: (finder not in KILLS[name], order.index(finder)))
        shown = ", ".join(f"**{finder}**" if finder in KILLS[name] else finder for finder in finders)
        theirs = ", ".join(column["found"][name]) or NONE
        lines.append(f"| {name} | {sabotage.breaks} | {shown} | {theirs} |")
    caught = sum(bool(column["found"][name]) for name in known())
    total = f"\nFound in all: {len(known())} of {len(known())} by the suite, {caught} by Schemathesis.\n\n"
    silent = [
        f"| {requirement.id} | {requirement.kills_nothing} |"
        for requirement in requirements()
        if requirement.kills_nothing
    ]
    why = ["## Requirements that find none of them", "", "| requirement | why |", "| --- | --- |", *silent, ""]
    return "".join((ABOUT, column["how"], "\n\n", "\n".join(lines), "\n", total, "\n".join(why)))


def published() -> dict[str, Row]:
    """What the file says, by sabotage."""
    rows = {}
    for line in PUBLISHED.read_text(encoding="utf-8").partition("\n## ")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] in known():
            finders = [] if cells[2] == "" else re.sub(r"\*\*", "", cells[2]).split(", ")
            rows[cells[0]] = Row(cells[1], finders, cells[3])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemathesis", action="store_true", help="measure that column, too; without it, it is kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for start in serving(Path(folder, "servers")):
            if options.schemathesis:
                column = schemathesis_column.measured(Mock(start("--seed", "demo").ready), Path(folder))
                COLUMN.write_text(json.dumps(column, indent=1) + "\n", encoding="utf-8")
            by_sabotage = measured(Mock(start("--seed", "empty").ready))
            break
    PUBLISHED.write_text(rendered(by_sabotage, json.loads(COLUMN.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
