"""The one way that every call takes: timeouts, tokens, waits, repetitions and errors are each written here.

A read is repeated until an answer comes. A write only where it surely was not done: after 429, where no connection came
about, and after 401 with a new token. What else becomes of a write is raised, and the caller finds out by reading.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from mock_lms_client import answers, wire
from mock_lms_client.answers import Reader, Row
from mock_lms_client.asking import address, query_of
from mock_lms_client.commands import command
from mock_lms_client.errors import ApiError, ClientError, Refused, Unreachable, Unreadable
from mock_lms_client.listing import Listing
from mock_lms_client.login import Login
from mock_lms_client.waiting import Waiting

USER_AGENT = "mock-lms-client/0.1.0"
"""Written out, since to look the version up takes longer than a call. A test compares it."""

RETRIES = 5
"""In a row, after what tells no time to come back."""

OK, REDIRECT, BAD, BROKEN = 200, 300, 400, 500
FOUND, UNAUTHORIZED, FORBIDDEN, TOO_MANY, UNAVAILABLE = 302, 401, 403, 429, 503
PASSING = {500, 502, UNAVAILABLE, 504}
PATIENTLY = {TOO_MANY, UNAVAILABLE}  # the server says that it will be back: as long as the patience lasts

NO_LOGIN = {"access_denied", "invalid_client", "invalid_grant"}
"""OAuth2's names for credentials that are not good."""

SECRET = {"access_token", "assertion", "client_secret", "code", "code_verifier", "password", "refresh_token"}

JSON, FORM = "application/json", "application/x-www-form-urlencoded"

ADVICE = {
    UNAUTHORIZED: "The token is missing or expired: give a new one, or credentials, with which it renews itself: "
    f"`{command('login')}` stores some. Unset MOCK_LMS_TOKEN then, which goes before them.",
    404: "Check the ids, and base_url.",
    FORBIDDEN: "Take the token of a user who may do this.",
    TOO_MANY: "Make fewer calls, or try again later.",
}

HOST_REFUSED = "The server does not answer to that host name: call it by one that it serves, or have it serve this one."


@dataclass(slots=True)
class Call:
    """What one call is, however often it is sent."""

    operation: str
    method: str
    url: str
    body: bytes | None
    media: str
    secrets: list[str]
    read: Reader
    repeatable: bool
    anonymous: bool
    redirects: bool


