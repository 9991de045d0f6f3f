"""One HTTP request and its answer, limited in time and size, without redirects. `failures` lists how it can fail."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from mock_lms_contracts.failures import TRUSTED, TimedOut, TooLarge, translated
from mock_lms_contracts.failures import Dropped as Dropped
from mock_lms_contracts.failures import Unreachable as Unreachable
from mock_lms_contracts.verdicts import HarnessError

TIMEOUT = 30.0
"""Seconds without a byte."""

IN_ALL = 120.0
"""Seconds for a whole answer, headers and body."""

MOST_SENT, MOST_READ = 64 << 20, 32 << 20
CHUNK = 1 << 16
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    """By name; case does not matter."""

    text: str

    @property
    def json(self) -> Any:
        """The body, or None if it is not JSON."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    @property
    def data(self) -> Any:
        """The content of the envelope, or None if there is no envelope."""
        body = self.json
        return body.get("data") if isinstance(body, dict) else None

    @property
    def retry_after(self) -> float | None:
        """The seconds of Retry-After. If it is a date, the server's own clock counts.

        None if there is none, or if it cannot be read.
        """
        value, date = self.headers.get("Retry-After", "").strip(), self.headers.get("Date")
        if value.isdecimal():
            return float(value)
        try:
            return max(0.0, _moment(value) - (_moment(date) if date else time.time()))
        except (ValueError, OverflowError):
            return None


def _moment(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def is_loopback(url: str) -> bool:
    """Whether the address is this machine, to which no proxy leads."""
    return urlsplit(url).hostname in LOOPBACK


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    data: bytes | Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float | None = None,
) -> Answer:
    """Sends one request and returns its answer, whatever the status. Raises the exceptions of `failures`."""
    what = f"{method} {urlsplit(url)._replace(query='', fragment='').geturl()}"
    if isinstance(data, bytes) and len(data) > MOST_SENT:
        raise TooLarge(f"{what}: our own body has {len(data):,} bytes, more than the {MOST_SENT:,} that are sent")
    timeout, began = TIMEOUT if timeout is None else timeout, time.monotonic()
    try:
        with session.request(
            method,
            url,
            data=data,
            headers=headers,
            timeout=timeout,
            stream=True,
            allow_redirects=False,
            verify=session.verify,  # otherwise the environment overrides it
            auth=lambda request: request,  # otherwise a ~/.netrc replaces the token
            proxies={"no_proxy": urlsplit(url).hostname or ""} if is_loopback(url) else None,
        ) as response:
            content = _read(response, what)
            return Answer(response.status_code, response.headers, _decoded(content, response.encoding))
    except (HTTPError, requests.RequestException) as error:
        if isinstance(error, (ReadTimeoutError, requests.Timeout)) and time.monotonic() - began >= IN_ALL:
            raise TimedOut(f"{what}: the answer did not end within {IN_ALL:g} s") from error
        if isinstance(error, ReadTimeoutError):
            raise TimedOut(f"{what}: the answer stopped, and did not go on within {timeout:g} s") from error
        raise translated(error, what, url, timeout) from error
    except OSError as error:  # requests does not wrap this error
        raise HarnessError(f"{what}: the certificates to trust cannot be read ({error}); {TRUSTED}") from error


def _read(response: requests.Response, what: str) -> bytes:
    content = bytearray()
    # read1 returns what has arrived; `iter_content` would wait for a whole chunk
    while part := response.raw.read1(CHUNK, decode_content=True):
        content += part
        if len(content) > MOST_READ:
            raise TooLarge(f"{what}: the answer has more than {MOST_READ:,} bytes")
    return bytes(content)


def _decoded(content: bytes, encoding: str | None) -> str:
    try:
        return content.decode(encoding or "utf-8", "replace")
    except LookupError:  # an unknown encoding
        return content.decode("utf-8", "replace")
