"""Prints to a terminal. Control characters in a target's texts are escaped, so that they cannot move the cursor."""

from __future__ import annotations

import json
import sys
from typing import Any

WIDTH = 79
"""Columns of the progress line. An 80th would move the cursor to the next line."""


def clean(text: str) -> str:
    """The text with all characters escaped that are not printable, except line ends."""
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
    """Prints the text, with `err` to standard error. A test makes sure that only this and `say_over` print."""
    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    print(clean(text).encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def say_over(text: str) -> None:
    """Rewrites the line on standard error that it wrote before. An empty text clears it."""
    line = " ".join(clean(text).split())[:WIDTH]
    sys.stderr.write(f"\r{line:<{WIDTH}}" if line else f"\r{'':<{WIDTH}}\r")
    sys.stderr.flush()
