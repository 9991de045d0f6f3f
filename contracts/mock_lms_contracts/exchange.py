"""One HTTP request and its answer: bounded in time and size, no redirect followed, each way of failing told apart.

HarnessError
|-- Unreachable   nobody listens there, or not over TLS
|-- Dropped       the connection was closed before the answer was whole
|-- TimedOut      no answer, or no end of it, in time
`-- TooLarge      a body that is larger than anybody here means
"""

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
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from mock_lms_contracts.verdicts import HarnessError

TIMEOUT = 30
"""Seconds without a byte."""

IN_ALL = 120
"""Seconds for a whole answer."""

MOST_SENT, MOST_READ = 64 << 20, 32 << 20
CHUNK = 1 << 16
TRUST = "REQUESTS_CA_BUNDLE may name a file of those to trust"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Unreachable(HarnessError):
    """Nobody listens there. Is the address right, and does the server run?"""


class Dropped(HarnessError):
    """The connection was closed before the answer was whole, as by a server that crashed."""


class TimedOut(HarnessError):
    """No answer, or no end of it, in time."""


class TooLarge(HarnessError):
    """A body is larger than anybody here means."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By name, in whatever case."""

    text: str

    @property
    def json(self) -> Any:
        """The body. None where it is no JSON."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    @property
    def data(self) -> Any:
        """The envelope's content. None where there is none."""
        body = self.json
        return body.get("data") if isinstance(body, dict) else None

    @property
    def retry_after(self) -> float | None:
        """The seconds that Retry-After asks for, in either form; the server's own clock says how late it is.

        None where it asks for nothing that can be read.
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
    """Whether this is this machine itself, to which no proxy leads."""
    return urlsplit(url).hostname in LOOPBACK


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    data: bytes | Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float = TIMEOUT,
) -> Answer:
    """One request and its answer, whatever its status. Raises one of this module's."""
    what = f"{method} {urlsplit(url)._replace(query='', fragment='').geturl()}"
    if isinstance(data, bytes) and len(data) > MOST_SENT:
        raise TooLarge(f"{what}: our own body has {len(data):,} bytes, more than the {MOST_SENT:,} that are sent")
    try:
        with session.request(
            method,
            url,
            data=data,
            headers=headers,
            timeout=timeout,
            stream=True,
            allow_redirects=False,
            auth=lambda request: request,  # else a ~/.netrc would replace the token
            proxies={"no_proxy": urlsplit(url).hostname or ""} if is_loopback(url) else None,
        ) as response:
            content = _read(response, what)
            return Answer(response.status_code, response.headers, _decoded(content, response.encoding))
    except ReadTimeoutError as error:
        raise TimedOut(f"{what}: no answer in time") from error
    except HTTPError as error:
        raise Dropped(f"{what}: the connection was closed, or the answer is not what its headers say") from error
    except requests.RequestException as error:
        raise _translated(error, what, timeout) from error
    except OSError as error:  # requests has no exception of its own for this
        raise HarnessError(
            f"{what}: the certificates to trust cannot be read; REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE must name a file "
            f"or folder that is there ({error})"
        ) from error


def _read(response: requests.Response, what: str) -> bytes:
    content, until = bytearray(), time.monotonic() + IN_ALL
    # read1 gives what there is: `iter_content` would wait for a whole chunk, however slowly it comes
    read = getattr(response.raw, "read1", response.raw.read)  # urllib3 1 has none
    while part := read(CHUNK, decode_content=True):
        content += part
        if len(content) > MOST_READ:
            raise TooLarge(f"{what}: the answer has more than {MOST_READ:,} bytes")
        if time.monotonic() > until:
            raise TimedOut(f"{what}: the answer has not ended after {IN_ALL:g} s")
    return bytes(content)


def _decoded(content: bytes, encoding: str | None) -> str:
    try:
        return content.decode(encoding or "utf-8", "replace")
    except LookupError:  # an encoding that nobody knows
        return content.decode("utf-8", "replace")


def _translated(error: requests.RequestException, what: str, timeout: float) -> HarnessError:
    """What requests says in one way for several things."""
    errors = requests.exceptions
    for is_it, kind, text in (
        (isinstance(error, errors.ConnectTimeout), Unreachable, f"no connection within {timeout:g} s"),
        (isinstance(error, errors.Timeout), TimedOut, "no answer in time"),
        (isinstance(error, errors.SSLError), Unreachable, f"its certificate is not trusted; {TRUST} ({error})"),
        (_was_open(error), Dropped, "the connection was closed before there was an answer"),
        (isinstance(error, errors.ConnectionError), Unreachable, "nobody listens there; is it the right address?"),
    ):
        if is_it:
            return kind(f"{what}: {text}")
    return HarnessError(f"{what}: {type(error).__name__}: {error}")


def _was_open(error: requests.RequestException) -> bool:
    """Whether there was a connection that could be closed: an aborted one, not one that never was."""
    return isinstance(error, requests.ConnectionError) and isinstance(next(iter(error.args), None), ProtocolError)
