"""`mock-lms quota`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mock_lms.cli.remote import controls, show

if TYPE_CHECKING:
    from mock_lms.testing.control import Control


@click.group()
def quota() -> None:
    """Limit the calls, and see how clients keep to it.

    \b
    Examples:
      mock-lms quota set --calls 1000 --seconds 3600
      mock-lms quota show
    """


@quota.command("show")
@controls
def get_quota(control: Control) -> None:
    """Show the limit, and who came back too early.

    \b
    Examples:
      mock-lms quota show
    """
    show(control.get_quota())


@quota.command("set")
@click.option("--calls", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="So many ...")
@click.option("--seconds", type=click.IntRange(1, 86400), default=3600, show_default=True, help="... in so long.")
@click.option(
    "--retry-after",
    type=click.Choice(["seconds", "date"]),
    default="seconds",
    show_default=True,
    help="How that header is written.",
)
@controls
def set_quota(control: Control, calls: int, seconds: int, retry_after: str) -> None:
    """Limit the calls.

    \b
    Examples:
      mock-lms quota set --calls 100 --seconds 60 --retry-after date
    """
    show(control.set_quota(calls, seconds, retry_after))


@quota.command("clear")
@controls
def clear_quota(control: Control) -> None:
    """Lift the limit.

    \b
    Examples:
      mock-lms quota clear
    """
    show(control.clear_quota())
