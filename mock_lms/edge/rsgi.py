"""Between Granian and the edge: a request comes in, whole or refused, an answer goes out, whole or cut off.

A worker is one thread with an event loop. It answers one call at a time, since threads that fight for the
interpreter's lock make each cost twice as much; a call that waits, as a fault may have it, lets the others pass.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from granian.rsgi import ProtocolClosed  # type: ignore[attr-defined]

from mock_lms.edge.answer import LAST_RESORT, Answer
from mock_lms.edge.edge import Edge
from mock_lms.edge.environ import Environ, deliver, environ_of
from mock_lms.edge.waiting import is_waiting

TOGETHER = 0.005
"""Seconds in which calls are noted together: what a kill takes with it of the journal, and of nothing else."""


def application(edge: Edge, *, alone: bool) -> Callable[[Any, Any], Awaitable[None]]:
    """The edge as an RSGI application. `alone`: nobody else might look into the journal, no worker and no server.

    Else a call is in the journal before its answer goes out; those that are answered one after the other, as they came
    while the worker was busy, are written together.
    """
    if alone:
        edge.later = lambda flush: asyncio.get_running_loop().call_later(TOGETHER, flush)
    else:
        edge.later = lambda _: None

    async def handle(scope: Any, protocol: Any) -> None:
        try:
            answer = await _answer(edge, scope, protocol)
            if not alone:
                try:
                    await asyncio.sleep(0)  # whoever came meanwhile is answered first; then the first writes for all
                finally:
                    edge.flush()
        except Exception:
            edge.app.logger.exception("%s %r failed", scope.method, scope.path)
            answer = LAST_RESORT
        if answer is not None:
            await _send(edge, scope, protocol, answer)

    return handle


async def _answer(edge: Edge, scope: Any, protocol: Any) -> Answer | None:
    """What is sent; None where the client went while its call did nothing but wait."""
    environ = _environ(scope)
    if most := edge.admit(environ):
        body, whole = await _body(protocol, most)
        deliver(environ, body, most=most, whole=whole)
    steps = edge.handle(environ)
    gone: asyncio.Future[None] | None = None
    try:
        while gone is None or not gone.done():
            try:
                seconds = next(steps)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            if is_waiting(environ):
                gone = gone or asyncio.ensure_future(protocol.client_disconnect())
                await asyncio.wait({gone}, timeout=seconds)
            else:
                await asyncio.sleep(seconds)
        return None
    finally:
        steps.close()
        if gone is not None:
            gone.cancel()


def _environ(scope: Any) -> Environ:
    fields: list[tuple[str, str | None]] = list(scope.headers.items())
    known = {name for name, _ in fields}
    # of values that are not ASCII Granian tells the names only
    fields += [(name, None) for name in scope.headers.keys() if name not in known]  # noqa: SIM118 -- it is no mapping
    return environ_of(
        scope.method,
        scope.path,
        scope.query_string,
        fields,
        version=scope.http_version,
        authority=scope.authority,
        scheme=scope.scheme,
        server=scope.server,
        client=scope.client,
    )


async def _body(protocol: Any, most: int) -> tuple[bytes, bool]:
    """What was sent, and whether the end of it came; of more than `most` bytes only so much that it shows.

    Granian tells the end, and nothing else, by an empty part. A body that breaks off -- the client hangs up, or a chunk
    has no size -- is an empty part too, and the end follows it as a second one.
    """
    parts: list[bytes] = []
    size = ends = 0
    async for part in protocol:
        parts.append(part)
        size += len(part)
        ends += not part
        if size > most:
            break
    return b"".join(parts), ends == 1


async def _send(edge: Edge, scope: Any, protocol: Any, answer: Answer) -> None:
    headers = [(name.lower(), value) for name, value in answer.headers]
    if answer.pieces is not None:
        await _stream(edge, scope, protocol, answer, answer.pieces)
    elif answer.cut is None:
        protocol.response_bytes(answer.code, headers, answer.body)
    elif answer.cut < 0:
        _hang_up(scope.client)
        protocol.response_empty(answer.code, [])
    else:
        # the length that was promised is not reached, so Granian closes the connection
        stream = protocol.response_stream(answer.code, headers)
        await stream.send_bytes(answer.body[: answer.cut])


async def _stream(edge: Edge, scope: Any, protocol: Any, answer: Answer, pieces: Generator[bytes, None, None]) -> None:
    """Sends piece after piece; other calls are answered between them. Where one cannot be made the log says why."""
    stream = protocol.response_stream(answer.code, [(name.lower(), value) for name, value in answer.headers])
    try:
        for piece in pieces:
            await stream.send_bytes(piece)
            await asyncio.sleep(0)  # sending alone lets nobody else in while the socket takes it all
    except ProtocolClosed:
        return  # the client has had enough
    except BaseException as error:
        _hang_up(scope.client)  # or what there is so far would look whole
        if not isinstance(error, Exception):
            raise
        edge.log_cut_off(f"{scope.method} {scope.path!r}", error)
    finally:
        pieces.close()


def _hang_up(client: str) -> None:
    """Closes the connection from this address. No server's interface has a word for it, so its socket is looked up."""
    host, _, port = client.rpartition(":")
    for descriptor in map(int, os.listdir("/dev/fd")):  # noqa: PTH208 -- numbers, not paths
        try:
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue  # a copy of what is no socket would be nobody's to close
            with socket.socket(fileno=os.dup(descriptor)) as connection:
                if connection.getpeername()[:2] == (host.strip("[]"), int(port)):
                    connection.shutdown(socket.SHUT_RDWR)
        except (OSError, ValueError, IndexError, TypeError):
            continue  # gone, or none with a peer
