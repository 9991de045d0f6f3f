"""The shell around the commands: help, exit codes, and one line for whatever goes wrong."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click
import pytest
from mock_lms_client import ListChanged, Refused, Unreachable
from mock_lms_client.__main__ import cli, main
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.people.reports import UnusableReport

from mock_lms.testing import MockTenant
from tests.client.harness.commands import CommandLine, commands, examples, run

FOREIGN = ("requests", "urllib3", "xlrd")


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """How the command line ends if a command raises, and what it says."""

    def end(raised: BaseException) -> tuple[int, str]:
        @click.command()
        def failing() -> None:
            raise raised

        monkeypatch.setitem(cli.commands, "failing", failing)
        with pytest.raises(SystemExit) as ended:
            main(["failing"])
        assert isinstance(ended.value.code, int)
        return ended.value.code, capsys.readouterr().err

    return end


@pytest.fixture
def line(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line, of nobody who is logged in."""
    return CommandLine(capsys)


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (Stopped("x"), 1),
        (Stopped("x", Exit.GUARDED), 4),
        (Stopped("x", Exit.UNKNOWN), 5),
        (UnusableReport("x"), 1),
        (Unreachable("x"), 1),
        (Refused("x", status=403), 1),
        (ListChanged("x"), 1),
        (click.UsageError("x"), 2),
        (OSError(28, "x"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_the_user_can_mend_is_one_line_and_an_exit_code(
    ending: Callable[[BaseException], tuple[int, str]], raised: BaseException, code: int
) -> None:
    assert ending(raised) == (code, "mock-lms-client: x.\n")


@pytest.mark.parametrize(("arguments", "missing"), [(["plan", "unenroll"], "--users"), (["apply"], "PLAN")])
def test_what_is_missing_is_named_as_one_types_it(
    arguments: list[str], missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr().err
    assert (ended.value.code, said.startswith("mock-lms-client: "), said.count("\n")) == (2, True, 1)
    assert missing in said


def test_a_file_that_fails_is_named(ending: Callable[[BaseException], tuple[int, str]]) -> None:
    assert ending(PermissionError(13, "Permission denied", "plan.json")) == (
        1,
        "mock-lms-client: plan.json: Permission denied.\n",
    )


def test_an_interrupt_ends_with_130(ending: Callable[[BaseException], tuple[int, str]]) -> None:
    assert ending(KeyboardInterrupt()) == (130, "\nmock-lms-client: interrupted.\n")
    assert ending(click.Abort())[0] == 130


def test_what_a_server_says_moves_no_cursor(ending: Callable[[BaseException], tuple[int, str]]) -> None:
    assert ending(Refused("\x1b[2J\nno!", status=400)) == (1, "mock-lms-client: \\x1b[2J no!\n")


def test_what_is_our_own_mistake_is_not_hidden(ending: Callable[[BaseException], tuple[int, str]]) -> None:
    with pytest.raises(ZeroDivisionError):
        ending(ZeroDivisionError())


@pytest.mark.parametrize("code", [None, 0, 2, Exit.PARTIAL])
def test_a_command_s_own_exit_code_is_kept(monkeypatch: pytest.MonkeyPatch, code: int | None) -> None:
    monkeypatch.setitem(cli.commands, "ending", click.Command("ending", callback=lambda: code))
    with pytest.raises(SystemExit) as ended:
        main(["ending"])
    assert ended.value.code == int(code or 0)


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("--nonsense",), ("ids", "report"), ("ids", "users", "--limit", "0")]
)
def test_a_wrong_call_ends_with_2_in_one_line(line: CommandLine, arguments: tuple[str, ...]) -> None:
    done = line(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("mock-lms-client: ")


@pytest.mark.parametrize("arguments", [(), ("ids",)])
def test_without_a_command_the_help_is_shown_and_nothing_is_done(line: CommandLine, arguments: tuple[str, ...]) -> None:
    done = line(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == line(*arguments, "--help").stdout


def test_a_refused_connection_is_one_line_and_no_traceback() -> None:
    settings = {"MOCK_LMS_URL": "http://127.0.0.1:9", "MOCK_LMS_TOKEN": "s3cret"}
    done = run("ids", "users", "--max-wait", "0", settings=settings)
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "s3cret" not in done.stderr


def test_wrong_credentials_are_one_line_that_does_not_say_them(
    lms: MockTenant, command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("ids", "users", "--limit", "1").returncode == 0
    monkeypatch.setenv("MOCK_LMS_PASSWORD", "s3cret")
    done = command("ids", "users")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert not any(secret in done.stderr for secret in ("s3cret", lms.client_secret))


def test_a_pipe_that_nobody_reads_ends_it_quietly(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1\n2\n")
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-m", "mock_lms_client", "ids", "report", "a.txt"]
    done = subprocess.run(command, stdout=writes, stderr=subprocess.PIPE, check=False, cwd=tmp_path, timeout=60)
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1\n2\n")
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "mock_lms_client", "ids", "report", "a.txt"]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr == "mock-lms-client: No space left on device.\n"


def test_a_name_that_the_output_s_encoding_has_not_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "中.txt").write_text("1\n")
    done = run("ids", "report", "中.txt", cwd=tmp_path, settings={"PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 0
    assert "\\u4e2d.txt" in done.stderr


# --- help


def test_the_help_of_every_command_is_quick_since_it_loads_nothing_it_does_not_need() -> None:
    program = (
        "import sys\nfrom mock_lms_client.__main__ import main\n"
        "for path in sys.argv[1:]:\n"
        "    try: main([*path.split(), '--help'])\n"
        f"    except SystemExit: print(path, {{*{FOREIGN!r}}} & sys.modules.keys(), file=sys.stderr)"
    )
    paths = [path for path, _ in commands()]
    done = subprocess.run(
        [sys.executable, "-c", program, *paths], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.splitlines() == [f"{path} set()" for path in paths]


@pytest.mark.parametrize(("path", "command"), [*commands()], ids=[path or "-" for path, _ in commands()])
def test_every_command_and_option_says_what_it_is_for(path: str, command: click.Command) -> None:
    assert command.help
    assert examples(command), path
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_the_help_tells_the_whole_story_with_commands_that_there_are() -> None:
    told = [shlex.split(example)[1] for example in examples(cli)]
    assert told == [*cli.commands]
    assert all(f"\n  {code} " in cleandoc(cli.help or "") for code in Exit)


def test_the_version_is_the_package_s(line: CommandLine) -> None:
    assert line("--version").stdout == f"mock-lms-client {version('mock-lms')}\n"


def test_the_script_is_installed() -> None:
    script = Path(sys.executable).with_name("mock-lms-client")
    done = subprocess.run(
        [script, "--help"], capture_output=True, text=True, check=True, env={**os.environ}, timeout=60
    )
    assert done.stdout.startswith("Usage: mock-lms-client")
