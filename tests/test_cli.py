"""The command line: help that is true to the last example, and what the short commands print."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from mock_lms.__main__ import cli
from mock_lms.policy import Policy, switches
from mock_lms.testing import MockLMS
from tests.support.keys import public
from tests.support.process import Serve, run, serve

__all__ = ["serve"]

SUBCOMMANDS = [f"{name} {each}" for name, group in cli.commands.items() for each in getattr(group, "commands", {})]
COMMANDS = ["", *cli.commands, *SUBCOMMANDS]
ALONE = {"policies", "sabotage", "exec"}
"""Commands that need no running server."""


def output(*arguments: str, **settings: str) -> str:
    """What a command that succeeds prints."""
    done = run(*arguments, **settings)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def help_of(command: str) -> str:
    return output(*command.split(), "--help")


def examples(command: str) -> list[str]:
    """The commands in the help's block of examples."""
    _, heading, block = help_of(command).partition("Examples:\n")
    assert heading, f"`mock-lms {command}` has no examples"
    block, _, _ = block.partition("\n\n")
    return [line.strip() for line in block.splitlines()]


# --- help


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_shows_every_option_and_command_with_its_meaning(command: str) -> None:
    shown = help_of(command)
    described: click.Command = cli
    for name in command.split():
        assert isinstance(described, click.Group)
        described = described.commands[name]
    for option in described.params:
        if isinstance(option, click.Argument):
            assert option.metavar
            assert option.metavar in shown
            continue
        assert isinstance(option, click.Option)
        assert max(option.opts, key=len) in shown
        assert option.help, option.name
    for name, each in getattr(described, "commands", {}).items():
        assert name in shown
        assert each.get_short_help_str(100) in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_a_short_h_is_the_same_help(command: str) -> None:
    assert output(*command.split(), "-h") == help_of(command)


GROUPS = ["", *(name for name, each in cli.commands.items() if isinstance(each, click.Group))]


@pytest.mark.parametrize("group", GROUPS)
def test_without_a_command_the_help_is_shown_as_it_is(group: str) -> None:
    done = run(*group.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == help_of(group)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_of_the_help_works(
    command: str, serve: Serve, controlled: MockLMS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = examples(command)
    assert found
    monkeypatch.chdir(tmp_path)
    if command.startswith("keys"):
        (tmp_path / "public.pem").write_text(public())
        controlled.control.register_key("my-program", public())
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    settings = {"MOCK_LMS_URL": controlled.url, "MOCK_LMS_CONTROL_TOKEN": controlled.control_token}
    for example in found:
        program, name, *options = shlex.split(example)
        assert program == "mock-lms"
        if name == "serve":
            # 8080 may be somebody's
            server = serve(*options, *(() if "--port" in options else ("--port", "0")))
            server.log_in()
            assert server.stop() == 0
        else:
            assert output(name, *options, **({} if name in ALONE else settings))


@pytest.fixture(scope="module")
def running() -> Iterator[MockLMS]:
    with MockLMS(serve=True) as lms:
        yield lms


@pytest.fixture
def controlled(running: MockLMS) -> Iterator[MockLMS]:
    """A server that the examples control, and that is then as it was."""
    lms = running
    yield lms
    for name in set(lms.control.list_tenants()["tenants"]) - {"default"}:
        lms.control.drop_tenant(name)
    for each in lms.control.list_snapshots()["snapshots"]:
        if each["name"] != "seed":
            lms.control.drop_snapshot(each["name"])
    lms.control.reset_tenant()


def test_an_example_shows_each_command() -> None:
    named = {example.split()[1] for command in COMMANDS for example in examples(command)}
    assert named == set(cli.commands)


def test_the_installed_command_is_the_same_program() -> None:
    installed = shutil.which("mock-lms", path=str(Path(sys.executable).parent))
    assert installed, "it is not installed beside this Python"
    assert Path(installed).read_text().count("mock_lms.__main__") == 1


# --- what the short commands print


def test_the_version_is_the_packages() -> None:
    assert output("--version") == f"mock-lms {version('mock-lms')}\n"


def test_policies_shows_every_switch_and_value_and_marks_the_defaults() -> None:
    shown = output("policies")
    rows = [
        [line[:20].strip(), line[22:34].strip(), line[36:82].strip(), line[84:].strip()] for line in shown.splitlines()
    ]
    blocks = [list(block) for filled, block in itertools.groupby(rows, any) if filled]
    assert len(blocks) == len(switches()) + 1
    for block, switch in zip(blocks, switches(), strict=False):
        policy, values, meanings, evidence = (" ".join(filter(None, column)) for column in zip(*block, strict=True))
        assert switch.name in policy
        assert values.endswith(" ".join(f"* {v}" if v == switch.default else v for v in switch.values))
        assert meanings.endswith(" ".join((switch.question, *switch.values.values())))
        assert evidence.endswith(f"{switch.confidence}: {switch.source}")
    assert "--policy NAME=VALUE" in shown


def test_policies_as_json_is_what_the_server_takes() -> None:
    shown = json.loads(output("policies", "--json"))
    assert [switch["name"] for switch in shown] == [switch.name for switch in switches()]
    for switch in shown:
        assert set(switch) == {"name", "question", "default", "values", "confidence", "source"}
        assert switch["default"] in switch["values"]
        for value in switch["values"]:
            Policy().replace([f"{switch['name']}={value}"])
    defaults = Policy().replace(f"{switch['name']}={switch['default']}" for switch in shown)
    assert defaults == Policy()


# --- what a command says of a server that it cannot use


def test_learners_says_in_one_line_what_keeps_it_from_the_server(serve: Serve) -> None:
    server = serve()
    for settings in (
        {"MOCK_LMS_URL": server.url, "MOCK_LMS_CONTROL_TOKEN": "wrong"},
        {"MOCK_LMS_URL": server.url},
        {"MOCK_LMS_URL": "http://127.0.0.1:9", "MOCK_LMS_CONTROL_TOKEN": "wrong"},
        {"MOCK_LMS_URL": "nonsense", "MOCK_LMS_CONTROL_TOKEN": "wrong"},
    ):
        done = run("learners", "13001", **settings)
        assert done.returncode == 2
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert settings["MOCK_LMS_URL"] in done.stderr
