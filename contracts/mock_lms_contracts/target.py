"""The server under test, over plain HTTP. Every call goes through `Target.call`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from mock_lms_contracts.access import Access
from mock_lms_contracts.contract import request_problems
from mock_lms_contracts.exchange import LOOPBACK, Dropped, exchange
from mock_lms_contracts.exchange import TIMEOUT as TIMEOUT
from mock_lms_contracts.exchange import Answer as Answer
from mock_lms_contracts.fault import fault, is_failure
from mock_lms_contracts.verdicts import Finding, HarnessError, Inconclusive

PATIENCE = 60
"""Seconds that we wait in all for a server that says 429 or 503."""

LEAST_WAIT = 0.1
"""Seconds between two tries, however soon the server says that it is ready."""

MOST_REDIRECTS = 5
SHOWN = 2_000
"""Characters of a body that are shown."""

BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
REPEATED = {HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT}
REDIRECTS = REPEATED | {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
READS = {"GET", "HEAD"}


class BudgetSpent(Inconclusive):
    """The run has made as many writing calls as it may."""


@dataclass(slots=True)
class Budget:
    """How many writing calls a run may make; None: as many as it needs. 0: the run only reads."""

    left: int | None = None
    made: int = 0

    def take(self) -> None:
        """Counts one. Raises `BudgetSpent`."""
        if self.left is not None:
            if self.left <= 0:
                raise BudgetSpent(
                    f"the budget of {self.made} writing calls is spent; give a larger --max-writes"
                    if self.made
                    else "this run may only read, and the check has to write"
                )
            self.left -= 1
        self.made += 1


@dataclass(slots=True)
class Target:
    """One address and one token. What was called is kept for the report."""

    base_url: str
    token: str = ""
    budget: Budget = field(default_factory=Budget)
    headers: Mapping[str, str] = field(default_factory=dict)
    """That every call has, as whoever prepared the target said."""

    calls: list[str] = field(default_factory=list)
    """What was called since the check began, as curl."""

    session: requests.Session = field(default_factory=requests.Session)
    hosts: frozenset[str] = frozenset()
    """Other hosts than its own to which an adapter may lead the run."""

    access: Access = field(default_factory=Access)
    """Where another token comes from when this one expires."""

    lenient: bool = False
    """Whether an empty page ends a list, whatever it says of more: for what is cleaned up."""

    @property
    def bearer(self) -> str:
        """The token as it is now."""
        return self.access.latest(self.token)

    @property
    def tokens(self) -> list[str]:
        """All that it had. No report may say one."""
        return self.access.all_of(self.token)

    def at(self, base_url: str = "", token: str = "", headers: Mapping[str, str] | None = None) -> Target:
        """The same server at an address of its own, as adapters have it. Budget and notes are shared.

        Raises `HarnessError` where that is a host of which nobody said that it may be tested.
        """
        base_url = base_url or self.base_url
        host = urlsplit(base_url).hostname
        if host not in LOOPBACK | self.hosts | {urlsplit(self.base_url).hostname}:
            raise HarnessError(f"the adapter leads to {host}, which may not be tested; --allow-host {host} allows it")
        copy = replace(self, base_url=base_url, token=token or self.bearer, session=requests.Session())
        copy.headers = {**self.headers, **(headers or {})}
        if token or base_url != self.base_url:
            copy.access = Access()  # a world's own: when the adapter ends it, it may well answer 401
        return copy

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        raw: bytes | None = None,
        query: Any = None,
        patient: bool = True,
        valid: bool = True,
    ) -> Answer:
        """Makes the call; if `patient`, again where the server says that it is busy. `token` may be another than ours.

        What is not `valid`, or `raw`, is sent unseen; all else must be what openapi.yaml asks for.
        Raises `HarnessError` where it is not, or where nobody answers, `Inconclusive` where the server stays busy.
        """
        if valid and raw is None:
            problems = request_problems(method, path, query, body)
            if problems:
                raise HarnessError(f"our own {method} {path} is not what openapi.yaml asks for: {'; '.join(problems)}")
        if method not in READS:
            self.budget.take()
        url = f"{self.base_url.rstrip('/')}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        self.calls.append(_curl(method, url, data))
        waited = 0.0
        while True:
            answer = self._as_we_are(method, url, data) if token is None else self._as(token, method, url, data)
            if not (answer.status in BUSY and patient):
                return answer
            seconds = 1 if answer.retry_after is None else max(LEAST_WAIT, answer.retry_after)
            waited += seconds
            if waited > PATIENCE:
                raise Inconclusive(f"{method} {path} answers {answer.status} for more than {PATIENCE} s")
            time.sleep(seconds)

    def _as_we_are(self, method: str, url: str, data: bytes | None) -> Answer:
        """The answer to a call with our own token, or with the next one where that has expired."""
        token = self.bearer
        answer = self._as(token, method, url, data)
        if not token:
            return answer
        if answer.status == HTTPStatus.OK and method == "GET":
            self.access.was_good(token, url)
        expired = answer.status == HTTPStatus.UNAUTHORIZED and self.access.renewed(
            token,
            ask=lambda known: self._as(token, "GET", known, None).status,
            log_in=lambda form: log_in(self.base_url, form, self.headers),
        )
        # a 401 is given before anything is done, so that a write may be sent again
        return self._as(self.bearer, method, url, data) if expired else answer

    def _as(self, token: str, method: str, url: str, data: bytes | None) -> Answer:
        headers = dict(self.headers)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if data is not None:
            headers["Content-Type"] = "application/json"
        return self._exchange(method, url, data, headers)

    def _exchange(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Answer:
        """The answer after what redirects there are within this server."""
        for _ in range(MOST_REDIRECTS):
            try:
                answer = exchange(self.session, method, url, data, headers)
            except Dropped:
                if method not in READS:
                    raise
                # a connection that was kept open may have been closed just now; a read can be made again
                answer = exchange(self.session, method, url, data, headers)
            if answer.status not in REDIRECTS or "Location" not in answer.headers:
                return answer
            to = urljoin(url, answer.headers["Location"])
            if _origin(to) != _origin(url):
                raise HarnessError(f"{method} {url} leads to another server, {to}; give its address as --base-url")
            if method not in READS and answer.status not in REPEATED:
                raise HarnessError(f"{method} {url} is answered with {answer.status} to {to}, which only reads follow")
            url = to
        raise HarnessError(f"{method} {url}: more than {MOST_REDIRECTS} redirects")

    def items(self, path: str, query: Any = None, page_size: int = 200) -> list[dict[str, Any]]:
        """All items of a list, page after page. Raises `HarnessError`, `Finding` where it is no list, or has no end."""
        items: list[dict[str, Any]] = []
        for page in range(1, 10_000):
            parameters = [*(query or ()), ("page", page), ("page_size", page_size)]
            answer = self.call("GET", path, query=parameters)
            data = answer.data
            if answer.status != HTTPStatus.OK or answer.json is None:
                raise fault("GET", path, answer)
            if not isinstance(data, dict) or not isinstance(data.get("items"), list):
                raise Finding(f"GET {path} is answered with no list.", "data.items", answer.text[:200], "READ-LIST-1")
            if data["items"] and items[-len(data["items"]) :] == data["items"]:
                said = f"GET {path}: page {page} repeats the page before it, so nothing can be observed"
                raise Finding(said, requirement="READ-PAGES-1")
            items += data["items"]
            more = data.get("has_more_data")
            if not more or (self.lenient and not data["items"]):
                return items
            if not self.lenient and not isinstance(more, bool):
                said = f"the text {more!r}" if isinstance(more, str) else repr(more)
                said = f"GET {path}: has_more_data is {said:.80}, no boolean, so nothing can be observed"
                raise Finding(said, requirement="READ-PAGES-2")
            if not data["items"]:
                said = f"GET {path}: page {page} is empty, and has_more_data still says true"
                raise Finding(f"{said}, so nothing can be observed", requirement="READ-PAGES-2")
        raise Finding(f"GET {path} has no last page", requirement="READ-PAGES-2")

    def created(self, path: str, body: Mapping[str, Any], key: str) -> int:
        """The id of something that is created. Raises `HarnessError`, `Finding`."""
        answer = self.call("POST", path, body)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise fault("POST", path, answer)
        try:
            return int(answer.data[key])
        except (TypeError, KeyError, ValueError):
            raise HarnessError(f"POST {path} created nothing: {answer.status} {answer.text[:200]}") from None


def log_in(base_url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> str:
    """A token. Raises `HarnessError`, `Finding` where the server fails."""
    url = f"{base_url.rstrip('/')}/oauth2/token"
    with requests.Session() as session:
        answer = exchange(session, "POST", url, form, headers)
    if is_failure(answer.status):
        raise fault("POST", "/oauth2/token", answer)
    try:
        return str(answer.json["access_token"])
    except (KeyError, TypeError):
        raise HarnessError(f"POST /oauth2/token gave no token, but {answer.status}") from None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _curl(method: str, url: str, data: bytes | None) -> str:
    """The call as a command. The token is `$TOKEN`."""
    parts = ["curl -s", f"-X {method}", f"'{url}'", '-H "Authorization: Bearer $TOKEN"']
    if data is not None:
        text = data.decode("utf-8", "replace").replace("'", "'\\''")
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(data)} bytes)"
        parts += ["-H 'Content-Type: application/json'", f"-d '{shown}'"]
    return " ".join(parts)
