"""A server that answers what a test says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

from mock_lms_client import Client
from mock_lms_client.waiting import Waiting

from tests.client.harness.time import Time


@dataclass(frozen=True)
class Says:
    """An answer: JSON, or bytes as they are. It ends after `cut` bytes of its body, with -1 before it begins."""

    status: int = 200
    body: Any = field(default_factory=lambda: {"data": {}})
    headers: Sequence[tuple[str, str]] = ()
    cut: int | None = None

    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def refuses(status: int, message: str = "No.", **headers: str) -> Says:
    """The vendor's envelope of an error; `retry_after="5"` is a header."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Says(status, {"name": "Refusal", "message": [message], "code": status, "status": status}, named)


def grants(access_token: str, refresh_token: str | None = None, expires_in: int = 3600) -> Says:
    """A token."""
    token = {"access_token": access_token, "expires_in": expires_in, "token_type": "bearer"}
    return Says(body=token | ({"refresh_token": refresh_token} if refresh_token else {}))


def courses(*ids: int) -> list[dict[str, Any]]:
    """Items of `list_courses`."""
    return [{"id": course, "name": f"Course {course}"} for course in ids]


def lists(ids: Sequence[int], *, more: bool = False, total: int | None = None) -> Says:
    """A page of `list_courses`."""
    counts = {"count": len(ids), "has_more_data": more, "total_count": len(ids) if total is None else total}
    return Says(body={"data": {"items": courses(*ids), **counts}})


LOST = Says(cut=-1)
"""The connection is closed without an answer."""

HALF = Says(cut=5)
"""The connection is closed in the middle of the body."""


@dataclass(frozen=True)
class Heard:
    """A request that came, and when."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    @property
    def authorization(self) -> str | None:
        return self.headers.get("Authorization")


class Scripted:
    """Answers one by one; and where there are no more, with a 418, which no client repeats."""

    def __init__(self, time: Time) -> None:
        self.time = time
        self.heard: list[Heard] = []
        self.script: list[Says] = []
        self.url = ""

    def says(self, *script: Says) -> None:
        self.script += script

    @property
    def calls(self) -> list[str]:
        """What was called: methods and paths, without queries."""
        return [f"{request.method} {request.path.partition('?')[0]}" for request in self.heard]

    def client(self, *, chance: float = 0.0, patience: float = 3600.0, **options: Any) -> Client:
        """A client of it, in the test's time; it has a token unless it can log in."""
        settings = options if {"token", "client_id"} & options.keys() else {"token": "t0ken", **options}
        on_wait = settings.pop("on_wait", None)
        client = Client(settings.pop("base_url", self.url), **settings)
        clock, sleep = self.time.clock, self.time.sleep
        client._waiting = Waiting(patience, on_wait, clock=clock, sleep=sleep, chance=lambda: chance)
        client._login._clock = clock
        return client


@contextmanager
def serving(scripted: Scripted, port: int = 0) -> Iterator[None]:
    """Listens on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # the whole answer at once, which is quick

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            scripted.heard.append(Heard(self.command, self.path, dict(self.headers), body, scripted.time.now))
            says = scripted.script.pop(0) if scripted.script else refuses(418, "The script has ended.")
            if says.cut == -1:
                self.close_connection = True
                return
            content = says.bytes()
            self.send_response_only(says.status)
            for name, value in says.headers:
                self.send_header(name, value)
            if not any(name == "Content-Length" for name, _ in says.headers):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: says.cut])
            self.close_connection = says.cut is not None

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 -- http.server's names

        def log_message(self, *_: Any) -> None:
            """There is nobody to read it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that went away is a test's own doing."""

    with Server(("127.0.0.1", port), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        thread.start()
        scripted.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
