"""`mock-lms policies`."""

from __future__ import annotations

import itertools
import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence

import click

from mock_lms.policy import switches
from mock_lms.terminal import say


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def policies(*, as_json: bool) -> None:
    """List what the sources leave open, and what the mock can do.

    \b
    Examples:
      mock-lms policies
      mock-lms policies --json
    """
    if as_json:
        shown = [
            {
                "name": switch.name,
                "question": switch.question,
                "default": switch.default,
                "values": dict(switch.values),
                "confidence": switch.confidence,
                "source": switch.source,
            }
            for switch in switches()
        ]
        say(json.dumps(shown, indent=2))
        return
    say(_table(("policy", "value", "what it does", "confidence, source"), _policy_rows()))
    say("* is the default. Choose with: mock-lms serve --policy NAME=VALUE")


def _policy_rows() -> Iterator[tuple[str, ...]]:
    for switch in switches():
        yield switch.name, "", switch.question, f"{switch.confidence}: {switch.source}"
        for value, meaning in switch.values.items():
            yield "", f"{'*' if value == switch.default else ' '} {value}", meaning, ""
        yield ("",) * len(COLUMNS)


COLUMNS = (20, 12, 46, 40)
"""Characters that a cell of the table has on a line."""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as text, long cells on several lines."""
    lines = [heads, ["-" * width for width in COLUMNS]]
    for row in rows:
        cells = [
            textwrap.wrap(cell, width, drop_whitespace=bool(cell.strip()))
            for cell, width in zip(row, COLUMNS, strict=True)
        ]
        lines += itertools.zip_longest(*(cell or [""] for cell in cells), fillvalue="")
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, COLUMNS, strict=True)).rstrip() for line in lines
    )
