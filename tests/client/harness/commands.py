"""The command line: in this process, which is quicker; as a process; and at a terminal of its own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeAlias

import click
import pytest
from mock_lms_client.__main__ import cli, main

from mock_lms.testing import MockTenant

Done: TypeAlias = subprocess.CompletedProcess[str]

COMMAND = (sys.executable, "-W", "error", "-m", "mock_lms_client")


class CommandLine:
    """`mock-lms-client` in this process, with the environment and the folder that the test has."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Done:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = self._capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Done(arguments, code, said.out, said.err)


def run(*arguments: str, settings: Mapping[str, str] | None = None, cwd: Path | None = None) -> Done:
    """`mock-lms-client` as a process, with nothing of our own environment's settings."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=cwd,
        env=clean_environment(XDG_CONFIG_HOME="/nowhere", **(settings or {})),
        encoding="utf-8",
    )


def clean_environment(**settings: str) -> dict[str, str]:
    """Our own, without what commands would read, and with these settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MOCK_LMS_")} | settings


SECRETS = ("client_id", "client_secret", "username", "password")


def settings(url: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """What `mock-lms exec` puts into the environment."""
    return {"MOCK_LMS_URL": url, **{f"MOCK_LMS_{name.upper()}": secrets[name] for name in SECRETS}}


def settings_of(lms: MockTenant) -> dict[str, str]:
    """The same, of a tenant."""
    return settings(lms.url, {name: getattr(lms, name) for name in SECRETS})


CTRL_C, CTRL_D = "\x03", "\x04"


def at_a_terminal(
    command: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
    answers: Mapping[str, str],
    *,
    piped: bool = False,
) -> tuple[int, str, str]:
    """Runs it at a terminal of its own. Types an answer where a pattern of `answers` has come to the screen.

    An answer may name what the pattern found: `{1}`. Returns exit code, standard output where that is `piped`, and all
    that was to be seen on the screen.
    """
    ours, its = pty.openpty()
    process = subprocess.Popen(
        command, stdin=its, stdout=subprocess.PIPE if piped else its, stderr=its, text=True, cwd=folder,
        env=dict(environment),
        # a session of its own whose terminal this is, so that Ctrl-C reaches it
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    )  # fmt: skip
    os.close(its)
    screen, at = "", 0
    with open(ours, "r+b", buffering=0) as terminal:  # noqa: PTH123 -- a descriptor
        while True:
            try:
                screen += terminal.read(4096).decode()
            except OSError:  # Linux's way of saying that nobody is at the other end any more
                break
            for pattern, answer in answers.items():
                if match := re.search(f"{pattern}$", screen[at:], re.DOTALL):
                    at = len(screen)
                    _type(terminal, process, answer.format(match[0], *match.groups()))
        # before the terminal goes, which would end it
        out, _ = process.communicate(timeout=60)
        return process.returncode, out or "", screen


def _type(terminal: IO[bytes], process: subprocess.Popen[str], answer: str) -> None:
    if answer != CTRL_C:
        terminal.write(answer.encode() if answer == CTRL_D else f"{answer}\n".encode())
        return
    while process.poll() is None:  # Python may miss one just before it reads, and people press again
        terminal.write(CTRL_C.encode())
        with contextlib.suppress(subprocess.TimeoutExpired):  # but not while it is ending
            process.wait(2)


def commands(group: click.Group | None = None, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command and group by what is typed for it, the outermost as ``."""
    group = cli if group is None else group
    if not path:
        yield "", group
    for name, command in group.commands.items():
        here = f"{path} {name}".strip()
        yield here, command
        if isinstance(command, click.Group):
            yield from commands(command, here)


def examples(command: click.Command) -> list[str]:
    """The commands in the help's block of examples."""
    _, _, block = (command.help or "").partition("Examples:\n")
    return [line.strip() for line in block.partition("\n\n")[0].splitlines() if line.strip()]
