"""`mock-lms-contracts`: help that is true to the last example, usage, and list."""

from __future__ import annotations

import errno
import io
import json
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

import click
import pytest
from mock_lms_contracts.__main__ import cli, main
from mock_lms_contracts.command import EXTRA
from mock_lms_contracts.requirements import requirements, select
from packaging.requirements import Requirement

from tests.contracts import fakes
from tests.contracts.driver import Mock

TOKEN = "0123456789abcdef0123456789abcdef"
NOWHERE = ("run", "--base-url", "http://127.0.0.1:9", "--token", TOKEN)


# --- help


@pytest.mark.parametrize("name", ["", *cli.commands])
def test_the_help_shows_every_option_with_its_meaning(name: str, tmp_path: Path) -> None:
    done = fakes.contracts(*name.split(), "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for option in (cli.commands[name] if name else cli).params:
        if isinstance(option, click.Option):
            assert max(option.opts, key=len) in done.stdout
            assert option.help, option.name


def examples() -> list[str]:
    texts = [str(command.help) for command in (cli, *cli.commands.values())]
    lines = [line.strip() for text in texts for line in text.partition("Examples:\n")[2].splitlines()]
    return [line for line in dict.fromkeys(lines) if line]


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("example", examples())
def test_every_example_of_the_help_works(example: str, mock: Mock, tmp_path: Path) -> None:
    words = shlex.split(example)
    if words[:3] == ["mock-lms", "exec", "--"]:
        words = words[3:]
    program, *arguments = words
    assert program == "mock-lms-contracts"
    variables = fakes.settings(mock) if arguments[0] == "run" else {}
    if "--read-only" in arguments:
        arguments += ["--json"]
    with patch.object(sys, "stdin", io.StringIO("\n" * 20)):  # `init` asks, and is answered that all is as it suggests
        done = fakes.contracts(*arguments, cwd=tmp_path, **variables)
    # the mock of these tests has nobody in it, so that there is nothing to read
    assert done.returncode == (3 if "--read-only" in arguments else 0), done.stderr + done.stdout


def test_every_command_has_an_example() -> None:
    for command in (cli, *cli.commands.values()):
        assert "Examples:" in str(command.help), command.name


# --- usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run",), "say what to check"),
        (("run", "--base-url", "http://127.0.0.1:9"), "every call needs a token"),
        (("run", "--base-url", "127.0.0.1:9", "--token", TOKEN), "give an address as in http://"),
        (
            ("run", "--base-url", "http://user:secret@127.0.0.1:9", "--token", TOKEN),
            "the address must not hold credentials",
        ),
        (("run", "--base-url", "http://127.0.0.1:9", "--client-id", "x"), "--client-secret, --username, --password"),
        (("run", "--base-url", "http://192.0.2.1", "--token", TOKEN), "--allow-host 192.0.2.1"),
        ((*NOWHERE, "--adapter", "http://192.0.2.1/states"), "--allow-host 192.0.2.1"),
        ((*NOWHERE, "--adapter", "strange"), "there is no adapter 'strange'"),
        ((*NOWHERE, "--adapter", "mock"), "--control-token"),
        ((*NOWHERE, "--adapter", "mock", "--control-token", "x"), "--client-id"),
        ((*NOWHERE, "--profile", "cores"), "did you mean core?"),
        ((*NOWHERE, "--only", "UNENROLL-CAP-9"), "did you mean UNENROLL-CAP-"),
        ((*NOWHERE, "--only", "UNENROLL-CAP-1", "--profile", "core"), "profile bulk-unenroll"),
        ((*NOWHERE, "--only", "UNENROLL-ERRORS-3", "--level", "must"), "UNENROLL-ERRORS-3 is a MAY"),
        ((*NOWHERE, "--level", "most"), "'must', 'should', 'may'"),
        ((*NOWHERE, "--seed", "-1"), "--seed"),
        ((*NOWHERE, "--max-writes", "few"), "few"),
        ((*NOWHERE, "--baseline", "/nowhere"), os.strerror(errno.ENOENT)),
        ((*NOWHERE, "--report", "/dev/null/report"), os.strerror(errno.ENOTDIR)),
        ((*NOWHERE, "stray"), "stray"),
        ((*NOWHERE, "--without", "plans"), "'enroll', 'update'"),
        (("explain", "UNENROLL-CAP-9"), "did you mean UNENROLL-CAP-"),
    ],
)
def test_bad_usage_is_one_line_on_standard_error_and_2(
    arguments: Sequence[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in list(os.environ):
        if name.startswith("MOCK_LMS_"):
            monkeypatch.delenv(name)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    shown = capsys.readouterr()
    assert ended.value.code == 2
    assert shown.out == ""
    assert shown.err.startswith("mock-lms-contracts: ")
    assert shown.err.count("\n") == 1
    assert message in shown.err
    assert "secret@" not in shown.err
    assert TOKEN not in shown.err


def test_without_a_command_the_help_is_shown_as_it_is(tmp_path: Path) -> None:
    done = fakes.contracts(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == fakes.contracts("--help", cwd=tmp_path).stdout


def test_the_version_is_said_as_by_our_other_programs(tmp_path: Path) -> None:
    assert fakes.contracts("--version", cwd=tmp_path).stdout == f"mock-lms-contracts {version('mock-lms')}\n"


BLOCKED = """
import contextlib, io, json, sys
sys.modules.update(dict.fromkeys({extra!r}))  # an import of these fails
from mock_lms_contracts.__main__ import main
outcomes = []
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            main(arguments)
        except SystemExit as ended:
            outcomes.append((ended.code, err.getvalue()))
print(json.dumps(outcomes))
"""


def test_without_its_extra_it_says_what_to_install_and_helps(tmp_path: Path) -> None:
    codes = {(): 2, ("--help",): 0, ("--version",): 0, ("list",): 0, NOWHERE: 2}
    program = BLOCKED.format(extra={*EXTRA, "_pytest", "hypothesis"})
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps([*codes])], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    outcomes = dict(zip(codes, json.loads(done.stdout), strict=True))
    assert {arguments: code for arguments, (code, _) in outcomes.items()} == codes
    (line,) = outcomes[NOWHERE][1].splitlines()
    assert "pip install '.[contracts]'" in line
    assert all(name in line for name in EXTRA)


def test_all_of_its_extra_that_mock_lms_does_not_bring_is_looked_for() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    extra = {Requirement(each).name for each in project["optional-dependencies"]["contracts"]}
    brought = {Requirement(each).name for each in project["dependencies"]}
    modules = {"pytest-xdist": "xdist", "jsonschema-rs": "jsonschema_rs"}
    assert {modules.get(name, name) for name in extra - brought} == set(EXTRA)


def test_settings_of_exec_are_for_its_own_server_only(tmp_path: Path, mock: Mock) -> None:
    done = fakes.contracts("run", "--base-url", "http://127.0.0.1:9", cwd=tmp_path, **fakes.settings(mock))
    assert done.returncode == 2
    assert "every call needs a token" in done.stderr


# --- list


def test_list_as_json_is_the_requirements(tmp_path: Path) -> None:
    done = fakes.contracts("list", "--json", cwd=tmp_path)
    assert [entry["id"] for entry in json.loads(done.stdout)] == [requirement.id for requirement in requirements()]
    done = fakes.contracts("list", "--json", "--profile", "core", "--level", "must", cwd=tmp_path)
    musts = select(["core"], "MUST")
    assert [entry["id"] for entry in json.loads(done.stdout)] == [requirement.id for requirement in musts]
