"""`make mutants`: changes the deciding code in small ways, one at a time, and counts the changes that a test notices.

mutmut makes the mutants and runs the tests; what it mutates and which tests it runs is in pyproject.toml under
`[tool.mutmut]`. It expects all code below `src/`, and passes over decorated functions. So it works in `.mutants/`, on a
copy of the code in that layout, in which `@d` before a function has become `f = d(f)` after it.

Code outside of functions (constants, enums, the defaults of dataclasses) gets no mutants.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from mock_lms.terminal import say

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
WORK = ROOT / ".mutants"
SOURCES = {
    "src/mock_lms": ROOT / "mock_lms",
    "src/mock_lms_client": ROOT / "client" / "mock_lms_client",
    "src/mock_lms_contracts": ROOT / "contracts" / "mock_lms_contracts",
}
"""Where mutmut finds each package, and where the package is."""

LEAST = 95  # percent killed or explained
KILLED = ("killed", "timeout")
MUTMUT = Path(sys.executable).with_name("mutmut")


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no test noticed. `was` and `becomes` are the lines that differ, as one line each."""

    name: str
    status: str
    file: str
    line: int
    was: str
    becomes: str
    diff: str


def main() -> int:
    """The exit code: 1 where fewer mutants than `LEAST` percent are killed or explained, or an explanation is stale."""
    lay_out()
    run_mutants()
    statuses = results()
    explanations = explained()
    survivors = [survivor(name, status) for name, status in statuses.items() if status not in KILLED]
    unexplained = [mutant for mutant in survivors if (mutant.was, mutant.becomes) not in explanations]
    for mutant in unexplained:
        say(f"\n{mutant.file}:{mutant.line}: {mutant.status}\n{mutant.diff}")
    stale = sorted(explanations - {(mutant.was, mutant.becomes) for mutant in survivors})
    for was, becomes in stale:
        say(f"\nexplained.toml explains a mutant that no longer survives:\n- {was}\n+ {becomes}")
    print_table(statuses, survivors, unexplained)
    percent = 100 * (len(statuses) - len(unexplained)) / len(statuses)
    say(f"\n{percent:.1f} % of {len(statuses)} mutants are killed or explained; at least {LEAST} % have to be.")
    return int(percent < LEAST or bool(stale))


def lay_out() -> None:
    """Makes `WORK` anew: mutmut would not notice changed tests in an old one."""
    shutil.rmtree(WORK, ignore_errors=True)
    for target, source in SOURCES.items():
        shutil.copytree(source, WORK / target, ignore=shutil.ignore_patterns("__pycache__"))
    for path in mutated_files():
        path.write_text(without_decorators(path.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", WORK)
    for name in settings()["pytest_add_cli_args_test_selection"]:
        (WORK / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, WORK / name)
    shutil.copy(HERE / "hypothesis_profile.py", WORK / "tests" / "conftest.py")


def run_mutants() -> None:
    """Runs the tests against each mutant. Where there is no terminal, mutmut's progress would be thousands of lines."""
    output = None if sys.stdout.isatty() else subprocess.PIPE
    run = subprocess.run([MUTMUT, "run"], cwd=WORK, check=False, stdout=output, text=True)
    if run.returncode:
        sys.exit(f"{run.stdout or ''}\nmutmut failed with exit code {run.returncode}")


def settings() -> dict[str, Any]:
    """mutmut's own."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    return table


def mutated_files() -> Iterator[Path]:
    """The copies that get mutants. A pattern that matches no file ends the run: its code would pass without a test."""
    for pattern in settings()["only_mutate"]:
        paths = [path for path in (WORK / "src").rglob("*.py") if fnmatch(path.relative_to(WORK).as_posix(), pattern)]
        if not paths:
            sys.exit(f"pyproject.toml has code mutated that is not there: {pattern}")
        yield from paths


def without_decorators(source: str) -> str:
    """The same program, with `f = d(f)` after a function instead of `@d` before it."""
    lines = source.splitlines()
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in sorted(functions, key=lambda node: node.lineno, reverse=True):
        value = function.name
        for decorator in reversed(function.decorator_list):
            value = f"{ast.unparse(decorator)}({value})"
        if function.decorator_list:
            lines.insert(function.end_lineno or 0, f"{' ' * function.col_offset}{function.name} = {value}")
            del lines[function.decorator_list[0].lineno - 1 : function.lineno - 1]
    return "\n".join(lines) + "\n"


def results() -> dict[str, str]:
    """By mutant, what became of it, in mutmut's words."""
    lines = mutmut("results", "--all", "true").splitlines()
    return dict(line.strip().rsplit(": ", 1) for line in lines if line.strip())


def mutmut(*arguments: str) -> str:
    """What it prints."""
    return subprocess.run([MUTMUT, *arguments], cwd=WORK, check=True, capture_output=True, text=True).stdout


def explained() -> set[tuple[str, str]]:
    """The lines that differ of each mutant that explained.toml gives a reason for."""
    table = tomllib.loads((HERE / "explained.toml").read_text(encoding="utf-8"))
    return {(one_line(entry["was"]), one_line(entry["becomes"])) for entry in table["survivor"]}


def survivor(name: str, status: str) -> Survivor:
    """The mutant with its diff, and its place in the original file."""
    diff = mutmut("show", name).partition("\n")[2]
    removed = re.findall(r"^-(?!-- )(.*)", diff, re.MULTILINE)
    added = re.findall(r"^\+(?!\+\+ )(.*)", diff, re.MULTILINE)
    copy = re.findall(r"^--- (.*)", diff, re.MULTILINE)[0]
    path = next(source / copy[len(target) + 1 :] for target, source in SOURCES.items() if copy.startswith(f"{target}/"))
    return Survivor(
        name,
        status,
        str(path.relative_to(ROOT)),
        line_number(path, name, removed[0]),
        one_line(*removed),
        one_line(*added),
        "\n".join(line for line in diff.splitlines()[2:] if not line.startswith("@@")),
    )


def line_number(path: Path, name: str, line: str) -> int:
    """Where in the file the mutated line is. Mutants are called `x_function__mutmut_1`, `xǁClassǁmethod__mutmut_1`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    mangled = name.rpartition(".")[2].partition("__mutmut_")[0]
    start = 0
    for word in mangled.split("ǁ")[1:] or [mangled.removeprefix("x_")]:
        heading = re.compile(rf"\s*(class|def) {word}\b")
        start = next(index for index in range(start, len(lines)) if heading.match(lines[index]))
    return next((index + 1 for index in range(start, len(lines)) if lines[index].strip() == line.strip()), start + 1)


def one_line(*lines: str) -> str:
    """Without indentation and line breaks, since the formatter moves both."""
    return " ".join(" ".join(lines).split())


def print_table(statuses: dict[str, str], survivors: list[Survivor], unexplained: list[Survivor]) -> None:
    """A line a module, then the totals."""
    rows: dict[str, Counter[str]] = {}
    left = {mutant.name for mutant in unexplained}
    alive = {mutant.name for mutant in survivors}
    for name, status in statuses.items():
        column = "survived" if name in left else "explained" if name in alive else status
        rows.setdefault(name.rpartition(".")[0], Counter())[column] += 1
    rows["total"] = sum(rows.values(), Counter())
    columns = ("killed", "timeout", "explained", "survived")
    say(f"\n{'':45}" + "".join(f"{column:>10}" for column in columns))
    for row, counts in rows.items():
        say(f"{row:45}" + "".join(f"{counts[column]:10}" for column in columns))


if __name__ == "__main__":
    sys.exit(main())
