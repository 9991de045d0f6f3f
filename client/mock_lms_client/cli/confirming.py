"""Does somebody who knows what is about to happen want it?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from mock_lms_client.exits import Exit, Stopped

F = TypeVar("F", bound=Callable[..., Any])


def confirmable(command: F) -> F:
    """Adds `--yes` and `--expect-count`."""
    command = click.option(
        "--expect-count", type=click.IntRange(min=0), metavar="N", help="With --yes: how many you know it to be."
    )(command)
    return click.option("--yes", is_flag=True, help="Do not ask. Needs --expect-count.")(command)


def confirm(what: str, tenant: str, count: int, *, yes: bool, expect_count: int | None) -> None:
    """Has a person type tenant and number, or takes them as options. Raises `Stopped`: nothing is done without either.

    `what` says what is about to happen, in one line.
    """
    if yes or expect_count is not None:
        if not yes or expect_count is None:
            missing = "--expect-count N" if yes else "--yes"
            raise click.UsageError(f"--yes and --expect-count go together: {missing} is missing; nothing was done")
        if expect_count != count:
            line = f"--expect-count says {expect_count:,}, and it is {count:,}"
            raise Stopped(f"{line}; nothing was done", Exit.GUARDED)
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        line = f"there is no terminal to ask at; nothing was done. If it is meant: --yes --expect-count {count}"
        raise Stopped(line, Exit.GUARDED)
    click.echo(what, err=True)
    wanted = f"{tenant} {count}"
    typed = click.prompt(f"To do it type: {wanted}\n", prompt_suffix="> ", default="", show_default=False, err=True)
    if typed.split() != wanted.split():
        raise Stopped("that is not what was to be typed; nothing was done", Exit.GUARDED)
