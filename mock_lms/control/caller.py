"""Calling the control API of a running server, for the command line."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 30


def call(url: str, token: str, method: str, path: str) -> Any:
    """The answer's JSON. Raises `OSError` with one line when there is none, or a refusal."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise OSError("this is no address of a server; it looks like http://127.0.0.1:8080")
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        content = json.loads(answer.read())
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"what answers there is no mock-lms ({type(error).__name__})") from None
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise OSError(" ".join(content["message"]))
    return content