class Funnel:
    """A tenant's address, and the way there."""

    def __init__(
        self,
        base_url: str,
        login: Login,
        waiting: Waiting,
        *,
        timeout: float | tuple[float, float],
        session: requests.Session | None,
        allow_http: bool,
    ) -> None:
        self.base_url, self.tenant, local = address(base_url, allow_http=allow_http)
        self._login = login
        self._waiting = waiting
        self._timeout = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        self._owned = session is None
        self._session = session or _session()
        self._headers: CaseInsensitiveDict[Any] = CaseInsensitiveDict(
            {**self._session.headers, "User-Agent": USER_AGENT}
        )
        # once, since to look for proxies takes longer than all else that a call does here
        self._settings: Any = self._session.merge_environment_settings(self.base_url, {}, True, None, None)
        if local and self._owned:
            self._settings["proxies"] = {}  # a proxy would not find this machine, but would be told the secrets

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.tenant}>"

    def _list(self, operation: str, path: str, row: Row, page_size: int, **filters: Any) -> Listing[Any]:
        """The pages of a list, by the filters that are not None. `row` says what each item must have."""
        query = query_of({**filters, "page_size": page_size})  # now: an impossible one is told here, and once
        read = answers.page_of(row)

        def fetch(page: int) -> Any:
            return self._call(operation, "GET", path, query=f"{query}&page={page}", read=read)

        return Listing(fetch, operation, self.tenant, row.key)

    def _call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        query: str = "",
        body: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        read: Reader = answers.data,
        repeatable: bool | None = None,
        anonymous: bool = False,
        redirects: bool = False,
    ) -> Any:
        """Makes the call, again where that is safe, and returns what `read` finds in the answer.

        What is None in a body or a form is not sent. `repeatable` is what does no harm twice: a GET, unless it is said.
        With `redirects` a 302 is a success, too.
        """
        content, media, fields = None, "", body if form is None else form
        if fields is not None:
            kept = {name: value for name, value in fields.items() if value is not None}
            encoded = urlencode(kept) if form is not None else json.dumps(kept, allow_nan=False)
            content, media = encoded.encode(), JSON if form is None else FORM
        call = Call(
            operation,
            method,
            f"{self.base_url}{path}?{query}" if query else self.base_url + path,
            content,
            media,
            [str(value) for name, value in (fields or {}).items() if name in SECRET and value],
            read,
            method == "GET" if repeatable is None else repeatable,
            anonymous,
            redirects,
        )
        return self._repeated(call)

    def _repeated(self, call: Call) -> Any:
        attempt = in_a_row = 0
        renewed = call.anonymous or not self._login.possible
        while True:
            if not self._waiting.wait(f"{call.operation}: the server asked for it in an earlier answer"):
                raise self._too_early(call)
            authorization = None if call.anonymous else self._login.header()
            try:
                return self._once(call, authorization)
            except ClientError as error:
                if not renewed and isinstance(error, ApiError) and error.status == UNAUTHORIZED:
                    renewed = True
                    self._login.renew()
                    continue
                status = error.status if isinstance(error, ApiError) else 0
                in_a_row = 0 if status in PATIENTLY else in_a_row + 1
                attempt += 1
                if not _worth_repeating(call, error):
                    raise
                if in_a_row > RETRIES:
                    error.advice = f"It was tried {attempt} times. {error.advice}".rstrip()
                    raise
                if not self._waiting.wait(f"{call.operation}: {error.what}", attempt):
                    error.advice = f"{self._used_up()} {error.advice}".rstrip()
                    raise

    def _once(self, call: Call, authorization: str | None) -> Any:
        """Sends the call once. All that can become of it is told apart here."""
        until = time.monotonic() + wire.LONGEST
        cut: Exception | None = None
        content = None
        try:
            # not Session.send, which would look at ~/.netrc and prepare to follow redirects
            adapter = self._session.get_adapter(call.url)
            response = adapter.send(self._request(call, authorization), timeout=self._timeout, **self._settings)
        except (OSError, HTTPError) as error:
            raise self._unreachable(call, error) from error
        seconds = self._waiting.heard(response.headers)
        try:
            content = wire.body(response, until)
        except (OSError, HTTPError, wire.TooLarge) as error:
            cut = error
        if cut and answers.is_too_slow(cut):  # whatever its status says: it would hold the next try as long
            raise self._unreachable(call, cut) from cut
        status = response.status_code
        if not (OK <= status < REDIRECT or (call.redirects and status == FOUND)):
            where = response.headers.get("Location", "") if status < BAD else None
            raise self._refusal(call, status, *answers.said(content), where, seconds)
        try:
            if content is None:
                raise answers.not_whole(cut) from cut
            return call.read(response, content)
        except answers.Declined as no:
            raise self._refusal(call, status, no.name, [no.message], None, seconds) from no
        except ValueError as error:
            raise self._unreadable(call, status, error, seconds) from error

    def _request(self, call: Call, authorization: str | None) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        request.method, request.url, request.body = call.method, call.url, call.body
        request.headers = self._headers.copy()
        if authorization:
            request.headers["Authorization"] = authorization
        if call.body is not None:
            request.headers["Content-Type"] = call.media
            request.headers["Content-Length"] = str(len(call.body))
        elif call.method != "GET":
            request.headers["Content-Length"] = "0"
        return request

    # --- what is raised

    def _unreachable(self, call: Call, error: Exception) -> Unreachable:
        if answers.is_too_slow(error):
            sent, lasting, why = True, True, f"no whole answer within {wire.LONGEST:g} s."
        else:
            sent, lasting, why = answers.why_none(error, self._timeout)
        advice = _unknown(call) if sent else "Nothing was sent: check the address and the network."
        return Unreachable(why, **self._of(call, advice), sent=sent, lasting=lasting)

    def _too_early(self, call: Call) -> Unreachable:
        seconds = self._waiting.until_called()
        return Unreachable(
            f"an earlier answer asked for no calls for another {seconds:,.0f} s.",
            **self._of(call, f"Nothing was sent. {self._used_up()}"),
            sent=False,
        )

    def _refusal(
        self, call: Call, status: int, name: str, messages: list[str], where: str | None, seconds: float | None
    ) -> ApiError:
        for secret in sorted({*call.secrets, *self._login.secrets}, key=len, reverse=True):
            name, messages = name.replace(secret, "***"), [message.replace(secret, "***") for message in messages]
        what = answers.described(status, name, messages)
        advice = ADVICE.get(status, "" if call.repeatable else "Nothing was changed.")
        if where is not None:
            what = f"base_url redirects to {answers.target(where)} ({status})."
            advice = "Give the address that answers itself."
        elif status >= BROKEN:
            advice = _unknown(call)
        elif status == FORBIDDEN and re.search(r"\bhost\b", " ".join(messages), re.IGNORECASE):
            advice = HOST_REFUSED
        elif name in NO_LOGIN or (call.anonymous and status == UNAUTHORIZED):
            advice = "Check the client's id and secret, the username and the password."
        kind = Refused if status < BROKEN else ApiError
        return kind(what, **self._of(call, advice), status=status, name=name, messages=messages, retry_after=seconds)

    def _unreadable(self, call: Call, status: int, why: ValueError, seconds: float | None) -> Unreadable:
        whole = isinstance(why, answers.SaysOtherwise)
        what = f"the answer ({status}) is not what the contract says: {why}."
        advice = "Check base_url: something else may answer there." if whole and call.repeatable else _unknown(call)
        return Unreadable(what, **self._of(call, advice), status=status, retry_after=seconds, whole=whole)

    def _of(self, call: Call, advice: str) -> dict[str, Any]:
        return {"operation": call.operation, "tenant": self.tenant, "advice": advice}

    def _used_up(self) -> str:
        return f"The patience of {self._waiting.patience:,.0f} s is used up: try again later, or allow more."


def _session() -> requests.Session:
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, wire.Adapter())
    return session


def _worth_repeating(call: Call, error: ClientError) -> bool:
    """Whether to send the call again, which for a write is only where it surely was not done."""
    if isinstance(error, Unreachable):
        return not error.lasting and (call.repeatable or not error.sent)
    if isinstance(error, Unreadable):
        return call.repeatable and not error.whole
    status = error.status if isinstance(error, ApiError) else 0
    return status == TOO_MANY or (call.repeatable and status in PASSING)


def _unknown(call: Call) -> str:
    return "Try again later." if call.repeatable else "Whether it took effect is unknown: read before you repeat it."
