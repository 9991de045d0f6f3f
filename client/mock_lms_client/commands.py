"""Command lines that people are told to type. All of them are made here, so that a test can run each of them."""

from __future__ import annotations

import shlex
from pathlib import Path

PROGRAM = "mock-lms-client"


def command(*words: str | Path, program: str = PROGRAM) -> str:
    """A line for a POSIX shell that gives the program just these words. A path that begins with a dash is no option."""
    return " ".join(map(_quoted, (program, *words)))


def _quoted(word: str | Path) -> str:
    text = str(word)
    if isinstance(word, Path) and text.startswith("-"):
        text = f"./{text}"  # it would be an option
    if text.isprintable():
        return shlex.quote(text)
    # $'...' is for what would move the terminal's cursor, or end the line, where it is shown
    escaped = "".join(char if char.isprintable() and char not in "\\'" else _escaped(char) for char in text)
    return f"$'{escaped}'"


def _escaped(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode(errors="surrogateescape"))
