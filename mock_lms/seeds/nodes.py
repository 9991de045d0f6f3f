"""A seed file as a tree of values, each of which knows its line. JSON is YAML.

Values stay the text that the file has, because YAML's own reading makes a date of 2026-01-05 and false of No.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from mock_lms.seeds.errors import UnusableSeed

DEEPEST = 5  # the file, a section, an entry, a list in it, a value of the list

# JSON writes a character beyond U+FFFF as two escapes, which YAML does not know
_ESCAPED_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


@dataclass(slots=True, eq=False)
class Node:
    """A value of the file: text, a list, or a mapping. The root's key is the file's name."""

    key: str | int
    line: int
    parent: Node | None = None
    value: str | list[Node] | dict[str, Node] = ""
    plain: bool = False

    def is_null(self) -> bool:
        """Whether nothing is written here. What is in quotes is something."""
        return self.plain and self.value in {"", "~", "null", "Null", "NULL"}

    def refuse(self, problem: str, *, line: int | None = None) -> UnusableSeed:
        """The exception that says what is wrong with this value, in the form `FILE:LINE: users.0.id: problem`."""
        node, path = self, list[str]()
        while node.parent is not None:
            path.append(shown(node.key))
            node = node.parent
        where = ".".join(reversed(path)) + ": " if path else ""
        return UnusableSeed(f"{shown(node.key, 1_000)}:{line or self.line}: {where}{problem}")


def shown(value: object, length: int = 60) -> str:
    """A value in a message: short and on one line, whatever it is."""
    text = str(value)
    text = text if text and text.isprintable() else repr(text)
    return text if len(text) <= length else text[: length - 3] + "..."


def read_nodes(name: str, data: bytes) -> Node:
    """The tree of a file's bytes. Raises `UnusableSeed`."""
    root = Node(name, 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise root.refuse("this is no UTF-8 text; save the file as UTF-8", line=line) from None
    if text.lstrip().startswith("{"):
        text = _ESCAPED_PAIR.sub(_character, text)
    try:
        events: Iterator[Event] = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        _read_document(root, events)
    except yaml.MarkedYAMLError as error:
        raise _no_yaml(root, error.problem_mark or error.context_mark, (error.context, error.problem)) from None
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise root.refuse(
            "this is no YAML: a character stands here that it does not allow; remove it", line=line
        ) from None
    return root


def _no_yaml(root: Node, mark: yaml.Mark | None, parts: Iterable[str | None]) -> UnusableSeed:
    """Says where the parser stopped and what to look for; its own words, which change between releases, come last."""
    column = f"column {mark.column + 1}" if mark else "here"
    problem = f"it cannot be read on from {column}; look for a bracket or quote that is not closed, or a wrong indent"
    said = shown(", ".join(filter(None, parts)), 200)
    return root.refuse(f"this is no YAML: {problem} ({said})", line=mark.line + 1 if mark else None)


def _character(pair: re.Match[str]) -> str:
    high, low = int(pair[2], 16), int(pair[3], 16)
    return pair[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _read_document(root: Node, events: Iterator[Event]) -> None:
    next(events)  # the stream begins
    if isinstance(next(events), StreamEndEvent):
        root.plain = True
        return
    _read(root, next(events), events, 1)
    next(events)  # the document ends
    if isinstance(after := next(events), DocumentStartEvent):
        raise root.refuse("a second document begins here; a seed is one", line=_line(after))


def _read(node: Node, event: Event, events: Iterator[Event], depth: int) -> None:
    """Fills the node with the value that begins with `event`."""
    _accept(node, event)
    if isinstance(event, ScalarEvent):
        node.value, node.plain = event.value, event.style in {None, ""}
        return
    if depth == DEEPEST:
        raise node.refuse("a list or mapping stands here, where a seed has a single value")
    if isinstance(event, MappingStartEvent):
        node.value = _read_mapping(node, events, depth)
    else:
        items: list[Node] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            item = Node(len(items), _line(event), node)
            _read(item, event, events, depth + 1)
            items.append(item)
        node.value = items


def _read_mapping(node: Node, events: Iterator[Event], depth: int) -> dict[str, Node]:
    entries: dict[str, Node] = {}
    while not isinstance(event := next(events), MappingEndEvent):
        line = _line(event)
        _accept(node, event, line)
        if not isinstance(event, ScalarEvent):
            raise node.refuse("a list or mapping stands here, where a key should", line=line)
        entry = Node(event.value, line, node)
        if event.value in entries:
            raise entry.refuse(f"this key is here twice; the first is in line {entries[event.value].line}")
        _read(entry, next(events), events, depth + 1)
        entries[event.value] = entry
    return entries


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _accept(node: Node, event: Event, line: int | None = None) -> None:
    """Refuses what makes a small file a large tree, and what asks for more than plain values."""
    if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
        raise node.refuse("anchors and aliases (& and *) are not read; write the value itself", line=line)
    if getattr(event, "tag", None) is not None:
        raise node.refuse(f"tags such as {shown(event.tag)} are not read; write the value alone", line=line)  # type: ignore[attr-defined]
