"""All that the client prints goes through one place, and nothing of it moves a cursor, wherever it came from."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import click
import mock_lms_client
import pytest
from mock_lms_client.cli import ask, say

from tests.client.conftest import NewTenant
from tests.client.harness.commands import CommandLine, settings_of

PACKAGE = Path(mock_lms_client.__file__).parent
EVIL = "\x1b]0;owned\x07\u009b2J\u202e\x7f\r\b"
"""Sets a window's title, clears the screen, writes from the right to the left."""


PRINTING = {"print", "input", "getpass.getpass", *(f"click.{name}" for name in ("echo", "secho", "prompt", "confirm"))}


def test_only_one_file_prints() -> None:
    printing = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                function = ast.unparse(node.func)
                if function in PRINTING or re.match(r"sys\.std(out|err)\.(write|buffer)", function):
                    printing.add(path.relative_to(PACKAGE).as_posix())
    assert printing == {"cli/__init__.py"}


def test_what_is_printed_keeps_its_lines_and_tabs_and_nothing_else_that_moves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say(f"a\tb\n{EVIL}c")
    say(EVIL, err=True)
    said = capsys.readouterr()
    assert said.out == "a\tb\n\\x1b]0;owned\\x07\\x9b2J\\u202e\\x7f\\r\\x08c\n"
    assert said.err.strip("\n").isprintable()


def test_a_question_is_printed_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[str] = []

    def prompt(text: str, **_: Any) -> str:
        questions.append(text)
        return ""

    monkeypatch.setattr(click, "prompt", prompt)
    ask(f"acme{EVIL}?")
    assert questions[0].isprintable()


SEED = {
    "users": [{"id": 7, "username": f"eve{EVIL}", "firstname": EVIL, "email": f"e{EVIL}@example.com"}],
    "courses": [{"id": 201, "name": f"Safety{EVIL}", "code": f"S{EVIL}"}],
    "learning_plans": [{"id": 31, "name": f"Plan{EVIL}", "code": f"P{EVIL}", "courses": [201]}],
    "enrollments": [{"user": 7, "course": 201}],
    "learning_plan_enrollments": [{"user": 7, "learning_plan": 31}],
}


def test_no_command_prints_what_moves_a_cursor_from_names_or_paths(
    new_tenant: NewTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lms = new_tenant(seed=SEED)
    folder = tmp_path / f"a{EVIL}b"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name, value in {**settings_of(lms), "XDG_CONFIG_HOME": str(folder / "config")}.items():
        monkeypatch.setenv(name, value)
    plan, report = folder / f"p{EVIL}.json", folder / f"r{EVIL}.csv"
    report.write_text("user_id\n7\n", encoding="utf-8")

    def code(*arguments: Any) -> int:
        done = CommandLine(capsys)(*map(str, arguments))
        shown = (done.stdout + done.stderr).replace("\n", "").replace("\t", "")
        assert shown.isprintable(), done
        return done.returncode

    sure = ("--yes", "--expect-count", 1)
    for arguments, expected in [
        (("ids", "users"), 0),
        (("ids", "users", "--by", "username", f"eve{EVIL}"), 0),
        (("ids", "courses"), 0),
        (("ids", "plans", f"no{EVIL}"), 1),
        (("ids", "plans"), 0),
        (("ids", "report", report), 0),
        (("ids", "report", EVIL), 1),
        (("ids", EVIL), 2),
        (("plan", "unenroll", "--users", report, "--column", EVIL, "--courses", 201), 1),
        (("plan", "unenroll", "--users", report, "--courses", EVIL), 1),
        (("plan", "unenroll", "--users", report, "--courses", 201, "--reason", f"r{EVIL}", "-o", plan), 0),
        (("apply", plan), 4),
        (("apply", plan, "--max-remove", 0, *sure), 4),
        (("apply", plan, "--max-percent", 100, *sure), 0),
        (("apply", plan, "--max-percent", 100, *sure), 2),
        (("apply", EVIL), 2),
        (("verify", plan), 0),
        (("restore", plan), 2),
        (("restore", plan.with_suffix(".backup.json"), *sure), 0),
        (("login", "--config", folder / f"c{EVIL}.toml"), 0),
        (("login", "--config", plan), 1),
        (("ids", "users", "--url", f"http://127.0.0.1/{EVIL}"), 1),
    ]:
        assert code(*arguments) == expected, arguments
    config = folder / "bad.toml"
    config.write_text(f"{json.dumps(EVIL)} = 1\n".replace("\x7f", "\\u007f"), encoding="utf-8")
    assert code("ids", "users", "--config", config) == 1
