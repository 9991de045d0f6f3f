"""How a run calls servers: the certificates that it trusts, the headers that it sends, and its statistics."""

from __future__ import annotations

import io
import shlex
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import InsecureRequestWarning

from mock_lms_contracts import exchange as bounds
from mock_lms_contracts.exchange import Answer, exchange
from mock_lms_contracts.failures import Dropped, GivenUp, TimedOut
from mock_lms_contracts.verdicts import HarnessError, Inconclusive

MOST_SILENCES = 2
"""Calls without an answer in time, after which a run makes no more calls."""

PATIENCE = 60
"""Seconds to wait altogether for a server that answers 429 or 503."""

LEAST_WAIT = 0.1
"""Seconds between two tries at least, whatever the server asks for."""

MOST_REDIRECTS = 5
RECENT = 100
"""Recent calls whose median duration is the round trip."""

REPEATED = {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}
REDIRECTS = REPEATED | {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
READS = {"GET", "HEAD"}


@dataclass(slots=True)
class Pace:
    """How many calls were made in this process, and how long one takes."""

    calls: int = 0
    writes: int = 0
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))

    def note(self, method: str, seconds: float) -> None:
        self.calls += 1
        self.writes += method not in READS
        self._recent.append(seconds)

    @property
    def round_trip(self) -> float:
        """Seconds that a call takes: the median of the last `RECENT` calls, or 0 before the first."""
        return median(self._recent) if self._recent else 0.0


@dataclass(slots=True)
class Connection:
    """The connection that all calls of a process share."""

    verify: bool | str = True
    """Whether certificates are verified, or the file of those to trust."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every call to `host`, and to no other host. Their values may be secrets."""

    host: str | None = None
    pace: Pace = field(default_factory=Pace)
    silences: Path | None = None
    """A file that all processes of a run share. Each call without an answer in time appends a byte."""

    _silences: int = 0
    session: requests.Session = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.session = _session(self.verify)

    def headers_for(self, url: str) -> Mapping[str, str]:
        """The headers for a call to this address."""
        return self.headers if urlsplit(url).hostname == self.host else {}

    def curl_options(self, url: str) -> list[str]:
        """The options of curl, without the values of headers."""
        words = [f"-H {shlex.quote(f'{name}: ...')}" for name in self.headers_for(url)]
        if urlsplit(url).scheme == "https" and self.verify is not True:
            words.append(f"--cacert {shlex.quote(self.verify)}" if isinstance(self.verify, str) else "--insecure")
        return words

    def call(
        self,
        method: str,
        url: str,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
        patient: bool = False,
    ) -> Answer:
        """Calls, follows redirects within this server, and returns the answer. If `patient`, waits for a busy server.

        Raises `HarnessError`, or `Inconclusive` if the server stays busy.
        """
        waited = 0.0
        while True:
            answer = self._led(method, url, data, headers, timeout)
            if not (answer.status in BUSY and patient):
                return answer
            seconds = 1 if answer.retry_after is None else max(LEAST_WAIT, answer.retry_after)
            waited += seconds
            if waited > PATIENCE:
                self._gave_up()
                path = urlsplit(url).path
                raise Inconclusive(f"{method} {path} has answered {answer.status} for more than {PATIENCE} s")
            time.sleep(seconds)

    def _led(
        self, method: str, url: str, data: Any, headers: Mapping[str, str] | None, timeout: float | None
    ) -> Answer:
        """Follows redirects within this server, and returns the last answer."""
        sent = CaseInsensitiveDict(self.headers_for(url))
        sent.update(headers or {})
        for _ in range(MOST_REDIRECTS):
            answer = self._answer(method, url, data, sent, timeout)
            if answer.status not in REDIRECTS or "Location" not in answer.headers:
                return answer
            try:
                to = urljoin(url, answer.headers["Location"])
                same = _origin(to) == _origin(url)
            except ValueError as error:
                raise HarnessError(
                    f"{method} {url} redirects to an invalid address ({error}); correct its Location"
                ) from error
            if not same:
                raise HarnessError(_elsewhere(method, url, to))
            if method not in READS and answer.status not in REPEATED:
                raise HarnessError(
                    f"{method} {url} answers {answer.status} to {to}, which only reads follow; answer 307 or 308"
                )
            url = to
        raise HarnessError(f"{method} {url}: there are more than {MOST_REDIRECTS} redirects")

    def _gave_up(self) -> None:
        """Notes a call that got no answer in time, or none but that the server is busy."""
        self._silences += 1
        if self.silences:
            with self.silences.open("ab") as file:
                file.write(b".")

    def _is_given_up(self) -> bool:
        others = self.silences.stat().st_size if self.silences and self.silences.exists() else 0
        return max(self._silences, others) >= MOST_SILENCES

    def _answer(self, method: str, url: str, data: Any, headers: Mapping[str, str], timeout: float | None) -> Answer:
        if self._is_given_up():
            raise GivenUp(
                f"{MOST_SILENCES} calls were left without an answer in time, so nothing more was asked; "
                "does the server hang, or is it overloaded?"
            )
        began = time.monotonic()
        try:
            try:
                return exchange(self.session, method, url, data, headers, timeout=timeout)
            except Dropped:
                if method not in READS:
                    raise
                # the server may just have closed a kept-alive connection; a read can be repeated
                return exchange(self.session, method, url, data, headers, timeout=timeout)
        except TimedOut:
            self._gave_up()
            raise
        finally:
            self.pace.note(method, time.monotonic() - began)


def _elsewhere(method: str, url: str, to: str) -> str:
    here, there = urlsplit(url), urlsplit(to)
    if (here.scheme, there.scheme) == ("http", "https") and here.hostname == there.hostname:
        return f"{method} {url} redirects to https; give the address that begins with https://{there.netloc}"
    return f"{method} {url} redirects to another server, {to}; give its address instead"


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _session(verify: bool | str) -> requests.Session:
    session = _Session()
    session.verify = verify
    session.cookies.set_policy(
        DefaultCookiePolicy(allowed_domains=[])
    )  # a cookie must not log in a call without a token
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter())
    if verify is False:
        urllib3.disable_warnings(InsecureRequestWarning)  # the command warns once
    return session


class _Session(requests.Session):
    """A session that leaves redirects alone: requests would read the whole body of one, however long."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Returns None: `Connection` follows redirects."""


class _Until(io.RawIOBase):
    """The bytes from a server, up to a deadline."""

    def __init__(self, raw: io.RawIOBase, until: float) -> None:
        self._raw, self._until = raw, until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if time.monotonic() > self._until:
            raise TimeoutError
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """A response that must be complete within `IN_ALL` seconds. A time-out alone limits only the wait for each byte."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp = io.BufferedReader(_Until(self.fp.detach(), time.monotonic() + bounds.IN_ALL))


class _Http(HTTPConnection):
    response_class = _Response


class _Https(HTTPSConnection):
    response_class = _Response


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return manager
