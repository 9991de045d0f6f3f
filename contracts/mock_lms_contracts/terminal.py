"""What reaches a terminal: what a target says may hold anything, and moves no cursor here."""

from __future__ import annotations

import json
import sys
from typing import Any


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
    """Prints it, to standard error with `err`. The one way in which anything is printed here; a test holds that."""
    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    print(clean(text).encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
