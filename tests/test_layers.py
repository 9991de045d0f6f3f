"""Who may import whom. The table is the architecture; a new arrow is a decision, and is made here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "mock_lms"

LEAVES = {"policy", "clock", "spec", "terminal"}
"""Modules that import nothing of ours; everybody may import them."""

MAY_IMPORT = {
    "domain": set(),
    "storage": {"domain"},
    "seeds": {"domain", "storage"},
    "services": {"domain", "storage", "seeds"},
    "http": {"domain", "services"},
    "api": {"domain", "services", "http"},
    # api, for sabotage alone, which breaks it
    "control": {"domain", "services", "storage", "http", "api"},
    "edge": {"domain", "services", "storage", "http", "api", "control"},
    "config": {"services"},
    "app": {"http", "api", "control", "edge", "services", "storage", "config"},
    "deaths": set(),
    "server": {"app", "config", "deaths", "edge", "storage"},
    "testing": {"app", "control", "edge", "config", "services", "storage"},
    "cli": {"app", "control", "server", "config", "services", "storage", "testing"},
    "__main__": {"cli", "control", "server", "storage", "seeds"},
    "child": {"__main__", "services"},
    "planter": {"app", "domain", "services"},
}

ONLY = {
    "domain": {"stdlib"},
    "storage": {"stdlib", "sqlalchemy", "orjson"},
    "services": {"stdlib", "werkzeug"},
    "policy": {"stdlib"},
    "clock": {"stdlib"},
}
"""What of other people's a layer may import."""

STDLIB = {
    "__future__", "base64", "binascii", "calendar", "collections", "contextlib", "copy", "dataclasses", "datetime",
    "enum", "errno", "fcntl", "functools", "gzip", "hashlib", "hmac", "json", "msvcrt", "os", "pathlib", "re",
    "resource", "secrets", "shutil", "sqlite3", "stat", "subprocess", "sys", "time", "types", "typing", "urllib",
    "uuid", "zlib",
}  # fmt: skip


def imports(path: Path) -> Iterator[str]:
    """Every module that the file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(module: str) -> str:
    """`mock_lms.api.learn` is in layer api."""
    return module.split(".")[1]


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_inwards(path: Path) -> None:
    own = layer("mock_lms." + ".".join(path.relative_to(ROOT).with_suffix("").parts))
    if own == "__init__":
        return
    allowed = LEAVES if own in LEAVES else MAY_IMPORT.get(own, set()) | LEAVES | {own}
    for module in imports(path):
        if module.startswith("mock_lms"):
            assert layer(module) in allowed, f"{own} must not import {module}"
        elif own in ONLY:
            package = module.split(".")[0]
            assert package in ONLY[own] or package in STDLIB, f"{own} must not import {package}"


def test_every_module_has_its_place_in_the_table() -> None:
    places = {layer("mock_lms." + ".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in FILES}
    assert places - {"__init__"} == MAY_IMPORT.keys() | LEAVES


def test_only_the_clock_asks_what_time_it_is() -> None:
    asking = {"now", "utcnow", "today", "time"}
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            of = ast.unparse(node.func.value)
            if node.func.attr in asking and of in {"datetime", "date", "time", "datetime.datetime"}:
                found.append(f"{path.name}:{node.lineno}")
    assert found == [f"clock.py:{line}" for line in (int(found[0].split(":")[1]),)], found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_two_things(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))


TRANSACTIONS = {"begin", "read", "look"}
"""The methods of a database that begin one."""

NOT_IN_A_VIEW = {"mock_lms.storage", "sqlalchemy"}
NOT_IN_A_RULE = {"flask", "werkzeug", "marshmallow", "mock_lms.storage", "mock_lms.services", "sqlalchemy"}

VIEWS = sorted(ROOT.glob("control/*/http.py"))
RULES = sorted(
    path
    for view in VIEWS
    for path in view.parent.glob("*.py")
    if path.name not in {"__init__.py", "http.py", "service.py"}
)
"""The modules of control's features that are neither view nor service: pure."""


def offences(path: Path) -> Iterator[str]:
    """What a module of a control feature does that it must not."""
    feature = path.parent.name
    forbidden = NOT_IN_A_VIEW if path.name == "http.py" else NOT_IN_A_RULE if path in RULES else set()
    for module in imports(path):
        if any(f"{module}.".startswith(f"{package}.") for package in forbidden):
            yield f"{feature}/{path.name} imports {module}"
        _, _, inner = module.partition("mock_lms.control.")
        other, _, rest = inner.partition(".")
        if other != feature and rest.partition(".")[0] == "http":
            yield f"{feature}/{path.name} imports the views of {other}"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if path.name == "http.py" and node.func.attr in TRANSACTIONS:
            yield f"{feature}/{path.name} line {node.lineno} begins a transaction"


def test_a_control_features_view_opens_no_transaction_and_its_rules_are_pure() -> None:
    assert {view.parent.name for view in VIEWS} >= {
        "clock", "diffs", "faults", "inspect", "journal", "quota", "snapshots", "tenants",
    }  # fmt: skip
    features = {path for view in VIEWS for path in view.parent.glob("*.py")}
    assert [offence for path in sorted(features) for offence in offences(path)] == []
