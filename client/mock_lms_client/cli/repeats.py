"""Refuses an option that is given twice and holds one value: click would take the last and say nothing of the first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click


def refuse_repeats(command: click.Command, arguments: Sequence[str], parent: click.Context | None = None) -> None:
    """Looks through all of a command line. Raises `click.UsageError`.

    A flag may be repeated, as it says the same each time.
    """
    context = click.Context(command, parent=parent, **command.context_settings)
    _, rest, parameters = command.make_parser(context).parse_args([*arguments])
    for parameter, times in Counter(parameters).items():
        if times > 1 and isinstance(parameter, click.Option) and not (parameter.multiple or parameter.is_flag):
            name = max(parameter.opts, key=len)
            raise click.UsageError(f"{name} holds one value, and is given {times} times; give it once")
    if isinstance(command, click.Group) and rest and (below := command.get_command(context, rest[0])):
        refuse_repeats(below, rest[1:], context)
