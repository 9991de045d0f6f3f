"""The XML in a workbook, read as it comes: it is never all in memory, and declares nothing of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO, TypeAlias
from xml.parsers import expat

Attributes: TypeAlias = dict[str, str]

CHUNK = 1 << 16
LONGEST_TAG = 1 << 20
"""Bytes. With each chunk expat looks at all of an unfinished tag again."""


def new_parser() -> expat.XMLParserType:
    """A parser that puts namespaces before names, with a blank between. It raises `ValueError` for a DOCTYPE."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse  # no workbook has one, and entities could be a bomb
    return parser


def fed(parser: expat.XMLParserType, file: IO[bytes]) -> Iterator[None]:
    """Feeds the file to the parser, and yields after each chunk. Raises `ExpatError` and `ValueError`."""
    read = 0
    while chunk := file.read(CHUNK):
        parser.Parse(chunk, False)
        read += len(chunk)
        if read - parser.CurrentByteIndex > LONGEST_TAG:
            raise ValueError("a tag that does not end")
        yield
    parser.Parse(b"", True)
    yield


def parse(
    file: IO[bytes], start: Callable[[str, Attributes], None], end: Callable[[str, str], None] | None = None
) -> None:
    """Calls `start` and `end` with each element's name without its namespace, `end` with the text since the last start.

    Raises as `fed` does.
    """
    parser = new_parser()
    text: list[str] = []

    def started(name: str, attributes: Attributes) -> None:
        text.clear()
        start(name.rpartition(" ")[2], attributes)

    parser.StartElementHandler = started
    if end:
        parser.CharacterDataHandler = text.append
        parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2], "".join(text))
    for _ in fed(parser, file):
        pass


def unescaped(text: str) -> str:
    """The text without what XML cannot say otherwise: _x000D_ is a carriage return."""
    if "_x" not in text:
        return text
    return re.sub("_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


def _refuse(*_: object) -> None:
    raise ValueError("a DOCTYPE")
