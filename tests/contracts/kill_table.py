"""Which requirement finds which sabotage: `python -m tests.contracts.kill_table` measures it, and writes KILLS.md.

The tests hold that each requirement of kills.yaml finds its sabotage alone. Measured here is whether they also do with
the plain `api` adapter, and where they do not, whether a whole run with it does. That takes a quarter of an hour; what
was measured is kept while the code stays the same, so a measurement that was stopped goes on where it was. With
`--schemathesis` stock Schemathesis is measured, too.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml
from mock_lms_contracts import explore
from mock_lms_contracts.requirements import Requirement, find, requirements, select
from mock_lms_contracts.run import Options, run
from mock_lms_contracts.target import log_in

from mock_lms.control.sabotage import known
from tests.contracts import schemathesis_column
from tests.contracts.driver import LOGIN, Mock, broken
from tests.support.process import serving

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KILLS: Mapping[str, list[str]] = yaml.safe_load((HERE / "kills.yaml").read_text(encoding="utf-8"))
PUBLISHED = ROOT / "contracts" / "KILLS.md"
COLUMN = HERE / "schemathesis.json"

ABOUT = """\
# The kill table

Is the check itself any good? mock-lms can serve a tenant that is wrong in one way (`mock-lms sabotage`). The table says
which requirements of the suite find each of these servers: CI checks that each does alone. Others may, too.

*core* says whether one of them is of `--profile core`. *api* says whether the suite finds it with the plain `api`
adapter, which sees nothing but what the API shows: certificates are not visible there, and tracking is only where
somebody comes back. Beside it stands what stock Schemathesis finds on the same servers, where that was measured.

Of the right server none of them finds anything.

"""
HEAD = "| sabotage | the rule it breaks | found by | core | api | Schemathesis |\n| --- | --- | --- | --- | --- | --- |"
YES, NO, NOT_VISIBLE, NOTHING, NOT_MEASURED = "yes", "no", "not visible", "nothing", "not measured"

FAMILY = attrgetter("family")


@dataclass(frozen=True, slots=True)
class Row:
    """Of the table."""

    breaks: str
    found_by: list[str]
    core: str
    api: str
    schemathesis: str


def measured(ready: Mapping[str, Any], names: Sequence[str] = ("", *known())) -> dict[str, list[str]]:
    """By sabotage, which requirements find it with the api adapter; no name is the right server."""
    kept = Path(tempfile.gettempdir(), f"mock-lms-kills-{_code()}.jsonl")
    rows: dict[str, list[str]] = (
        dict(map(json.loads, kept.read_text(encoding="utf-8").splitlines())) if kept.exists() else {}
    )
    missing = [name for name in names if name not in rows]
    with kept.open("a", encoding="utf-8") as file, ProcessPoolExecutor(os.cpu_count()) as processes:
        running = {processes.submit(_found, dict(ready), name): name for name in missing}
        for number, done in enumerate(as_completed(running), 1):
            name = running[done]
            rows[name] = done.result()
            file.write(json.dumps([name, rows[name]]) + "\n")
            file.flush()
            said = ", ".join(rows[name]) or NOTHING
            print(f"{number} of {len(missing)}: {name or 'the right server'}: {said}", file=sys.stderr)  # noqa: T201
    return {name: rows[name] for name in names}


def _code() -> str:
    """Another one whenever the suite or the mock is another."""
    files = sorted(
        path
        for folder in ("mock_lms", "contracts/mock_lms_contracts")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".yaml", ".toml", ".ini"}
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _found(ready: dict[str, Any], name: str) -> list[str]:
    """By its own requirements, and where they find nothing by all of them."""
    explore.SHRUNK = 0  # how small a world can be that shows it is not the point
    own = [find(requirement) for requirement in KILLS.get(name, ())]
    found = _broken(ready, name, own) if own else set()
    return sorted(found or _broken(ready, name, select([], "MAY")))


def _broken(ready: dict[str, Any], name: str, chosen: Iterable[Requirement]) -> set[str]:
    """Those of these requirements that do not hold, as a run with the api adapter finds."""
    url = f"{ready['url']}/t/{Mock(ready).tenant(sabotage=name)}"
    login = {"grant_type": "password", **{key: str(ready[key]) for key in LOGIN}}
    options = Options(base_url=url, requirements=tuple(chosen), token=log_in(url, login), login=login, adapter="api")
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        return broken(run(options))


def rendered(by_sabotage: Mapping[str, Sequence[str]], column: Mapping[str, Any]) -> str:
    """The file."""
    order = [requirement.id for requirement in requirements()]
    sections = []
    for family, members in groupby(sorted(known().values(), key=FAMILY), FAMILY):
        lines = []
        for sabotage in members:
            name = sabotage.name
            shown = ", ".join(sorted(KILLS[name], key=order.index))
            core = YES if _of_core(name) else NO
            api = YES if by_sabotage[name] else NOT_VISIBLE
            theirs = ", ".join(column["found"].get(name, [NOT_MEASURED])) or NOTHING
            lines.append(f"| {name} | {sabotage.breaks} | {shown} | {core} | {api} | {theirs} |")
        sections.append("\n".join((f"### {family.capitalize()}\n", HEAD, *lines, "")))
    silent = [
        f"| {requirement.id} | {requirement.kills_nothing} |"
        for requirement in requirements()
        if requirement.kills_nothing
    ]
    why = ["## Requirements that find none of them", "", "| requirement | why |", "| --- | --- |", *silent, ""]
    total = _total(by_sabotage, column)
    return "\n".join((ABOUT + column["how"], "", total, "", "\n".join(sections), "\n".join(why)))


def _of_core(name: str) -> bool:
    return any(find(requirement).profile == "core" for requirement in KILLS[name])


def _total(by_sabotage: Mapping[str, Sequence[str]], column: Mapping[str, Any]) -> str:
    core, api = sum(map(_of_core, known())), sum(bool(by_sabotage[name]) for name in known())
    theirs = sum(bool(column["found"].get(name)) for name in known())
    of = sum(name in column["found"] for name in known())
    return (
        f"Found: {len(known())} of {len(known())} by the suite, {core} of them by its profile core alone,"
        f" {api} with the plain api adapter; {theirs} of {of} by Schemathesis."
    )


def published() -> dict[str, Row]:
    """What the file says, by sabotage."""
    return {cells[0]: Row(cells[1], _names(cells[2]), *cells[3:]) for cells in _cells() if cells[0] in known()}


def _cells() -> Iterator[list[str]]:
    for line in PUBLISHED.read_text(encoding="utf-8").partition("\n## ")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == HEAD.partition("\n")[0].count("|") - 1:
            yield cells


def _names(cell: str) -> list[str]:
    return cell.split(", ") if cell else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemathesis", action="store_true", help="measure that column, too; without it, it is kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for start in serving(Path(folder, "servers")):
            if options.schemathesis:
                column = schemathesis_column.measured(Mock(start("--seed", "demo").ready), Path(folder))
                COLUMN.write_text(json.dumps(column, indent=1) + "\n", encoding="utf-8")
            by_sabotage = measured(start("--seed", "empty").ready)
            break
    wrong = by_sabotage.pop("")
    if wrong:
        sys.exit(f"The right server is judged wrong: {wrong}")
    PUBLISHED.write_text(rendered(by_sabotage, json.loads(COLUMN.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
