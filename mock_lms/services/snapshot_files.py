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
from mock_lms.services.snapshots import check_snapshot, find_state, list_snapshots, saved
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import Tenants
from mock_lms.storage import formats, meta
from mock_lms.storage.database import Transaction
from mock_lms.storage.snapshot_rows import Loading, lines

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


def export_snapshot(tenants: Tenants, tenant: Tenant, name: str) -> Iterator[bytes]:
    """The file of a snapshot, `seed` or `now`, in pieces. Raises `InvalidRequest`, `SnapshotNotFound`."""
    image = find_state(tenants, tenant, name, "snapshot")
    saved_at = {each["name"]: each["saved_at"] for each in list_snapshots(tenants, tenant)}.get(name)
    header = {MAGIC: VERSION, "tables": meta.FORMAT, "tenant": tenant.name, "saved_at": saved_at}

    def content() -> Iterator[bytes]:
        hashed = hashlib.sha256()
        with tenants.store.side_by_side(tenant.database, image) as (transaction, (schema,)):
            for part in _joined(_with(json.dumps(header).encode(), lines(transaction, schema))):
                hashed.update(part)
                yield part
        yield json.dumps({"sha256": hashed.hexdigest()}).encode() + b"\n"

    return _compressed(content())


def import_snapshot(tenants: Tenants, tenant: Tenant, name: str, file: bytes) -> dict[str, Any]:
    """Makes a snapshot of the file. Raises `InvalidRequest`, after which nothing has changed."""
    check_snapshot(name)
    layout = formats.Layout(_check(file))

    def fill(transaction: Transaction) -> None:
        found = _lines(file)
        next(found)  # the header
        Loading(found, 2, layout).fill(transaction)
        next(found, None)  # the checksum
        if next(found, None) is not None:
            raise InvalidRequest("file", "there is more in it than the tables of mock-lms.")

    tenants.store.load(tenant.name, name, fill)
    return saved(tenants, tenant, name)


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


def _check(file: bytes) -> str:
    """That it is a file of ours, of this format or an older one, and whole; the format. Raises `InvalidRequest`."""
    header = _json(next(_lines(file), b""))
    if MAGIC not in header:
        raise _refused("it is compressed, but no snapshot of mock-lms")
    version, tables = header[MAGIC], header.get("tables")
    if version != VERSION:
        raise _refused(f"it is of version {version}, and this mock-lms reads version {VERSION}")
    if tables != meta.FORMAT and not formats.is_older(tables):
        raise _refused(f"it was {formats.refusal(tables)}; export it anew with this version of mock-lms")
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
    return str(tables)


def _json(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _lines(file: bytes) -> Iterator[bytes]:
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
