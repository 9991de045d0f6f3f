"""A server that does what a test says, call after call."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Play = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Does what the test says, call after call; the last again and again."""

    server: Script

    def do(self) -> None:
        self.server.seen.append((self.command, self.path, self.headers.get("Authorization")))
        self.server.headers.append(self.headers)
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        plays = self.server.plays
        (plays.pop(0) if len(plays) > 1 else plays[0])(self)

    do_GET = do_POST = do_PUT = do_DELETE = do  # noqa: N815 -- http.server's names

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Script(ThreadingHTTPServer):
    """A server that does what it is told. `seen`: method, path and Authorization of each call."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plays: list[Play] = [says(200)]
        self.seen: list[tuple[str, str, str | None]] = []
        self.headers: list[Message] = []
        self.bodies: list[bytes] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


def says(status: int, content: bytes = b"{}", **headers: str) -> Play:
    def play(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return play


def hangs_up(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def breaks_off(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")


def sleeps(_: Handler) -> None:
    time.sleep(1)


def drips(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(1_000):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return
        time.sleep(0.02)


def drips_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1_000):
        try:
            handler.wfile.write(f"X-{number}: y\r\n".encode())
        except OSError:
            return
        time.sleep(0.02)


def says_dated(status: int, date: str, retry_after: str) -> Play:
    def play(handler: Handler) -> None:
        handler.send_response_only(status)
        handler.send_header("Date", date)
        handler.send_header("Retry-After", retry_after)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return play
