"""`mock-lms sabotage`."""

from __future__ import annotations

import click

from mock_lms.terminal import say


@click.command()
def sabotage() -> None:
    """List deliberately wrong servers and the rule each breaks.

    Serve one, and see whether your tests notice.

    \b
    Examples:
      mock-lms sabotage
    """
    from mock_lms.control.sabotage import known  # noqa: PLC0415

    width = max(map(len, known()))
    for name, wrong in sorted(known().items()):
        say(f"{name:<{width}}  {wrong.breaks}")
    say("\nThe sentence is the rule that holds no more. Serve one with: mock-lms serve --sabotage NAME")
