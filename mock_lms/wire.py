"""Between Granian and the edge: a request becomes a WSGI environment, an answer goes out, whole or cut off.

A worker is one thread with an event loop. It answers one call at a time, since threads that fight for the
interpreter's lock make each cost twice as much; a call that waits, as a fault may have it, lets the others pass.
"""

from __future__ import annotations

import asyncio
import io
import os
import socket
import stat
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from mock_lms.config import Config
from mock_lms.control.edge import CONTROL, Answer, Edge

_SAME: dict[str, Any] = {
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "SCRIPT_NAME": "",
}


TOGETHER = 0.005
"""Seconds in which calls are noted together: what a kill takes with it of the journal, and of nothing else."""


def application(config: Config, edge: Edge, *, alone: bool) -> Callable[[Any, Any], Awaitable[None]]:
    """The edge as an RSGI application. `alone`: there is no other worker, who might look into the journal."""
    if alone:
        edge.later = lambda what: asyncio.get_running_loop().call_later(TOGETHER, what)

    async def answer(scope: Any, protocol: Any) -> None:
        environ = _environ(scope)
        environ["wsgi.input"] = io.BytesIO(await _body(environ, protocol, config))
        steps = edge.handle(environ)
        while True:
            try:
                seconds = next(steps)
            except StopIteration as end:
                await _send(scope, protocol, end.value)
                return
            await asyncio.sleep(seconds)

    return answer


def _environ(scope: Any) -> dict[str, Any]:
    environ = dict(_SAME)
    environ["REQUEST_METHOD"] = scope.method
    # WSGI has the bytes of a path as if they were Latin-1
    environ["PATH_INFO"] = scope.path if scope.path.isascii() else scope.path.encode().decode("latin-1")
    environ["QUERY_STRING"] = scope.query_string
    environ["SERVER_PROTOCOL"] = f"HTTP/{scope.http_version}"
    environ["SERVER_NAME"], _, environ["SERVER_PORT"] = scope.server.rpartition(":")
    environ["REMOTE_ADDR"] = scope.client.rpartition(":")[0]
    for name, value in scope.headers.items():
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if f"HTTP_{name}" in environ:
            environ[name] = environ.pop(f"HTTP_{name}")
    return environ


async def _body(environ: dict[str, Any], protocol: Any, config: Config) -> bytes:
    """What was sent. Of what is too large nothing is kept: its length alone makes it a 413."""
    length, chunked = environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
    if not chunked and length in {None, "0"}:
        return b""
    # a tenant's name may come first; what the API then makes of the length is its own matter
    most = config.largest_upload if f"{CONTROL}/" in environ["PATH_INFO"] else config.largest_body
    if length is not None and (not length.isdecimal() or int(length) > most):
        return b""
    parts, size = [], 0
    async for part in protocol:
        size += len(part)
        if size <= most:
            parts.append(part)
        else:
            parts.clear()
            break
    environ["CONTENT_LENGTH"] = str(size)
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # it is whole now; else Flask would take it for none
    return b"".join(parts)


async def _send(scope: Any, protocol: Any, answer: Answer) -> None:
    headers = [(name.lower(), value) for name, value in answer.headers]
    if answer.cut is None:
        protocol.response_bytes(answer.code, headers, answer.body)
    elif answer.cut < 0:
        _hang_up(scope.client)
        protocol.response_empty(answer.code, [])
    else:
        # the length that was promised is not reached, so Granian closes the connection
        stream = protocol.response_stream(answer.code, headers)
        await stream.send_bytes(answer.body[: answer.cut])


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
