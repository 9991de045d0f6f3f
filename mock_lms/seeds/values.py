"""The values of a seed file: each function reads one node, or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from mock_lms.domain.values import MAX_NUMBER, MAX_SCORE, MAX_TEXT, is_date_time
from mock_lms.seeds.nodes import Node, shown

Reader = Callable[[Node], Any]
Record = dict[str, Any]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile(r"0|[1-9][0-9]{0,14}")
_DECIMAL = re.compile(r"[0-9]{1,7}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _scalar(node: Node) -> str:
    if not isinstance(node.value, str):
        raise node.refuse("a list or mapping stands here, where a single value should")
    return node.value


def text(least: int = 0, most: int = MAX_TEXT) -> Reader:
    """Text as it is written: in quotes or not, 007 is 007."""

    def read(node: Node) -> str:
        written = _scalar(node)
        if not least <= len(written) <= most or _UNSTORABLE.search(written):
            raise node.refuse(f"the text must have {least} to {most:,} characters, and no NUL or lone surrogate")
        return written

    return read


def number(what: str, low: int = 0) -> Callable[[Node], int]:
    """A whole number from `low` on."""

    def read(node: Node) -> int:
        written = _scalar(node)
        if not _WHOLE.fullmatch(written) or int(written) < low:
            raise node.refuse(f"{shown(written)} is no {what}: a whole number from {low} to {MAX_NUMBER}")
        return int(written)

    return read


def amount(what: str, least: int = 0, most: int = MAX_SCORE) -> Callable[[Node], float]:
    """A number, with decimals or without."""

    def read(node: Node) -> float:
        written = _scalar(node)
        if not _DECIMAL.fullmatch(written) or not least <= float(written) <= most:
            raise node.refuse(f"{shown(written)} is no {what}: a number from {least} to {most}")
        return float(written)

    return read


score = amount("score")


def date_time(node: Node) -> str:
    """The contract's `DateTime`; always with a time of day."""
    written = _scalar(node)
    moment = f"{written} 00:00:00" if _DATE.fullmatch(written) else written
    if not is_date_time(moment):
        raise node.refuse(f"{shown(written)} is no date: YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, UTC")
    return moment


def choice(words: Iterable[str] | Mapping[str, Any]) -> Reader:
    """One of a few words, or what a mapping makes of it."""
    choices = words if isinstance(words, Mapping) else {str(word): word for word in words}

    def read(node: Node) -> Any:
        written = _scalar(node)
        if written not in choices:
            raise node.refuse(f"{shown(written)} is none of {', '.join(choices)}")
        return choices[written]

    return read


truth = choice({"true": 1, "false": 0})


def items(node: Node) -> list[Node]:
    """The nodes of a list."""
    if not isinstance(node.value, list):
        raise node.refuse("this must be a list")
    return node.value


def texts(node: Node) -> list[str]:
    """A list of texts, each of them once."""
    lines: dict[Any, int] = {}
    read = text(1)
    for child in items(node):
        once(child, lines, read(child), f"{shown(read(child))} is in the list")
    return list(lines)


_id = number("id", 1)


def new_id(kind: str, lines: dict[Any, int]) -> Callable[[Node], int]:
    """An id that no other of its kind has; `lines` remembers the line of every id."""

    def read(node: Node) -> int:
        value = _id(node)
        once(node, lines, value, f"there is a {kind} {value}")
        return value

    return read


def known(kind: str, ids: Container[int]) -> Callable[[Node], int]:
    """An id that is one of `ids`."""

    def read(node: Node) -> int:
        value = _id(node)
        if value not in ids:
            raise node.refuse(f"there is no {kind} {value} in this file")
        return value

    return read


def once(node: Node, lines: dict[Any, int], key: object, said: str) -> None:
    """Refuses a key that is in `lines` already, and remembers its line."""
    if key in lines:
        raise node.refuse(f"{said} already, in line {lines[key]}")
    lines[key] = node.line


def record(node: Node, required: Mapping[str, Reader], optional: Mapping[str, Reader]) -> Record:
    """The values of a mapping; None for an optional one that is not there or null."""
    readers = {**required, **optional}
    if not isinstance(node.value, dict):
        raise node.refuse(f"this must be a mapping; its keys are {', '.join(readers)}")
    for key, child in node.value.items():
        if key not in readers:
            raise child.refuse(f"there is no such key; those that there are: {', '.join(readers)}")
    values: Record = dict.fromkeys(readers)
    for key, reader in readers.items():
        written = node.value.get(key)
        if written is not None and not written.is_null():
            values[key] = reader(written)
        elif key in required:
            raise (written or node).refuse(f"{key} is missing")
    return values
