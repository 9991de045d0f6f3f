"""Which requirement finds which sabotage: `python -m tests.contracts.kill_table` measures it, and writes KILLS.md.

Each sabotage meets three runs of the suite, as users start them: all of it, `--profile core`, and all of it with the
plain `api` adapter. That takes an hour or more; what was measured is kept while the code stays the same, so a
measurement that was stopped goes on where it was. With `--schemathesis` stock Schemathesis is measured, too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from mock_lms_contracts.requirements import requirements

from mock_lms.control.sabotage import known
from tests.contracts import schemathesis_column
from tests.contracts.driver import LOGIN, Mock
from tests.support.process import serving

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KILLS: Mapping[str, list[str]] = yaml.safe_load((HERE / "kills.yaml").read_text(encoding="utf-8"))
PUBLISHED = ROOT / "contracts" / "KILLS.md"
COLUMN = HERE / "schemathesis.json"
SECONDS = 300
"""After which a run is given up: several times what the longest one takes on a busy machine."""

RUNS: Mapping[str, Sequence[str]] = {
    "suite": ("--adapter", "mock"),
    "core": ("--adapter", "mock", "--profile", "core"),
    "api": ("--adapter", "api"),
}
"""The runs that each sabotage meets, and their options."""

Found: TypeAlias = dict[str, list[str]]
"""By run, the requirements that found something."""

ABOUT = """\
# The kill table

Is the check itself any good? mock-lms can serve a tenant that is wrong in one way (`mock-lms sabotage`). The table says
which requirements of the suite find each of these servers. Of those in bold CI checks that each finds it alone.

*core* says whether `--profile core` finds it. *api* says whether the suite finds it with the plain `api` adapter, which
sees nothing but what the API shows: what is wrong with tracking and certificates is not visible there. Beside it stands
what stock Schemathesis finds on the same servers.

Of the right server none of them finds anything.

"""
HEAD = "| sabotage | the rule it breaks | found by | core | api | Schemathesis |\n| --- | --- | --- | --- | --- | --- |"
YES, NO, NOT_VISIBLE, NOTHING, NOT_MEASURED = "yes", "no", "not visible", "nothing", "not measured"


FAMILY = attrgetter("family")


class NotMeasured(Exception):
    """A run took too long, or said nothing that can be read."""


@dataclass(frozen=True, slots=True)
class Row:
    """Of the table."""

    breaks: str
    found_by: list[str]
    core: str
    api: str
    schemathesis: str


def measured(ready: Mapping[str, Any], names: Sequence[str] = ("", *known())) -> dict[str, Found]:
    """By sabotage, what finds it; no name is the right server. Raises `NotMeasured` when all others are measured."""
    kept = Path(tempfile.gettempdir(), f"mock-lms-kills-{_code()}.jsonl")
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    rows: dict[str, Found] = dict(map(json.loads, lines))
    missing = [name for name in names if name not in rows]
    failed = []
    with kept.open("a", encoding="utf-8") as file, ThreadPoolExecutor(os.cpu_count()) as threads:
        running = {threads.submit(_found, ready, name): name for name in missing}
        for number, done in enumerate(as_completed(running), 1):
            name = running[done]
            try:
                rows[name] = done.result()
            except NotMeasured as error:
                failed.append(f"{name or 'the right server'}: {error}")
                continue
            file.write(json.dumps([name, rows[name]]) + "\n")
            file.flush()
            counts = ", ".join(f"{run} {len(found)}" for run, found in rows[name].items())
            print(f"{number} of {len(missing)}: {name or 'the right server'}: {counts}", file=sys.stderr)  # noqa: T201
    if failed:
        raise NotMeasured("\n".join(failed))
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


def _found(ready: Mapping[str, Any], name: str) -> Found:
    return {run: _broken(ready, name, run) for run in RUNS}


def _broken(ready: Mapping[str, Any], name: str, run: str) -> list[str]:
    """The requirements of which this run says that they do not hold."""
    tenant = Mock(ready).tenant(sabotage=name)
    at = [str(ready["url"]), "--tenant", tenant] if "mock" in RUNS[run] else [f"{ready['url']}/t/{tenant}"]
    command = [sys.executable, "-m", "mock_lms_contracts", "run", *RUNS[run], "--base-url", *at]
    command += ["--level", "may", "--seed", "1", "--json", "--", "-n", "0"]  # these runs stand beside each other
    secrets = {f"MOCK_LMS_CONTRACTS_{key.upper()}": str(ready[key]) for key in (*LOGIN, "control_token")}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **secrets},
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise NotMeasured(f"{run}: no end after {SECONDS} s") from None
    try:
        results = json.loads(output)["results"]
    except (ValueError, KeyError):
        raise NotMeasured(f"{run}: no report, exit code {process.returncode}") from None
    return [result["requirement"] for result in results if result["verdict"] == "fail"]


def rendered(by_sabotage: Mapping[str, Found], column: Mapping[str, Any]) -> str:
    """The file."""
    order = [requirement.id for requirement in requirements()]
    sections = []
    for family, members in groupby(sorted(known().values(), key=FAMILY), FAMILY):
        lines = []
        for sabotage in members:
            name, found = sabotage.name, by_sabotage[sabotage.name]
            finders = sorted(found["suite"], key=lambda finder: (finder not in KILLS[name], order.index(finder)))
            shown = ", ".join(f"**{finder}**" if finder in KILLS[name] else finder for finder in finders)
            core, api = YES if found["core"] else NO, YES if found["api"] else NOT_VISIBLE
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


def _total(by_sabotage: Mapping[str, Found], column: Mapping[str, Any]) -> str:
    counts = {run: sum(bool(by_sabotage[name][run]) for name in known()) for run in RUNS}
    theirs = sum(bool(column["found"].get(name)) for name in known())
    of = sum(name in column["found"] for name in known())
    return (
        f"Found: {counts['suite']} of {len(known())} by the suite, {counts['core']} by its profile core alone,"
        f" {counts['api']} with the plain api adapter; {theirs} of {of} by Schemathesis."
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
    return re.sub(r"\*\*", "", cell).split(", ") if cell else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schemathesis", action="store_true", help="measure that column, too; without it, it is kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for start in serving(Path(folder, "servers")):
            if options.schemathesis:
                column = schemathesis_column.measured(Mock(start("--seed", "demo").ready), Path(folder))
                COLUMN.write_text(json.dumps(column, indent=1) + "\n", encoding="utf-8")
            try:
                by_sabotage = measured(start("--seed", "empty").ready)
            except NotMeasured as error:
                sys.exit(f"{error}\nThese are not measured; the others are kept, so start it again.")
            break
    wrong = {run: found for run, found in by_sabotage.pop("").items() if found}
    if wrong:
        sys.exit(f"The right server is judged wrong: {wrong}")
    PUBLISHED.write_text(rendered(by_sabotage, json.loads(COLUMN.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
