"""Who waits for calls and hangs up waits no longer."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from mock_lms.edge.waiting import MOST
from tests.support.process import Client, Serve, Served, until

WAIT = "/_mock/journal/wait"


def body(seconds: float) -> dict[str, Any]:
    return {"expectations": [{"called": {"operation": "unenroll"}}], "seconds": seconds}


def wait(server: Served) -> socket.socket:
    """A connection on which a call waits for five minutes."""
    parts = urlsplit(server.url)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=60)
    content = json.dumps(body(300)).encode()
    head = (
        f"POST {WAIT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.ready['control_token']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    connection.sendall(head.encode() + content)
    return connection


def test_the_places_of_those_who_hung_up_are_free_again(serve: Serve) -> None:
    server = serve()
    control = Client(server.url, server.ready["control_token"])

    def is_full() -> bool:
        return "verified" not in control.call("POST", WAIT, body(0.01), status=None)

    with ExitStack() as waiting:
        for _ in range(MOST):
            waiting.enter_context(wait(server))
        until("all of them wait", is_full, 60)
    until("they have gone", lambda: not is_full(), 60)
