"""The client is a stranger to the server: what its files import, what is declared for it, and how it is written."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import mock_lms_client

ROOT = Path(__file__).parents[2]
PACKAGE = Path(mock_lms_client.__file__).parent
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
"""The syntax tree of each of the client's files."""

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

MAY_IMPORT = {
    "": {""},  # the library
    "people": {"", "people"},
    "unenroll": {"", "unenroll"},
    "unenroll/plan": {"", "unenroll", "unenroll/plan"},
    "unenroll/apply": {"", "unenroll", "unenroll/apply"},
    "unenroll/verify": {"", "unenroll", "unenroll/verify"},
    "unenroll/restore": {"", "unenroll", "unenroll/restore"},
}
"""By folder, of the client's own folders. The four steps do not know one another; the command line knows all."""


def name_of(path: Path) -> str:
    """The file, as a failed test tells it."""
    return path.relative_to(PACKAGE).as_posix()


def imports(tree: ast.Module) -> Iterator[str]:
    """Every module, and every name of a module, that is imported; wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def foreign(tree: ast.Module) -> set[str]:
    """The packages of others that a file imports."""
    return {module.split(".")[0] for module in imports(tree)} - sys.stdlib_module_names - {"mock_lms_client"}


def own(tree: ast.Module) -> set[Path]:
    """The client's own files that a file imports."""
    return {file_of(module) for module in imports(tree) if module.split(".")[0] == "mock_lms_client"}


def file_of(module: str) -> Path:
    """The file that holds a module, or a name of a module."""
    path = PACKAGE.parent.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py", path.parent.with_suffix(".py")):
        if file.exists():
            return file
    return path.parent / "__init__.py"


def folder_of(path: Path) -> str:
    """The folder of a file; the command line's for `__main__.py`, which is a part of it."""
    return "cli" if path.name == "__main__.py" else path.relative_to(PACKAGE).parent.as_posix().strip(".")


def test_each_file_imports_of_others_what_its_layer_may() -> None:
    allowed = dict.fromkeys(TREES, LIBRARY)
    allowed |= {path: COMMAND_LINE for path in TREES if folder_of(path) in {"cli", "people"}}
    allowed[PACKAGE / "jsons.py"] = OPTIONAL
    offenders = {name_of(path): more for path, tree in TREES.items() if (more := foreign(tree) - allowed[path])}
    assert offenders == {}


def test_the_library_can_do_without_what_is_optional() -> None:
    program = (
        "import sys; sys.modules['orjson'] = None; from mock_lms_client import Client, jsons; print(jsons.loads('[1]'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[1]\n"


def test_imports_point_inwards() -> None:
    folders = {folder_of(path) for path in TREES}
    assert folders == {*MAY_IMPORT, "cli"}
    offenders = [
        f"{name_of(path)} imports {name_of(file)}"
        for path, tree in TREES.items()
        for file in own(tree)
        if file.name == "__main__.py" or folder_of(file) not in MAY_IMPORT.get(folder_of(path), folders)
    ]
    assert offenders == []


def test_no_files_import_each_other_in_a_circle() -> None:
    lazy = {PACKAGE / "__init__.py": {PACKAGE / "client.py"}}  # its `__getattr__` imports it when it is asked for
    graph = {path: own(tree) - lazy.get(path, set()) - {path} for path, tree in TREES.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_all_that_the_client_imports_of_others_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {requirement.partition(">")[0] for requirement in project["dependencies"]}
    assert {DISTRIBUTIONS[package] for tree in TREES.values() for package in foreign(tree)} <= declared


def test_no_file_is_two_things() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in TREES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def public(node: ast.Module | ast.ClassDef) -> Iterator[ast.Module | ast.FunctionDef | ast.ClassDef]:
    """A module or a class, and all that is public in it."""
    yield node
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from public(child)
        elif isinstance(child, ast.FunctionDef) and not child.name.startswith("_"):
            yield child


def test_everything_public_says_what_it_is() -> None:
    silent = [
        f"{name_of(path)}: {getattr(node, 'name', 'the file')}"
        for path, tree in TREES.items()
        for node in public(tree)
        # the classes of types are the contract's schemas, which speaks for them
        if not ast.get_docstring(node) and not (path.name.endswith("types.py") and isinstance(node, ast.ClassDef))
    ]
    assert silent == []
