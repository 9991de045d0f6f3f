"""What happens between a client and its server: a test sees each call, and may change it, lose it or act before it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from mock_lms_client import Client

Send = Callable[[], requests.Response]
Around = Callable[[requests.PreparedRequest, Send], requests.Response]
"""Takes the place of a call: sends it, or does not."""

REFUSE_READS = {"operation": "list_course_enrollments", "action": "status", "status": 403}
"""A rule of the mock's faults."""


def put_around(client: Client, around: Around) -> None:
    """Has every call of the client go through `around`."""
    adapter = client._session.get_adapter(f"{client.base_url}/")
    send = adapter.send

    def replacement(request: requests.PreparedRequest, **settings: Any) -> requests.Response:
        return around(request, partial(send, request, **settings))

    setattr(adapter, "send", replacement)  # noqa: B010 -- mypy forbids the plain way


def at_bulk(number: int, act: Callable[[], object]) -> Around:
    """Does something just before the n-th bulk unenrollment is sent."""
    seen = 0

    def around(request: requests.PreparedRequest, send: Send) -> requests.Response:
        nonlocal seen
        if request.method == "DELETE":
            seen += 1
            if seen == number:
                act()
        return send()

    return around


def answering(change: Callable[[dict[str, Any]], object]) -> Around:
    """A server that answers something else to bulk unenrollments, which it does."""

    def around(request: requests.PreparedRequest, send: Send) -> requests.Response:
        answer = send()
        if request.method == "DELETE":
            body = json.loads(answer.content)
            change(body["data"])
            answer._content = json.dumps(body).encode()
        return answer

    return around


def noting(addresses: list[str]) -> Around:
    """Adds the address of each call to the list."""

    def around(request: requests.PreparedRequest, send: Send) -> requests.Response:
        addresses.append(str(request.url))
        return send()

    return around


def without(*names: str) -> Around:
    """A server that does not know these filters, and ignores them."""

    def around(request: requests.PreparedRequest, send: Send) -> requests.Response:
        parts = urlsplit(str(request.url))
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in names]
        request.url = parts._replace(query=urlencode(kept)).geturl()
        return send()

    return around


def offline(request: requests.PreparedRequest, send: Send) -> requests.Response:
    """No call reaches the server."""
    raise requests.exceptions.ConnectionError
