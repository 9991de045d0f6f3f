"""`mock-lms sabotage`."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

import click

from mock_lms.terminal import say


@click.command()
def sabotage() -> None:
    """List deliberately wrong servers and the rule each breaks.

    They are grouped by what is wrong. Serve one, and see whether your tests notice.

    \b
    Examples:
      mock-lms sabotage
    """
    from mock_lms.control.sabotage import known  # noqa: PLC0415

    width = max(map(len, known()))
    family = attrgetter("family")
    for name, members in groupby(sorted(known().values(), key=family), family):
        say(f"{name}:")
        for wrong in members:
            say(f"  {wrong.name:<{width}}  {wrong.breaks}")
        say("")
    say("The sentence is the rule that holds no more. Serve one with: mock-lms serve --sabotage NAME")
