"""Every command line that `mock-lms` and `mock-lms-contracts` print can be typed as it stands.

The client has a test of its own, `tests/client/cli/test_printed.py`; the banner's lines are typed in `tests/server`,
and the examples of the help in `test_cli.py` and `contracts/test_command.py`.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_lms import MockLMS
from tests.support.process import Serve
from tests.support.process import serve as serve

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "mock_lms").rglob("*.py"), *(ROOT / "contracts/mock_lms_contracts").rglob("*.py")])
QUOTED = re.compile(r"`((?:mock-lms|mock-lms-contracts) [^`]+)`")
INSTALLED = re.compile(r"(?:pip install|pipx install|uvx --from|uv tool install) ([^`;,\n]+)")


def texts(path: Path) -> Iterator[str]:
    """What the file may print: every text in it but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


PRINTED = sorted({line for path in SOURCES for text in texts(path) for line in QUOTED.findall(text)})


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = words
    module = program.replace("-", "_")
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True, text=True, check=False, timeout=60, env=settings or None,
    )  # fmt: skip


def test_some_are_found() -> None:
    assert {"mock-lms policies", "mock-lms sabotage", "mock-lms-contracts list"} <= set(PRINTED)


@pytest.mark.parametrize("line", PRINTED)
def test_a_command_that_a_message_names_is_one(line: str) -> None:
    words = shlex.split(line)
    # these do not end by themselves, ask, or need more than a message can say
    more = ["--help"] if words[1] in {"serve", "exec", "run", "init"} else []
    done = run(*words, *more)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize(("command", "placeholder"), [("policies", "NAME=VALUE"), ("sabotage", "NAME")])
def test_what_a_list_says_to_serve_is_served(command: str, placeholder: str, serve: Serve) -> None:
    shown = run("mock-lms", command).stdout.splitlines()
    words = shlex.split(shown[-1].partition("with: ")[2])
    assert words[:2] == ["mock-lms", "serve"]
    assert words[-1] == placeholder
    name = "over_cap=truncate" if command == "policies" else shown[1].split()[0]
    server = serve(*words[2:-1], name, "--port", "0")
    server.log_in()
    assert server.stop() == 0


def test_what_explain_says_to_run_is_run() -> None:
    explained = run("mock-lms-contracts", "explain", "UNENROLL-CAP-1").stdout
    words = shlex.split(explained.splitlines()[-1].removeprefix("check it"))
    with MockLMS(serve=True) as lms:
        given = [lms.url if word == "URL" else word for word in words]
        assert given != words
        keys = [
            option
            for name in ("client_id", "client_secret", "username", "password")
            for option in (f"--{name.replace('_', '-')}", getattr(lms, name))
        ]
        done = run(*given, *keys)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_message_says_to_install_a_name_that_anybody_could_register() -> None:
    found = {
        (path.name, what)
        for path in [*SOURCES, *sorted((ROOT / "client").rglob("*.py"))]
        for text in texts(path)
        for what in INSTALLED.findall(text)
    }
    assert found
    assert [what for what in sorted(found) if not what[1].lstrip("'\"").startswith((".", "--"))] == []
