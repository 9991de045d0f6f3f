"""The server under test, over plain HTTP. Every call goes through `Target.call`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from mock_lms_contracts.access import Access, TokenExpired, refuses_token
from mock_lms_contracts.connection import READS as READS
from mock_lms_contracts.connection import Connection, Pace
from mock_lms_contracts.contract import request_problems
from mock_lms_contracts.exchange import LOOPBACK
from mock_lms_contracts.exchange import TIMEOUT as TIMEOUT
from mock_lms_contracts.exchange import Answer as Answer
from mock_lms_contracts.fault import fault, is_failure
from mock_lms_contracts.pages import Oddity, items_of
from mock_lms_contracts.verdicts import HarnessError, Inconclusive

SHOWN = 2_000
"""Characters of an address or a body that a report shows."""

FIRST_CALLS, MOST_CALLS = 100, 500
"""Calls that are kept of one check: from its beginning, and in all."""

MOST_ODDITIES = 100


class BudgetSpent(Inconclusive):
    """The run has made as many writing calls as it may."""


@dataclass(slots=True)
class Budget:
    """How many writing calls a run may still make. None stands for any number, 0 for a run that only reads."""

    left: int | None = None
    made: int = 0

    def take(self) -> None:
        """Counts a writing call. Raises `BudgetSpent`."""
        if self.left is not None:
            if self.left <= 0:
                raise BudgetSpent(
                    f"the budget of {self.made} writing calls is spent; raise --max-writes"
                    if self.made
                    else "this run may only read, but the check has to write"
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
    """Sent with every call, as the adapter said."""

    calls: list[str] = field(default_factory=list)
    """The calls since the check began, as curl: the first `FIRST_CALLS` and the last ones."""

    oddities: list[Oddity] = field(default_factory=list)
    """Mistakes in what was read whose meaning is clear all the same. Each is here once."""

    lenient: bool = False
    """Whether a repeated page ends a list instead of being a finding. Cleanup needs that."""

    connection: Connection = field(default_factory=Connection)
    hosts: frozenset[str] = frozenset()
    """Other hosts than its own to which an adapter may lead the run."""

    access: Access = field(default_factory=Access)
    """Renews the token when it expires."""

    @property
    def bearer(self) -> str:
        """The current token."""
        return self.access.latest(self.token)

    @property
    def tokens(self) -> list[str]:
        """All tokens so far. No report may show them."""
        return self.access.all_of(self.token)

    @property
    def pace(self) -> Pace:
        """How many calls were made, and how long one takes."""
        return self.connection.pace

    def at(
        self,
        base_url: str = "",
        token: str = "",
        headers: Mapping[str, str] | None = None,
        login: Mapping[str, str] | None = None,
    ) -> Target:
        """The same server at another address, for a world of an adapter. Budget and notes are shared.

        `login` is the form of the token request there, for when the token expires.
        Raises `HarnessError` if that host may not be tested.
        """
        base_url = base_url or self.base_url
        host = urlsplit(base_url).hostname
        if host not in LOOPBACK | self.hosts | {urlsplit(self.base_url).hostname}:
            raise HarnessError(f"the adapter leads to {host}, which may not be tested; --allow-host {host} allows it")
        copy = replace(self, base_url=base_url, token=token or self.bearer)
        copy.headers = {**self.headers, **(headers or {})}
        if token:
            copy.access = Access(login, base_url)  # of this world only: once the world is ended, it may answer 401
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
        """Makes the call; if `patient`, repeats it while the server is busy. `token` replaces our own.

        The call must be valid by openapi.yaml, unless it is `raw` or said not to be `valid`.
        Raises `HarnessError` if it is not, or if there is no answer; `Inconclusive` if the server stays busy.
        """
        if valid and raw is None:
            problems = request_problems(method, path, query, body)
            if problems:
                raise HarnessError(f"our own {method} {path} is not what openapi.yaml asks for: {'; '.join(problems)}")
        if method not in READS:
            self.budget.take()
        url = f"{self.base_url.rstrip('/')}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        self.calls.append(_curl(method, url, data, self.connection.curl_options(url)))
        if len(self.calls) > MOST_CALLS:
            del self.calls[FIRST_CALLS]
        if token is None:
            return self._as_we_are(method, url, data, patient=patient)
        return self._as(token, method, url, data, patient=patient)

    def _as_we_are(self, method: str, url: str, data: bytes | None, *, patient: bool) -> Answer:
        """Calls with our own token, and again with a new one if it has expired."""
        if self.access.expired:
            raise TokenExpired
        token = self.bearer
        answer = self._as(token, method, url, data, patient=patient)
        if not token:
            return answer
        if answer.status == HTTPStatus.OK and method == "GET" and self.base_url == self.access.base_url:
            self.access.known = url
        if not (refuses_token(answer) and self.renewed(token)):
            return answer
        # a server refuses a token before it does anything, so a write may be sent again
        return self._as(self.bearer, method, url, data, patient=patient)

    def renewed(self, token: str) -> bool:
        """Replaces a token with which a call was refused, and says whether that worked.

        Raises `TokenExpired`, `HarnessError`.
        """
        return self.access.renewed(
            token,
            ask=lambda token, known: self._as(token, "GET", known, None),
            log_in=lambda form: log_in(self.access.base_url, form, self.headers, self.connection),
        )

    def _as(self, token: str, method: str, url: str, data: bytes | None, *, patient: bool = True) -> Answer:
        headers = dict(self.headers)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if data is not None:
            headers["Content-Type"] = "application/json"
        return self.connection.call(method, url, data, headers, patient=patient)

    def items(self, path: str, query: Any = None, page_size: int = 200) -> list[dict[str, Any]]:
        """All items of a list, page after page. A wrong statement of the list about its pages becomes an oddity.

        Raises `HarnessError`, and `Finding` if the answer is no list, repeats a page, or never ends.
        """

        def read(page: int) -> Answer:
            return self.call("GET", path, query=[*(query or ()), ("page", page), ("page_size", page_size)])

        return [*items_of(path, read, self._note, lenient=self.lenient)]

    def _note(self, oddity: Oddity) -> None:
        # one note is enough for the same mistake on several pages
        if len(self.oddities) < MOST_ODDITIES and not any(
            (known.operation, known.message) == (oddity.operation, oddity.message) for known in self.oddities
        ):
            self.oddities.append(oddity)

    def created(self, path: str, body: Mapping[str, Any], key: str) -> int:
        """Creates something and returns its id. Raises `HarnessError`, `Finding`."""
        answer = self.call("POST", path, body)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise fault("POST", path, answer)
        try:
            return int(answer.data[key])
        except (TypeError, KeyError, ValueError):
            raise HarnessError(f"POST {path} created nothing: {answer.status} {answer.text[:200]}") from None


def log_in(
    base_url: str,
    form: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
    connection: Connection | None = None,
) -> str:
    """Requests a token. Raises `HarnessError`, and `Finding` if the server fails."""
    url = f"{base_url.rstrip('/')}/oauth2/token"
    answer = (connection or Connection()).call("POST", url, form, headers, patient=True)
    if is_failure(answer.status):
        raise fault("POST", "/oauth2/token", answer)
    try:
        return str(answer.json["access_token"])
    except (KeyError, TypeError):
        raise HarnessError(
            f"POST /oauth2/token is answered with {answer.status} and without a token; check the credentials"
        ) from None


def _curl(method: str, url: str, data: bytes | None, options: Sequence[str]) -> str:
    """The call as a command. The token is `$TOKEN`."""
    shown = url if len(url) <= SHOWN else f"{url[:SHOWN]}... ({len(url)} characters)"
    parts = ["curl -s", f"-X {method}", f"'{shown}'", '-H "Authorization: Bearer $TOKEN"', *options]
    if data is not None:
        text = data.decode("utf-8", "replace").replace("'", "'\\''")
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(data)} bytes)"
        parts += ["-H 'Content-Type: application/json'", f"-d '{shown}'"]
    return " ".join(parts)
