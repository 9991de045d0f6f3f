"""`mock-lms clock`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from mock_lms.cli.remote import Duration, controls, show
from mock_lms.clock import FORMAT

if TYPE_CHECKING:
    from mock_lms.testing.control import Control


@click.group()
def clock() -> None:
    """A tenant's clock.

    \b
    Examples:
      mock-lms clock freeze '2026-03-01 12:00:00'
      mock-lms clock advance 7d
    """


@clock.command("show")
@controls
def get_clock(control: Control) -> None:
    """Show what it says, and how it goes.

    \b
    Examples:
      mock-lms clock show
    """
    show(control.get_clock())


@clock.command("freeze")
@click.argument("moment", metavar="MOMENT", type=click.DateTime([FORMAT]))
@controls
def freeze(control: Control, moment: datetime) -> None:
    """Have it stand still at a moment, UTC. Nothing falls due by that.

    \b
    Examples:
      mock-lms clock freeze '2026-03-01 12:00:00'
    """
    show(control.set_clock(moment))


@clock.command("run")
@controls
def run(control: Control) -> None:
    """Let it go as the real one.

    \b
    Examples:
      mock-lms clock run
    """
    show(control.set_clock(None))


@clock.command("advance")
@click.argument("how_far", metavar="DURATION", type=Duration())
@controls
def advance_clock(control: Control, how_far: float) -> None:
    """Move it forward: seconds, or 15m, 36h, 7d. What falls due on the way happens.

    \b
    Examples:
      mock-lms clock advance 90
      mock-lms clock advance 7d
    """
    show(control.advance_clock(how_far))
