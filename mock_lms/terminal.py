"""What reaches a terminal or a log. Names, paths and messages may hold anything; here it moves no cursor."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from typing import Any


def clean(text: str) -> str:
    """The text with every character escaped that is not to be seen, but for line ends."""
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    text, end = (line[:-1], "\r") if line.endswith("\r") else (line, "")  # as CSV ends its lines
    return escaped(text) + end


def escaped(text: str) -> str:
    """The text as part of a line: its line ends are escaped, too."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def as_json(value: Any, indent: int | None = 2) -> str:
    """The value as JSON that a terminal may show: JSON itself escapes only what is below U+0020."""
    lines = json.dumps(value, indent=indent, ensure_ascii=False).split("\n")
    return "\n".join(line if line.isprintable() else _as_json(line) for line in lines)


def _as_json(line: str) -> str:
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)


def say(text: str, *, err: bool = False, end: str = "\n") -> None:
    """Prints it, to standard error with `err`. The one way in which anything is printed here; a test holds that."""
    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    shown = clean(text).encode(encoding, "backslashreplace").decode(encoding)  # a terminal may not know the script
    # what is said to people may find their terminal gone; what is output must not fail unnoticed
    with contextlib.suppress(OSError) if err else contextlib.nullcontext():
        print(shown, end=end, file=stream, flush=True)


class Formatter(logging.Formatter):
    """Of the log: a message is one line, whatever path it names; a traceback has its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        record.message = escaped(record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record))
