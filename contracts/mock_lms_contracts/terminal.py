"""What reaches a terminal: what a target says may hold anything, and moves no cursor here."""

from __future__ import annotations

import json
import sys
from typing import Any

WIDTH = 79
"""Columns of a line that is rewritten: in the 80th the cursor would go to the next line."""


def clean(text: str) -> str:
    """The text with every character escaped that is not to be seen, but for line ends."""
    return "".join(
        character if character.isprintable() or character == "\n" else character.encode("unicode_escape").decode()
        for character in text
    )


def as_json(value: Any) -> str:
    """The value as JSON that a terminal may show: JSON itself escapes only what is below U+0020."""
    lines = json.dumps(value, indent=2, ensure_ascii=False).split("\n")
    return "\n".join(line if line.isprintable() else _as_json(line) for line in lines)


def _as_json(line: str) -> str:
    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in line)


def say(text: str, *, err: bool = False) -> None:
    """Prints it, to standard error with `err`. A test holds that nothing is printed but by this and by `say_over`."""
    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    print(clean(text).encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def say_over(text: str) -> None:
    """Shows it on standard error in the place of what this showed before. Without a text the line is empty again."""
    line = " ".join(clean(text).split())[:WIDTH]
    sys.stderr.write(f"\r{line:<{WIDTH}}" if line else f"\r{'':<{WIDTH}}\r")
    sys.stderr.flush()
