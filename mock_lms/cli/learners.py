"""`mock-lms learners`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mock_lms.cli.remote import controls, show

if TYPE_CHECKING:
    from mock_lms.testing.control import Control


@click.command()
@click.argument("user_ids", nargs=-1, required=True, type=click.IntRange(1), metavar="USER_ID...")
@controls
def learners(control: Control, user_ids: tuple[int, ...]) -> None:
    """Show everything a running server holds about users.

    By layer: enrollments, tracking, certificates, learning plans; also what the vendor's API does not show.

    \b
    Examples:
      mock-lms learners 13001 13008
    """
    show(control.list_learners(user_ids))
