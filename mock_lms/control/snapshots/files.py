"""Snapshots as files: lines of JSON, compressed, with a checksum. The same data is the same file, byte for byte.

    {"mock_lms_snapshot": 1, "tables": "4", "tenant": "acme", "saved_at": "2026-03-01 12:00:00"}
    {"table": "meta", "columns": ["name", "value"], "rows": 2}
    ["format", "4"]
    ...
    {"sha256": "..."}                                         of every byte before this line

They hold neither tokens nor passwords. Nothing of a file is believed, nor written, before its checksum is right.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import Any

from mock_lms.domain.errors import InvalidRequest

VERSION = 1
MAGIC = "mock_lms_snapshot"
LARGEST = 1024**3
"""Bytes of a file when it is no longer compressed."""

SMALL, GROWTH = 16 * 1024**2, 64
"""A larger one may not be more than so many times its compressed size; the most regular tables are 20 times theirs."""

LONGEST = 1024**2
"""Bytes of a line."""

_LEVEL = 6
_GZIP = 16 + zlib.MAX_WBITS
_HEAD = bytes.fromhex("1f8b 0800 0000 0000 00ff")
"""Of each file: gzip, no name, no time, no system."""

_PIECE = 256 * 1024


def packed(header: dict[str, Any], rows: Iterator[bytes]) -> Iterator[bytes]:
    """The file of these lines, in pieces. The header is told the version."""
    return _compressed(_summed(_with(json.dumps({MAGIC: VERSION, **header}).encode(), rows)))


def _summed(every: Iterator[bytes]) -> Iterator[bytes]:
    """The lines, and one with the checksum of them."""
    hashed = hashlib.sha256()
    for part in _joined(every):
        hashed.update(part)
        yield part
    yield json.dumps({"sha256": hashed.hexdigest()}).encode() + b"\n"


def _with(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _joined(every: Iterator[bytes]) -> Iterator[bytes]:
    """Lines, many in a piece."""
    some: list[bytes] = []
    for line in every:
        some += line, b"\n"
        if len(some) >= 2_000:  # noqa: PLR2004
            yield b"".join(some)
            some.clear()
    yield b"".join(some)


def _compressed(parts: Iterator[bytes]) -> Iterator[bytes]:
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    checksum = size = 0
    yield _HEAD
    for part in parts:
        checksum, size = zlib.crc32(part, checksum), size + len(part)
        yield deflate.compress(part)
    yield deflate.flush()
    yield checksum.to_bytes(4, "little") + (size % 2**32).to_bytes(4, "little")


def format_of(file: bytes) -> Any:
    """The format of its tables, as its header says. Raises `InvalidRequest` for what is no file of this version."""
    header = _json(next(lines(file), b""))
    if MAGIC not in header:
        raise _refused("it is compressed, but no snapshot of mock-lms")
    if header[MAGIC] != VERSION:
        raise _refused(f"it is of version {header[MAGIC]}, and this mock-lms reads version {VERSION}")
    return header.get("tables")


def check(file: bytes) -> None:
    """Whether the file is whole. Raises `InvalidRequest`."""
    hashed = hashlib.sha256()
    rest = b""  # the last line so far, and what comes of the next piece
    for piece in _pieces(file):
        rest += piece
        end = rest.rfind(b"\n", 0, len(rest) - 1) + 1
        hashed.update(rest[:end])
        rest = rest[end:]
        if len(rest) > LONGEST + _PIECE:
            raise _refused(f"a line has more than {LONGEST:,} bytes")
    if _json(rest) != {"sha256": hashed.hexdigest()}:
        raise _refused("it is damaged: its checksum is wrong")


def _json(line: bytes) -> dict[str, Any]:
    """The object that the line is; an empty one for any other line."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        content = None
    return content if isinstance(content, dict) else {}


def lines(file: bytes) -> Iterator[bytes]:
    """Every line, without its end. Raises `InvalidRequest` for what is not whole, or too large."""
    rest = b""
    for piece in _pieces(file):
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > LONGEST or any(len(line) > LONGEST for line in whole):
            raise _refused(f"a line has more than {LONGEST:,} bytes")
        yield from whole
    if rest:
        raise _refused("it is damaged: its last line has no end")


def _pieces(file: bytes) -> Iterator[bytes]:
    """What the file holds when it is no longer compressed. Raises `InvalidRequest`."""
    if not file.startswith(_HEAD):
        raise _refused("it is no snapshot of mock-lms. Send it as export_snapshot gave it, not compressed anew")
    most = min(LARGEST, max(SMALL, GROWTH * len(file)))
    inflate = zlib.decompressobj(_GZIP)
    view, size = memoryview(file), 0
    try:
        for begin in range(0, len(file), _PIECE):
            waiting: Any = view[begin : begin + _PIECE]
            while waiting:
                piece = inflate.decompress(waiting, _PIECE)
                waiting = inflate.unconsumed_tail
                size += len(piece)
                if size > most:
                    raise _refused(f"its {len(file):,} bytes hold more than {most:,} bytes")
                yield piece
    except zlib.error as error:
        raise _refused(f"it is damaged: {error}") from None
    if not inflate.eof or inflate.unused_data:
        raise _refused("it is damaged: " + ("something comes after its end" if inflate.eof else "its end is missing"))


def _refused(problem: str) -> InvalidRequest:
    return InvalidRequest("file", f"{problem}.")
