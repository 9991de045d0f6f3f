"""Whatever a name, a path or a server says: no control character of it reaches a terminal or a log."""

from __future__ import annotations

import ast
import json
import logging
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import mock_lms_contracts.terminal
import pytest
from flask.logging import default_handler

import mock_lms.terminal
from mock_lms.testing import MockLMS
from tests.contracts import fakes
from tests.support.process import run

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "mock_lms").rglob("*.py"), *(ROOT / "contracts/mock_lms_contracts").rglob("*.py")])
MODULES = [mock_lms.terminal, mock_lms_contracts.terminal]
HARM = "\x9b2J\x1b]0;x\x07\u202e"
"""Clears the screen, renames the window, rings, and turns the rest of the line round."""


def harmless(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def test_everything_is_printed_in_one_way() -> None:
    assert len(SOURCES) > 100
    offenders = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if path.name != "terminal.py"
        and isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"print", "click.echo", "click.secho"}
    ]
    assert offenders == []
    writers = [path for path in SOURCES if "sys.stderr.write(" in path.read_text(encoding="utf-8")]
    assert [path.name for path in writers if "contracts" in path.parts] == ["terminal.py"]


@pytest.mark.parametrize("terminal", MODULES)
def test_what_is_not_to_be_seen_is_escaped(terminal: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.say(f"Łódź 中\n{HARM}")
    terminal.say(HARM, err=True)
    shown = capsys.readouterr()
    assert shown.out == "Łódź 中\n\\x9b2J\\x1b]0;x\\x07\\u202e\n"
    assert shown.err == "\\x9b2J\\x1b]0;x\\x07\\u202e\n"


@pytest.mark.parametrize("terminal", MODULES)
def test_json_that_is_shown_is_still_the_same_json(terminal: ModuleType) -> None:
    value = {HARM: [HARM, "Łódź", "\u2028\U000e0041\ud800"]}
    text = terminal.as_json(value)
    assert harmless(text)
    assert json.loads(text) == value


def test_a_carriage_return_is_only_what_ends_a_line() -> None:
    assert mock_lms.terminal.clean("a\r\nb\rc\r\n") == "a\r\nb\\rc\r\n"


def test_a_message_of_the_log_is_one_line() -> None:
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s failed", (f"/a\nforged {HARM}",), None)
    said = mock_lms.terminal.Formatter("%(message)s").format(record)
    assert said == "/a\\nforged \\x9b2J\\x1b]0;x\\x07\\u202e failed"


def test_what_the_server_logs_goes_this_way() -> None:
    with MockLMS():
        assert isinstance(default_handler.formatter, mock_lms.terminal.Formatter)


@pytest.mark.parametrize(
    "arguments",
    [
        ("tenants", "show", HARM),
        ("tenants", "create", "--seed", f"nonesuch{HARM}"),
        ("snapshot", "import", "a", f"/nonesuch{HARM}"),
        ("fault", "set", f"@/nonesuch{HARM}"),
        ("nonesuch" + HARM,),
        ("serve", "--host", HARM),
        ("serve", "--data", f"/dev/null/{HARM}"),
        ("exec", "--", f"/nonesuch{HARM}"),
    ],
)
def test_a_complaint_does_no_harm(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, MOCK_LMS_URL="http://127.0.0.1:9", MOCK_LMS_CONTROL_TOKEN="x")
    assert done.returncode != 0
    assert harmless(done.stdout + done.stderr)
    assert len(done.stderr.splitlines()) == 1


def test_what_the_journal_and_the_tenants_say_does_no_harm() -> None:
    with MockLMS(serve=True) as lms:
        settings = {"MOCK_LMS_URL": lms.url, "MOCK_LMS_CONTROL_TOKEN": lms.control_token}
        lms.session().get(f"{lms.url}/{quote(HARM)}?{quote(HARM)}")
        lms.session(lms.token()).get(f"{lms.url}/manage/v1/user", params={"search_text": "\x1b"})
        for command in (("list",), ("list", "--json"), ("misses",), ("misses", "--json"), ("har",)):
            done = run("journal", *command, **settings)
            assert done.returncode == 0, done.stderr
            assert harmless(done.stdout), command
            assert (
                "x9b" in done.stdout or "u009b" in done.stdout or "%9b" in done.stdout.lower() or "%C2" in done.stdout
            )


def test_what_a_target_of_the_contracts_says_does_no_harm(tmp_path: Path) -> None:
    said = {"Content-Type": "application/json"}, json.dumps({"message": [HARM]}, ensure_ascii=False)
    with fakes.fake(lambda *_: (500, *said)) as target:
        done = fakes.contracts(
            "run", "--base-url", target.url, "--token", "x" * 8, "--only", "UNENROLL-EFFECT-1", "--json", cwd=tmp_path
        )
    assert done.returncode == 1
    assert harmless(done.stdout)
    assert harmless(done.stderr)
