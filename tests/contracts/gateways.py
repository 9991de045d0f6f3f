"""A server between the suite and a mock: it passes everything on, and changes what a test says. Also over TLS."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

KEPT = ("Authorization", "Content-Type", "X-Mock-LMS-Tenant")
EXPIRED = {"name": "Unauthorized", "message": ["The access token is expired."], "code": 401, "status": 401}


@dataclass(slots=True)
class Gateway:
    """One that serves."""

    url: str
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Who called has hung up."""


Refuse = Callable[[str, str], bool]
"""Whether a call of this path with this Authorization is a 401."""


@contextmanager
def gateway(  # noqa: C901 -- a handler's methods are within it
    upstream: str,
    *,
    change: Callable[[dict[str, Any]], None] = lambda _: None,
    refuse: Refuse = lambda *_: False,
    status: int = 401,
    needs: Mapping[str, str] = MappingProxyType({}),
    slash: bool = False,
    created: bool = False,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Gateway]:
    """`change` is given the `data` of each answer that has one, `status` is that of a refusal.

    `needs` are headers without which a call is a 407. With `slash`, a call is led to the same path with one at its end.
    With `created`, a POST that works is a 201.
    """
    to = urlsplit(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # the whole answer at once: in two parts, the second waits 40 ms for the client's word

        def forward(self) -> None:
            served.calls.append((self.command, self.path))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if needs.items() - self.headers.items():
                self.answer(407, b"{}", "application/json")
                return
            path, mark, query = self.path.partition("?")
            if slash and not path.endswith("/"):
                self.answer(307, b"", "text/plain", Location=f"{path}/{mark}{query}")
                return
            self.path = f"{path.removesuffix('/') or '/'}{mark}{query}"
            if refuse(self.path, self.headers.get("Authorization") or ""):
                said = {**EXPIRED, "code": status, "status": status}
                self.answer(status, json.dumps(said).encode(), "application/json")
                return
            kept = {name: value for name in KEPT if (value := self.headers.get(name))}
            call = http.client.HTTPConnection(to.hostname or "", to.port)
            call.request(self.command, f"{to.path}{self.path}", body or None, kept)
            got = call.getresponse()
            content, kind = got.read(), got.getheader("Content-Type") or ""
            call.close()
            if kind.startswith("application/json"):
                told = json.loads(content)
                if isinstance(told, dict) and isinstance(told.get("data"), dict):
                    change(told["data"])
                content = json.dumps(told).encode()
            worked = created and self.command == "POST" and got.status == HTTPStatus.OK
            self.answer(HTTPStatus.CREATED if worked else got.status, content, kind)

        def answer(self, status: int, content: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = forward  # noqa: N815 -- the library names them

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    served = Gateway(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
