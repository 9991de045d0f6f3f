"""requests without a network: all of requests and urllib3 as it is, over a socket that is none.

So whatever they do -- timeouts, retries, redirects, cookies, streamed bodies, and what they raise when an answer breaks
off -- is what they do with a server.
"""

from __future__ import annotations

import io
from functools import partial
from http.client import responses
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

if TYPE_CHECKING:
    import requests
    from urllib3 import Retry

    from mock_lms.testing.inside import Inside

CONNECTIONS = 64
"""Kept for another call, as many threads may call at once."""


class Adapter(HTTPAdapter):
    """Has a mock in this process answer. Proxies are not asked."""

    def __init__(self, inside: Inside, retries: Retry | int) -> None:
        super().__init__(max_retries=retries)
        self._pool = HTTPConnectionPool(inside.host, maxsize=CONNECTIONS)
        self._pool.ConnectionCls = partial(_Connection, inside)  # type: ignore[assignment]

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        named["proxies"] = None
        return super().send(request, *given[:4], **named)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        return self._pool

    def close(self) -> None:
        self._pool.close()
        super().close()


class _Connection(HTTPConnection):
    def __init__(self, inside: Inside, **named: Any) -> None:
        super().__init__(**named)
        self._inside = inside

    def connect(self) -> None:
        self.sock: Any = _Socket(self._inside)

    @property
    def is_connected(self) -> bool:
        return self.sock is not None


class _Socket:
    """Takes a request, and answers when the answer is read."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._sent: list[bytes] = []
        self._timeout: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def sendall(self, data: bytes) -> None:
        self._sent.append(bytes(data))

    def close(self) -> None:
        """There is nothing to close."""

    def makefile(self, *_given: Any) -> io.BytesIO:
        """The answer's bytes."""
        head, _, body = b"".join(self._sent).partition(b"\r\n\r\n")
        self._sent.clear()
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.encode("latin-1").decode(errors="replace").split(" ")
        fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        chunked = any(name.lower() == "transfer-encoding" for name, _ in fields)
        body, whole = _dechunked(body) if chunked else (body, True)
        answer = self._inside.answer(method, target, fields, body, self._timeout, whole=whole)
        if answer.cut == -1:
            return io.BytesIO()
        said = [
            f"HTTP/1.1 {answer.code} {responses.get(answer.code, '')}",
            *(f"{name.lower()}: {value}" for name, value in answer.headers),
        ]
        return io.BytesIO("\r\n".join((*said, "", "")).encode("latin-1") + answer.body[: answer.cut])


def _dechunked(body: bytes) -> tuple[bytes, bool]:
    """What the chunks hold, and whether the last one came."""
    parts: list[bytes] = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0], 16)
        except ValueError:
            break
        if not length:
            return b"".join(parts), True
        parts.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(parts), False
