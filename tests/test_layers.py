"""Who may import whom. The table is the architecture; a new arrow is a decision, and is made here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

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
    "background": {"app", "config", "domain", "services", "storage"},
    "deaths": set(),
    "probe": set(),
    "tls": {"storage"},
    "server": {"app", "background", "config", "deaths", "edge", "probe", "storage", "tls"},
    "testing": {"app", "control", "edge", "config", "services", "storage", "tls"},
    "cli": {"app", "control", "server", "config", "services", "storage", "testing", "tls"},
    "__main__": {"cli", "control", "server", "storage", "seeds"},
    "child": {"__main__", "services"},
    "planter": {"app", "domain", "services"},
}

ONLY = {
    "domain": {"stdlib"},
    "storage": {"stdlib", "sqlalchemy", "orjson"},
    "services": {"stdlib", "werkzeug", "joserfc", "cryptography", "xlsxwriter"},
    "policy": {"stdlib"},
    "clock": {"stdlib"},
}
"""What of other people's a layer may import."""

STDLIB = {
    "__future__", "array", "base64", "binascii", "bisect", "calendar", "collections", "contextlib", "copy",
    "csv", "dataclasses", "datetime", "enum", "errno", "fcntl", "functools", "gzip", "hashlib", "hmac", "io",
    "itertools", "json", "msvcrt", "operator", "os", "pathlib", "re", "resource", "secrets", "shutil",
    "sqlite3", "stat", "subprocess", "sys", "tempfile", "threading", "time", "types", "typing", "urllib",
    "uuid", "warnings", "zlib", "zoneinfo",
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


def module_of(path: Path) -> str:
    """The name by which the file is imported: `mock_lms.api.learn`, or `mock_lms.api` for its `__init__`."""
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in FILES}


def outward(path: Path) -> Iterator[str]:
    """The imports of the file that its layer may not have."""
    module = module_of(path)
    if module == "mock_lms":
        return
    own = layer(module)
    ours = LEAVES if own in LEAVES else MAY_IMPORT.get(own, set()) | LEAVES | {own}
    for name in imports(path):
        package = name.split(".")[0]
        if package == "mock_lms" and layer(name) not in ours:
            yield f"{module} imports {name}"
        if package != "mock_lms" and own in ONLY and package not in ONLY[own] | STDLIB:
            yield f"{module} imports {name}"


def test_imports_point_inwards() -> None:
    wrong = [line for path in FILES for line in outward(path)]
    assert not wrong, "\n".join(wrong)


def test_every_module_has_its_place_in_the_table() -> None:
    assert {layer(module) for module in MODULES if module != "mock_lms"} == MAY_IMPORT.keys() | LEAVES


CIRCLES = {
    # a database begins transactions, and a transaction is one of its database: the way back is a type only
    frozenset({"mock_lms.storage.database", "mock_lms.storage.transaction"}),
}
"""The modules that may import each other, with the reason."""


def circles() -> Iterator[frozenset[str]]:
    """The groups of modules that import each other, also where only a type checker or a function does so."""
    direct = {
        module: {name if name in MODULES else name.rpartition(".")[0] for name in imports(path)}
        & MODULES.keys() - {module}
        for module, path in MODULES.items()
    }
    reached = {module: reachable(module, direct) for module in MODULES}
    for module in MODULES:
        circle = frozenset(other for other in reached[module] if module in reached[other])
        if module in circle and module == min(circle):
            yield circle


def reachable(module: str, direct: dict[str, set[str]]) -> set[str]:
    """The modules that it imports, and those that they import, and so on."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        new = direct[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert sorted(map(sorted, circles())) == sorted(map(sorted, CIRCLES))


def test_only_the_clock_asks_what_time_it_is() -> None:
    asking = {"now", "utcnow", "today", "time"}
    lines = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            of = ast.unparse(node.func.value)
            if node.func.attr in asking and of in {"datetime", "date", "time", "datetime.datetime"}:
                lines.append(f"{path.name}:{node.lineno}")
    assert len(lines) == 2, lines
    assert all(line.startswith("clock.py:") for line in lines)


def test_no_file_is_two_things() -> None:
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    wrong = [f"{module} has {length} lines" for module, length in lengths.items() if length > 300]
    assert not wrong, "\n".join(wrong)


def test_every_module_says_what_it_is() -> None:
    texts = {module: path.read_text(encoding="utf-8") for module, path in MODULES.items()}
    wrong = [module for module, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))]
    assert not wrong, "\n".join(wrong)


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
        "clock", "diffs", "faults", "inspect", "journal", "keys", "quota", "snapshots", "tenants",
    }  # fmt: skip
    features = {path for view in VIEWS for path in view.parent.glob("*.py")}
    assert [offence for path in sorted(features) for offence in offences(path)] == []


LONGEST_VIEW = 10
"""Lines of a view: it loads, calls and dumps."""


def test_a_view_of_the_api_loads_calls_and_dumps() -> None:
    views = sorted(ROOT.glob("api/*/views.py"))
    tags = {"analytics", "audiences", "course", "learn", "learningplan", "manage", "oauth2"}
    assert {view.parent.name for view in views} == tags
    wrong = []
    for path in views:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                lines = (function.end_lineno or 0) - function.lineno
                if lines > LONGEST_VIEW or any(isinstance(node, ast.Try) for node in ast.walk(function)):
                    wrong.append(f"{path.parent.name}: {function.name} has {lines} lines, or a try")
    assert not wrong, "\n".join(wrong)
