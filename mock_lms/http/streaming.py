"""Answers that are made while they are sent, because there may be much of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Response

from mock_lms.http.call import call

PIECE = 256 * 1024
"""Bytes that are sent at once, about."""


def listed(before: bytes, items: Iterable[bytes], after: bytes) -> Iterator[bytes]:
    """A JSON list, item by item, in what stands around it."""
    yield before
    comma = b""
    for item in items:
        yield comma + item
        comma = b","
    yield after


def streamed(parts: Iterator[bytes], mimetype: str = "application/json") -> Response:
    """An answer in parts. What fits into one piece is an answer like any other; of more, only a piece is in memory."""
    pieces = _pieces(parts)
    first, second = next(pieces, b""), next(pieces, None)
    if second is None:
        return Response(first, mimetype=mimetype)
    call().streams = True
    return Response(chain([first, second], pieces), mimetype=mimetype)


def _pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    some: list[bytes] = []
    size = 0
    for part in parts:
        some.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(some)
            some.clear()
            size = 0
    if some:
        yield b"".join(some)
