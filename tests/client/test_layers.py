"""The client is a stranger to the server: what its files import, what is declared for it, and how it is written."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import mock_lms_client
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = Path(mock_lms_client.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
LIBRARY = {"requests", "urllib3"}
OPTIONAL = {"orjson"}
"""Faster, and done without where it is missing."""

COMMAND_LINE = {*LIBRARY, "click", "xlrd"}
DISTRIBUTIONS = {
    "click": "click",
    "orjson": "orjson",
    "requests": "requests",
    "urllib3": "requests",  # brings it
    "xlrd": "xlrd",
}
"""By what is imported: what is declared for it."""

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def foreign(path: Path) -> set[str]:
    """The packages of others that the file imports."""
    return {module.split(".")[0] for module in imports(path)} - sys.stdlib_module_names - {"mock_lms_client"}


def of_command_line(path: Path) -> bool:
    return path.parent.name in {"cli", "people"} or path.name == "__main__.py"


@each_file
def test_a_file_imports_what_its_layer_may(path: Path) -> None:
    if path.name == "jsons.py":
        assert foreign(path) == OPTIONAL
        return
    assert foreign(path) <= (COMMAND_LINE if of_command_line(path) else LIBRARY)


def test_the_library_can_do_without_what_is_optional() -> None:
    program = (
        "import sys; sys.modules['orjson'] = None; from mock_lms_client import Client, jsons; print(jsons.loads('[1]'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[1]\n"


MAY_IMPORT = {
    "": {""},  # the library
    "people": {"", "people"},
    "unenrolling": {"", "unenrolling"},
    "cli": {"", "people", "unenrolling", "cli"},
}
"""By folder, of the client's own: only the command line knows all of it."""


@each_file
def test_imports_point_inwards(path: Path) -> None:
    folders = {each.name for each in PACKAGE.iterdir() if each.is_dir()}
    own = path.relative_to(PACKAGE).parent.as_posix().strip(".")
    allowed = MAY_IMPORT["cli" if path.name == "__main__.py" else own]
    for module in imports(path):
        package, *rest = module.split(".")
        if package == "mock_lms_client":
            assert rest[0] != "__main__"
            assert (rest[0] if rest[0] in folders else "") in allowed, module


def test_all_that_the_client_imports_of_others_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {each.partition(">")[0] for each in project["dependencies"]}
    assert {DISTRIBUTIONS[package] for path in FILES for package in foreign(path)} <= declared


@each_file
def test_no_file_is_two_things(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(text))


def public(node: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for each in node.body:
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and not each.name.startswith("_"):
            yield each
            if isinstance(each, ast.ClassDef):
                yield from public(each)


@each_file
def test_everything_public_says_what_it_is(path: Path) -> None:
    if path.name == "types.py":  # its classes are the contract's schemas, which speaks for them
        return
    silent = [node.name for node in public(ast.parse(path.read_text(encoding="utf-8"))) if not ast.get_docstring(node)]
    assert silent == []
