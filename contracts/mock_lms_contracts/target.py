"""The server under test, over plain HTTP. Every call goes through `Target.call`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import requests

from mock_lms_contracts.verdicts import HarnessError, Inconclusive

TIMEOUT = 30
PATIENCE = 60
"""Seconds that we wait in all for a server that says 429 or 503."""

SHOWN = 2_000
"""Characters of a body that are shown."""


class BudgetSpent(Inconclusive):
    """The run has made as many writing calls as it may."""


@dataclass(slots=True)
class Budget:
    """How many writing calls a run may make; None: as many as it needs."""

    left: int | None = None

    def take(self) -> None:
        if self.left is not None:
            if self.left <= 0:
                raise BudgetSpent("the budget of writing calls is spent; give a larger --max-writes")
            self.left -= 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body. None where it is no JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def data(self) -> Any:
        """The envelope's content. None where there is none."""
        body = self.json
        return body.get("data") if isinstance(body, dict) else None


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

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        raw: bytes | None = None,
        query: Any = None,
    ) -> Answer:
        """Makes the call, again where the server says that it is busy. `token` may be another than ours.

        Raises `HarnessError` where nobody answers, `Inconclusive` where the server stays busy.
        """
        if method not in {"GET", "HEAD"}:
            self.budget.take()
        url = f"{self.base_url.rstrip('/')}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        headers = dict(self.headers)
        if token is None:
            token = self.token
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        self.calls.append(_curl(method, url, data))
        waited = 0.0
        while True:
            try:
                answer = self.session.request(method, url, data=data, headers=headers, timeout=TIMEOUT)
            except requests.RequestException as error:
                raise HarnessError(f"{method} {path}: {type(error).__name__}, nobody answered") from error
            if answer.status_code not in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
                return Answer(answer.status_code, dict(answer.headers), answer.text)
            seconds = _retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
            waited += seconds
            if waited > PATIENCE:
                raise Inconclusive(f"{method} {path} answers {answer.status_code} for more than {PATIENCE} s")
            time.sleep(seconds)

    def items(self, path: str, query: Any = None, page_size: int = 200) -> list[dict[str, Any]]:
        """All items of a list, page after page. Raises `HarnessError` where it is none."""
        found: list[dict[str, Any]] = []
        for page in range(1, 10_000):
            asked = [*(query or ()), ("page", page), ("page_size", page_size)]
            answer = self.call("GET", path, query=asked)
            data = answer.data
            if answer.status != HTTPStatus.OK or not isinstance(data, dict) or "items" not in data:
                raise HarnessError(f"GET {path} is no list: {answer.status} {answer.text[:200]}")
            found += data["items"]
            if not data.get("has_more_data"):
                return found
        raise HarnessError(f"GET {path} has no last page")

    def created(self, path: str, body: Mapping[str, Any], key: str) -> int:
        """The id of something that is created. Raises `HarnessError`."""
        answer = self.call("POST", path, body)
        try:
            return int(answer.data[key])
        except (TypeError, KeyError, ValueError):
            raise HarnessError(f"POST {path} created nothing: {answer.status} {answer.text[:200]}") from None


def log_in(base_url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> str:
    """A token. Raises `HarnessError`."""
    try:
        answer = requests.post(
            f"{base_url.rstrip('/')}/oauth2/token", data=form, headers=dict(headers or {}), timeout=TIMEOUT
        )
        return str(answer.json()["access_token"])
    except requests.RequestException as error:
        raise HarnessError(f"POST /oauth2/token: {type(error).__name__}, nobody answered") from error
    except (ValueError, KeyError, TypeError):
        raise HarnessError(f"POST /oauth2/token gave no token, but {answer.status_code}") from None


def _retry_after(value: str | None, date: str | None) -> float:
    if value is None:
        return 1
    if value.isdecimal():
        return float(value)
    try:
        now = parsedate_to_datetime(date).timestamp() if date else time.time()
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except ValueError:
        return 1


def _curl(method: str, url: str, data: bytes | None) -> str:
    """The call as a command. The token is `$TOKEN`."""
    parts = ["curl -s", f"-X {method}", f"'{url}'", '-H "Authorization: Bearer $TOKEN"']
    if data is not None:
        text = data.decode("utf-8", "replace").replace("'", "'\\''")
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(data)} bytes)"
        parts += ["-H 'Content-Type: application/json'", f"-d '{shown}'"]
    return " ".join(parts)
