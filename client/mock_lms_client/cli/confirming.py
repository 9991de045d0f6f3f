"""Does somebody who knows what is about to happen want it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mock_lms_client.cli import ask, at_terminal, say
from mock_lms_client.exits import Exit, Stopped

F = TypeVar("F", bound=Callable[..., Any])


def confirmable(command: F) -> F:
    """Adds `--yes` and `--expect-count`."""
    command = click.option(
        "--expect-count", type=click.IntRange(min=0), metavar="N", help="With --yes: how many you know it to be."
    )(command)
    return click.option("--yes", is_flag=True, help="Do not ask. Needs --expect-count.")(command)


def confirm(
    what: str, tenant: str, count: int, *, yes: bool, expect_count: int | None, again: str, total: int | None = None
) -> None:
    """Has a person type tenant and number, or takes them as options. Raises `Stopped`: nothing is done without either.

    `what` says what is about to happen, in one line, and `again` is the command that needs nobody to ask. Where some of
    a `total` is done already, `--expect-count` may be either number: who resumes need not know how far it came.
    """
    if yes or expect_count is not None:
        if not yes or expect_count is None:
            missing = "--expect-count N" if yes else "--yes"
            raise click.UsageError(f"--yes and --expect-count go together: {missing} is missing; nothing was done")
        if expect_count not in {count, total}:
            is_ = f"it is {count:,}" if total in {None, count} else f"{count:,} of {total:,} are left"
            raise Stopped(f"--expect-count says {expect_count:,}, and {is_}; nothing was done", Exit.GUARDED)
        return
    if not at_terminal():
        line = f"there is no terminal to ask at; nothing was done. If it is meant: `{again}`"
        raise Stopped(line, Exit.GUARDED)
    say(what, err=True)
    wanted = f"{tenant} {count}"
    typed = ask(f"To do it type: {wanted}\n", suffix="> ", default="")
    if typed.split() != wanted.split():
        raise Stopped("that is not what was to be typed; nothing was done", Exit.GUARDED)
