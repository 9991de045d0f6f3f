"""Bounds on an answer: how large it may be once it is unpacked, and how long it may take as a whole.

A socket's timeout begins anew with every byte, so a server that sends one each half second could hold a call for days.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

LARGEST = 32 << 20
"""Bytes of a body, unpacked. A page of 200 has some 100,000; the most has an error for each pair of a call."""

LONGEST = 300.0
"""Seconds from when a request is sent until its answer is whole."""

PIECE = 1 << 16
"""Bytes that are unpacked at once."""


class TooLarge(Exception):
    """The answer is larger than `LARGEST`."""


class TooSlow(TimeoutError):
    """The answer was not whole within `LONGEST`."""


def body(response: requests.Response, until: float) -> bytes:
    """All of an answer's body. Raises `TooLarge`, `TooSlow`, and what requests and urllib3 raise.

    `until` is a moment of `time.monotonic`. An adapter that is not ours does not know it while it waits for a byte, so
    it is looked at between two pieces as well.
    """
    try:
        return b"".join(_pieces(response, until))
    except BaseException:
        response.close()  # what is still to come must not be taken for the next answer
        raise


def _pieces(response: requests.Response, until: float) -> Iterator[bytes]:
    size = 0
    for piece in response.iter_content(PIECE):
        size += len(piece)
        if size > LARGEST:
            raise TooLarge
        if time.monotonic() > until:
            raise TooSlow
        yield piece


class Adapter(HTTPAdapter):
    """requests' own, but that no answer takes longer than `LONGEST`, however its bytes come."""

    def init_poolmanager(self, *positional: Any, **named: Any) -> None:
        """As requests calls it."""
        super().init_poolmanager(*positional, **named)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *positional: Any, **named: Any) -> Any:
        """As requests calls it."""
        manager = super().proxy_manager_for(*positional, **named)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _Timed(io.RawIOBase):
    """Reads from a socket until a moment, and not longer."""

    def __init__(self, raw: Any, connection: socket.socket) -> None:
        super().__init__()
        self._raw, self._connection = raw, connection
        self._each = connection.gettimeout()
        self._until = time.monotonic() + LONGEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooSlow
        ends_first = self._each is None or left < self._each
        self._connection.settimeout(left if ends_first else self._each)
        try:
            count: int | None = self._raw.readinto(buffer)
        except TimeoutError as error:
            if ends_first:
                raise TooSlow from error
            raise
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer whose head counts too."""

    def __init__(self, sock: socket.socket, *positional: Any, **named: Any) -> None:
        super().__init__(sock, *positional, **named)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock))


class _Http(HTTPConnection):
    response_class = _Answer


class _Https(HTTPSConnection):
    response_class = _Answer


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


_POOLS = {"http": _HttpPool, "https": _HttpsPool}
