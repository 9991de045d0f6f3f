"""The suite is a stranger to the server: what it imports, what it declares, and that it runs from a wheel anywhere."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

import mock_lms_contracts
import pytest
from mock_lms_contracts import reports

from tests.contracts import fakes
from tests.contracts.driver import Mock
from tests.support.wheel import wheel

__all__ = ["wheel"]

ROOT = Path(__file__).parents[2]
PACKAGE = Path(mock_lms_contracts.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
MAY = {"mock_lms.spec", "mock_lms.spec.spec_path"}
"""Of the server's: where openapi.yaml lies."""

DISTRIBUTIONS = {
    "_pytest": "pytest",
    "click": "click",
    "hypothesis": "schemathesis",
    "jinja2": "jinja2",
    "jsonschema_rs": "jsonschema-rs",
    "pytest": "pytest",
    "requests": "requests",
    "schemathesis": "schemathesis",
    "urllib3": "requests",
    "xdist": "pytest-xdist",
    "yaml": "pyyaml",
}
"""By what is imported: what is declared for it."""

SERVERS = ("flask", "sqlalchemy", "authlib", "granian", "marshmallow", "orjson", "flask_swagger_ui")


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_suite_imports_nothing_of_the_server_but_where_the_contract_lies(path: Path) -> None:
    for module in imports(path):
        if module.split(".")[0] == "mock_lms":
            assert module in MAY


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_of_the_suite_is_two_things(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(text))


def test_all_that_the_suite_imports_of_others_is_declared_for_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {each.partition(">")[0] for each in project["optional-dependencies"]["contracts"]}
    packages = {module.split(".")[0] for path in FILES for module in imports(path)}
    foreign = packages - sys.stdlib_module_names - {"mock_lms", "mock_lms_contracts"}
    assert {DISTRIBUTIONS[package] for package in foreign} | {"pytest-xdist"} == declared


LOADED = """
import json, sys
from mock_lms_contracts.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
servers = ("mock_lms", *{servers!r})
print(json.dumps(sorted(name for name in sys.modules if name.split(".")[0] in servers)), file=sys.stderr)
"""


def loaded(python: str, arguments: Sequence[str], cwd: Path, environment: dict[str, str]) -> list[str]:
    """What of the server a command has loaded when it ends."""
    program = LOADED.format(servers=SERVERS)
    done = subprocess.run(
        [python, "-c", program, *arguments],
        capture_output=True, text=True, check=False, timeout=120, cwd=cwd, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stderr.splitlines()[-1])
    return found


def test_a_run_loads_nothing_of_the_server(mock: Mock, tmp_path: Path) -> None:
    arguments = ["run", "--adapter", "mock", "--profile", "core", "--report", str(tmp_path / "r")]
    found = loaded(sys.executable, arguments, tmp_path, {**os.environ, **fakes.settings(mock)})
    assert found == ["mock_lms", "mock_lms.spec"]


def pip(python: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)


@pytest.mark.timeout(600)
def test_from_a_wheel_in_a_venv_of_its_own_it_runs_in_an_unrelated_folder(
    mock: Mock, wheel: Path, tmp_path: Path
) -> None:
    """One test, since installing takes a minute, and pytest's workers would do it each."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    # the versions that are locked, without their hashes: a wheel of ours has none
    locked = (ROOT / "requirements" / "develop.txt").read_text()
    (tmp_path / "locked.txt").write_text("\n".join(re.findall(r"^\S+==.*(?= \\$)", locked, re.MULTILINE)))
    known = ("--quiet", "--constraint", tmp_path / "locked.txt")
    if pip(python, "download", *known, "--no-deps", "--dest", tmp_path, "click").returncode:
        pytest.skip("the package registry cannot be reached")
    installed = pip(python, "install", *known, f"{wheel}[contracts]")
    assert installed.returncode == 0, installed.stderr
    removed = pip(python, "uninstall", "--yes", *SERVERS)
    assert removed.returncode == 0, removed.stderr

    folder = tmp_path / "unrelated"
    folder.mkdir()
    variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    command = tmp_path / "venv" / "bin" / "mock-lms-contracts"
    listed = subprocess.run([command, "list"], capture_output=True, text=True, check=False, cwd=folder, env=variables)
    assert listed.returncode == 0, listed.stderr
    assert "UNENROLL-EFFECT-1" in listed.stdout

    variables |= fakes.settings(mock)
    arguments = ["run", "--adapter", "mock", "--level", "may", "--report", str(tmp_path / "r"), "--", "-n", "2"]
    ran = subprocess.run(
        [command, *arguments], capture_output=True, text=True, check=False, timeout=280, cwd=folder, env=variables
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {path.name for path in (tmp_path / "r").iterdir()} == set(reports.FILES)
    assert loaded(str(python), ["run", "--adapter", "mock", "--only", "UNENROLL-EFFECT-1"], folder, variables) == [
        "mock_lms",
        "mock_lms.spec",
    ]
    assert list(folder.iterdir()) == []

    # the client, too, is a stranger to the server, and its JSON the standard library's where there is no other
    variables["XDG_CONFIG_HOME"] = str(tmp_path)
    client = tmp_path / "venv" / "bin" / "mock-lms-client"
    found = subprocess.run(
        [client, "ids", "users", "admin"], capture_output=True, text=True, check=False, env=variables
    )
    assert found.returncode == 0, found.stderr
    assert "\tadmin\t" in found.stdout
