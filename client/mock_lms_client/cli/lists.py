"""The options of every command that reads lists of people: which sheet, and what to do with hidden rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def workbooks(command: F) -> F:
    """Adds `--sheet` and `--hidden-rows`."""
    command = click.option(
        "--hidden-rows",
        type=click.Choice(["read", "skip"]),
        help="What to do with people in rows that a filter or somebody hides. Without it they are an error.",
    )(command)
    return click.option(
        "--sheet", metavar="NAME", help="Of a workbook. Without it the only visible one that has the column."
    )(command)
