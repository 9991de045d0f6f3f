"""requests without a network: all of requests and urllib3 as it is, over a socket that is none.

So whatever they do -- timeouts, retries, redirects, cookies, streamed bodies, and what they raise when an answer breaks
off -- is what they do with a server.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import partial
from http.client import responses
from typing import TYPE_CHECKING, Any, Protocol

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from mock_lms.edge.answer import Answer

if TYPE_CHECKING:
    import requests
    from urllib3 import Retry

CONNECTIONS = 64
"""Kept for another call, as many threads may call at once."""


class Respond(Protocol):
    """Answers one request. Raises `TimeoutError` where that takes longer than `timeout` seconds."""

    def __call__(
        self,
        method: str,
        target: str,
        fields: Iterable[tuple[str, str]],
        body: bytes,
        timeout: float | None,
        *,
        whole: bool,
    ) -> Answer:
        """`fields` are the headers; `whole` says whether the end of the body was seen."""


class Adapter(HTTPAdapter):
    """Has a function answer every request to the host. Proxies are not asked."""

    def __init__(self, host: str, respond: Respond, retries: Retry | int) -> None:
        super().__init__(max_retries=retries)
        self._pool = HTTPConnectionPool(host, maxsize=CONNECTIONS)
        self._pool.ConnectionCls = partial(_Connection, respond)  # type: ignore[assignment]

    def send(self, request: requests.PreparedRequest, *positional: Any, **options: Any) -> requests.Response:
        options["proxies"] = None
        return super().send(request, *positional[:4], **options)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        return self._pool

    def close(self) -> None:
        self._pool.close()
        super().close()


class Trusting(HTTPAdapter):
    """Reaches a server whose certificate is by this CA."""

    def __init__(self, ca: str, retries: Retry | int) -> None:
        super().__init__(max_retries=retries)
        self._ca = ca

    def send(self, request: requests.PreparedRequest, *positional: Any, **options: Any) -> requests.Response:
        options["verify"] = self._ca  # whatever the environment has the session trust
        return super().send(request, *positional[:2], **options)


class _Connection(HTTPConnection):
    def __init__(self, respond: Respond, **options: Any) -> None:
        super().__init__(**options)
        self._respond = respond

    def connect(self) -> None:
        self.sock: Any = _Socket(self._respond)

    @property
    def is_connected(self) -> bool:
        return self.sock is not None


class _Socket:
    """Takes a request, and answers when the answer is read."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._sent: list[bytes] = []
        self._timeout: float | None = None

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds

    def sendall(self, data: bytes) -> None:
        self._sent.append(bytes(data))

    def close(self) -> None:
        """There is nothing to close."""

    def makefile(self, *_mode: Any) -> io.BytesIO:
        """The answer's bytes."""
        head, _, body = b"".join(self._sent).partition(b"\r\n\r\n")
        self._sent.clear()
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.encode("latin-1").decode(errors="replace").split(" ")
        fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        chunked = any(name.lower() == "transfer-encoding" for name, _ in fields)
        body, whole = _dechunked(body) if chunked else (body, True)
        answer = self._respond(method, target, fields, body, self._timeout, whole=whole)
        if answer.cut == -1:
            return io.BytesIO()
        status_and_headers = [
            f"HTTP/1.1 {answer.code} {responses.get(answer.code, '')}",
            *(f"{name.lower()}: {value}" for name, value in answer.headers),
        ]
        return io.BytesIO("\r\n".join((*status_and_headers, "", "")).encode("latin-1") + answer.body[: answer.cut])


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
