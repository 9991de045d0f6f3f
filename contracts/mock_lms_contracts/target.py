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
"""Characters of an address or a body that are shown."""

FIRST_CALLS, MOST_CALLS = 100, 500
"""Of one check: how many calls are kept from its beginning, and in all."""

MOST_ODDITIES = 100


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
    """What was called since the check began, as curl: the first `FIRST_CALLS`, and the last."""

    oddities: list[Oddity] = field(default_factory=list)
    """What was read that is wrong though its meaning is clear, each once."""

    lenient: bool = False
    """Whether a list that repeats a page ends there: for what is cleaned up."""

    connection: Connection = field(default_factory=Connection)
    hosts: frozenset[str] = frozenset()
    """Other hosts than its own to which an adapter may lead the run."""

    access: Access = field(default_factory=Access)
    """Where another token comes from when this one expires."""

    @property
    def bearer(self) -> str:
        """The token as it is now."""
        return self.access.latest(self.token)

    @property
    def tokens(self) -> list[str]:
        """All that it had. No report may say one."""
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
        """The same server at an address of its own, as adapters have it. Budget and notes are shared.

        `login` is what another token is asked with, there, when this one expires.
        Raises `HarnessError` where that is a host of which nobody said that it may be tested.
        """
        base_url = base_url or self.base_url
        host = urlsplit(base_url).hostname
        if host not in LOOPBACK | self.hosts | {urlsplit(self.base_url).hostname}:
            raise HarnessError(f"the adapter leads to {host}, which may not be tested; --allow-host {host} allows it")
        copy = replace(self, base_url=base_url, token=token or self.bearer)
        copy.headers = {**self.headers, **(headers or {})}
        if token:
            copy.access = Access(login, base_url)  # a world's own: when the adapter ends it, it may well answer 401
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
        self.calls.append(_curl(method, url, data, self.connection.curl_options(url)))
        if len(self.calls) > MOST_CALLS:
            del self.calls[FIRST_CALLS]
        if token is None:
            return self._as_we_are(method, url, data, patient=patient)
        return self._as(token, method, url, data, patient=patient)

    def _as_we_are(self, method: str, url: str, data: bytes | None, *, patient: bool) -> Answer:
        """The answer to a call with our own token, or with the next one where that has expired."""
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
        # a token is refused before anything is done, so that a write may be sent again
        return self._as(self.bearer, method, url, data, patient=patient)

    def renewed(self, token: str) -> bool:
        """Whether there is another token in the place of this one, which a call was refused with.

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
        """All items of a list, page after page; what it says wrongly of its pages becomes an oddity.

        Raises `HarnessError`, and `Finding` where it is no list, repeats a page, or has no end.
        """

        def read(page: int) -> Answer:
            return self.call("GET", path, query=[*(query or ()), ("page", page), ("page_size", page_size)])

        return [*items_of(path, read, self._note, lenient=self.lenient)]

    def _note(self, oddity: Oddity) -> None:
        # what is said of every page need be noted of one
        if len(self.oddities) < MOST_ODDITIES and not any(
            (known.operation, known.message) == (oddity.operation, oddity.message) for known in self.oddities
        ):
            self.oddities.append(oddity)

    def created(self, path: str, body: Mapping[str, Any], key: str) -> int:
        """The id of something that is created. Raises `HarnessError`, `Finding`."""
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
    """A token. Raises `HarnessError`, `Finding` where the server fails."""
    url = f"{base_url.rstrip('/')}/oauth2/token"
    answer = (connection or Connection()).call("POST", url, form, headers, patient=True)
    if is_failure(answer.status):
        raise fault("POST", "/oauth2/token", answer)
    try:
        return str(answer.json["access_token"])
    except (KeyError, TypeError):
        raise HarnessError(f"POST /oauth2/token gave no token, but {answer.status}") from None


def _curl(method: str, url: str, data: bytes | None, options: Sequence[str]) -> str:
    """The call as a command. The token is `$TOKEN`."""
    shown = url if len(url) <= SHOWN else f"{url[:SHOWN]}... ({len(url)} characters)"
    parts = ["curl -s", f"-X {method}", f"'{shown}'", '-H "Authorization: Bearer $TOKEN"', *options]
    if data is not None:
        text = data.decode("utf-8", "replace").replace("'", "'\\''")
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(data)} bytes)"
        parts += ["-H 'Content-Type: application/json'", f"-d '{shown}'"]
    return " ".join(parts)
