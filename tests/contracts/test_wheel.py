"""The suite is a stranger to the server: what it imports, what it declares, and that it runs from a wheel anywhere."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from importlib.metadata import Distribution
from pathlib import Path

import mock_lms_contracts
import pytest
from mock_lms_contracts import reports
from mock_lms_contracts.requirements import requirements
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    "covertable": "covertable",
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

SERVERS = ("flask", "sqlalchemy", "authlib", "granian", "marshmallow", "orjson", "flask-swagger-ui")


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_suite_imports_nothing_of_the_server_but_where_the_contract_lies() -> None:
    of_the_server = {
        (str(path.relative_to(PACKAGE)), module)
        for path in FILES
        for module in imports(path)
        if module.split(".")[0] == "mock_lms"
    }
    assert {(file, module) for file, module in of_the_server if module not in MAY} == set()
    assert of_the_server, "the contract itself is found through the server's package"


def test_no_file_of_the_suite_is_two_things() -> None:
    texts = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in FILES}
    assert {file for file, text in texts.items() if len(text.splitlines()) > 300} == set()
    assert {file for file, text in texts.items() if not ast.get_docstring(ast.parse(text))} == set()


def test_all_that_the_suite_imports_of_others_is_declared_for_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {line.partition(">")[0] for line in project["optional-dependencies"]["contracts"]}
    packages = {module.split(".")[0] for path in FILES for module in imports(path)}
    foreign = packages - sys.stdlib_module_names - {"mock_lms", "mock_lms_contracts"}
    assert {DISTRIBUTIONS[package] for package in foreign} | {"pytest-xdist"} == declared


LOADED = """
import json, sys
from mock_lms_contracts import fuzz
from mock_lms_contracts.__main__ import main
fuzz.OPERATIONS = ("bulk_unenroll",)
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code, ended.code
servers = ("mock_lms", *{servers!r})
print(json.dumps(sorted(name for name in sys.modules if name.split(".")[0] in servers)), file=sys.stderr)
"""


BRIEFLY = ["run", "--adapter", "mock", "--only", "UNENROLL-EFFECT-1", "--only", "ROBUST-SCHEMA-1"]
"""A run with one check that calls the server itself, and one that has Schemathesis call it."""


def loaded(python: str, arguments: Sequence[str], cwd: Path, environment: dict[str, str]) -> list[str]:
    """What of the server a command has loaded when it ends."""
    program = LOADED.format(servers=tuple(name.replace("-", "_") for name in SERVERS))
    done = subprocess.run(
        [python, "-c", program, *arguments],
        capture_output=True, text=True, check=False, timeout=120, cwd=cwd, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    modules: list[str] = json.loads(done.stderr.splitlines()[-1])
    return modules


def test_a_run_loads_nothing_of_the_server(mock: Mock, tmp_path: Path) -> None:
    modules = loaded(
        sys.executable, [*BRIEFLY, "--report", str(tmp_path / "r")], tmp_path, {**os.environ, **fakes.settings(mock)}
    )
    assert modules == ["mock_lms", "mock_lms.spec"]


def declared(wheel: Distribution, extra: str) -> set[str]:
    """The distributions that the wheel's extra needs, and what those need. What is installed must be what it asks for.

    The server's own are left out, though the wheel declares them for all who install it.
    """
    names: set[str] = set()
    waiting = [(wheel, extra)]
    while waiting:
        distribution, wanted = waiting.pop()
        for line in distribution.requires or ():
            requirement = Requirement(line)
            name = canonicalize_name(requirement.name)
            if requirement.marker and not requirement.marker.evaluate({"extra": wanted}):
                continue
            installed = metadata.distribution(name) if name not in SERVERS else None
            if installed and name not in names:
                assert requirement.specifier.contains(installed.version, prereleases=True), line
                names.add(name)
                waiting += [(installed, wanted_extra) for wanted_extra in ("", *requirement.extras)]
    return names


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a venv with the wheel and what it declares, and with nothing of the server's. Needs no registry."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder)
    (packages,) = folder.glob("**/site-packages")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(packages)
    (information,) = packages.glob("mock_lms-*.dist-info")
    for name in declared(Distribution.at(information), "contracts"):
        distribution = metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            if not (packages / top).exists():
                (packages / top).symlink_to(str(distribution.locate_file(top)))
    return folder / "bin" / "python"


SCRIPT = """
import sys
from importlib.metadata import entry_points
name = sys.argv[1]
del sys.argv[1]
(command,) = entry_points(group="console_scripts", name=name)
sys.exit(command.load()())
"""
"""What an installer makes of a console script."""


def test_from_a_wheel_beside_what_it_declares_it_runs_in_an_unrelated_folder(
    mock: Mock, installed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "unrelated"
    folder.mkdir()
    variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    variables |= fakes.settings(mock)
    variables["XDG_CONFIG_HOME"] = str(tmp_path)

    def run(name: str, *arguments: str | Path) -> str:
        done = subprocess.run(
            [installed, "-c", SCRIPT, name, *arguments],
            capture_output=True, text=True, check=False, timeout=280, cwd=folder, env=variables,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "UNENROLL-EFFECT-1" in run("mock-lms-contracts", "list")
    assert run("mock-lms-contracts", "explain", "adapters") == (PACKAGE / "ADAPTERS.md").read_text() + "\n"

    # one requirement of each profile, so that each file of the suite is used
    first = {requirement.profile: requirement.id for requirement in reversed(requirements())}
    only = [word for name in first.values() for word in ("--only", name)]
    run("mock-lms-contracts", "run", "--adapter", "mock", *only, "--report", tmp_path / "r", "--", "-n", "2")
    assert {path.name for path in (tmp_path / "r").iterdir()} == set(reports.FILES)
    assert loaded(str(installed), BRIEFLY, folder, variables) == ["mock_lms", "mock_lms.spec"]
    assert list(folder.iterdir()) == []

    # the client, too, is a stranger to the server, and its JSON the standard library's where there is no other
    assert "\tadmin\t" in run("mock-lms-client", "ids", "users", "admin")
