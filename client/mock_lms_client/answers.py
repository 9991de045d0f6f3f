"""What an answer says: its `data`, or why there is none; and why no answer came."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.exceptions import ConnectTimeout, InvalidSchema, InvalidURL, MissingSchema, ReadTimeout
from urllib3.exceptions import ConnectTimeoutError, LocationValueError, NewConnectionError, ReadTimeoutError

from mock_lms_client import wire
from mock_lms_client.jsons import loads


class SaysOtherwise(ValueError):
    """A success that came whole, and is not what the contract says."""


class Declined(Exception):
    """A success of HTTP that says no all the same."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(name)
        self.name, self.message = name, message


Reader = Callable[[requests.Response, bytes], Any]
"""Takes a success and its body, returns what the method does. Raises `ValueError` where the contract says otherwise."""

LONGEST = 300
"""Characters of a server's message that people are shown."""

# --- a success


def data(_: requests.Response, body: bytes) -> dict[str, Any]:
    """The envelope's `data`."""
    value = _object(body).get("data")
    if not isinstance(value, dict):
        raise SaysOtherwise("its data is no JSON object")
    return value


def rows(_: requests.Response, body: bytes) -> list[dict[str, Any]]:
    """The envelope's `data` where that is a list of objects."""
    value = _object(body).get("data")
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise SaysOtherwise("its data is no list of JSON objects")
    return value


def page_of(row: Row) -> Reader:
    """Reads the `data` of a list whose items are such rows.

    Its `has_more_data` becomes a truth value, and its `total_count` a number, or is left out where it is none: what the
    vendor's generated SDKs know of both differs (client-no-total-count in the issue's cases).
    """

    def page(response: requests.Response, body: bytes) -> dict[str, Any]:
        listed = data(response, body)
        if not isinstance(listed.get("items"), list):
            raise SaysOtherwise("its data has no items")
        more = listed.get("has_more_data")
        if not isinstance(more, bool | int | str) or str(more).lower() not in _TRUTH:
            raise SaysOtherwise("its data does not say has_more_data")
        listed["has_more_data"] = _TRUTH[str(more).lower()]
        total = listed.pop("total_count", None)
        if isinstance(total, int | str) and re.fullmatch("[0-9]{1,15}", str(total), re.ASCII):
            listed["total_count"] = int(total)
        for number, item in enumerate(listed["items"], 1):
            row.check(number, item)
        return listed

    return page


_TRUTH = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True)
class Row:
    """What is relied on in the items of a list: ids that tell one from all others, texts, and single values."""

    kind: type
    """Its type in `types.py`: none of the fields that stand there holds a list or an object. What else comes may."""
    key: tuple[str, ...]
    """Ids; and where those are not enough, texts."""
    texts: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    """The fields of the type that do hold a list or an object. Nothing relies on them."""

    def check(self, number: int, item: object) -> None:
        """Raises `SaysOtherwise` where the n-th item of a page is no such row."""
        if not isinstance(item, dict):
            raise SaysOtherwise(f"item {number} of its list is no JSON object")
        for name in self.key:
            value = item.get(name)
            # an id may come as a text (docebo-api.md 2)
            if name not in self.texts and not (
                0 < value < MOST if type(value) is int else type(value) is str and _ID.fullmatch(value)
            ):
                raise SaysOtherwise(f"item {number} of its list has no {name} that is an id")
        for name in self.texts:
            if type(item.get(name)) is not str:
                raise SaysOtherwise(f"item {number} of its list has no {name} that is a text")
        known = self.kind.__annotations__
        for name, value in item.items():
            if type(value) in _CONTAINERS and name in known and name not in self.nested:
                raise SaysOtherwise(f"item {number} of its list has a {name} that is no single value")


MOST = 10**15
"""More than any id: what takes one in a path knows 15 digits."""

_ID = re.compile("[1-9][0-9]{0,14}", re.ASCII)
_CONTAINERS = (dict, list)


def token(_: requests.Response, body: bytes) -> dict[str, Any]:
    """A token, which comes without an envelope. Its `expires_in` may come as a text (docebo-api.md 8)."""
    token = _object(body)
    access, life = token.get("access_token"), str(token.get("expires_in"))
    if (
        not isinstance(access, str)
        or not re.fullmatch("[!-~]+", access)
        or not re.fullmatch("[0-9]{1,9}", life, re.ASCII)
    ):
        raise SaysOtherwise("its JSON is no token")
    token["expires_in"] = int(life)
    if not isinstance(token.get("refresh_token", ""), str):
        del token["refresh_token"]
    return token


def login_page(response: requests.Response, body: bytes) -> str:
    """The page for people. Raises `Declined` where it leads back to the client instead."""
    if response.status_code != HTTPStatus.OK:
        raise _declined(response.headers.get("Location", ""))
    return body.decode()


def way_back(response: requests.Response, _: bytes) -> str:
    """The address that leads back to the client with a code. Raises `Declined` where there is no code in it."""
    if response.status_code == HTTPStatus.OK:
        raise Declined("access_denied", "The username or the password is wrong.")
    location = response.headers.get("Location", "")
    if not parse_qs(urlsplit(location).query).get("code"):
        raise _declined(location)
    return location


def _declined(location: str) -> Declined:
    query = parse_qs(urlsplit(location).query)
    return Declined(*(query.get(name, [""])[0] for name in ("error", "error_description")))


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON, or breaks off") from error
    if not isinstance(value, dict):
        raise SaysOtherwise("it is no JSON object")
    return value


# --- a refusal


def said(body: bytes | None) -> tuple[str, list[str]]:
    """The name and the messages of an error, in the vendor's form or in OAuth2's; empty where it has neither."""
    try:
        error = _object(body or b"")
    except ValueError:
        return "", []
    if isinstance(error.get("error"), str):
        return error["error"], [str(error[name]) for name in ("error_description",) if error.get(name)]
    messages = error.get("message", [])
    messages = messages if isinstance(messages, list) else [messages]
    return str(error.get("name", "")), [message for message in messages if isinstance(message, str)]


def described(status: int, name: str, messages: Iterable[str]) -> str:
    """An error as a line: its status, its name, and what the server says."""
    try:
        phrase = name or HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    text = " ".join(" ".join(messages).split())
    line = f"{status} {phrase}: {text}".removesuffix(": ")
    text = "".join(char if char.isprintable() else "?" for char in line)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return text if text.endswith(".") else f"{text}."


def target(location: str) -> str:
    """Where a redirect leads, without what may be secret in it."""
    try:
        parts = urlsplit(location)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an address that is none"
    where = f"{parts.scheme}://{host}{parts.path}" if host else parts.path
    return "".join(char if char.isprintable() else "?" for char in where[:LONGEST]) or "nowhere"


# --- no answer


def why_none(error: Exception, timeout: tuple[float, float]) -> tuple[bool, bool, str]:
    """Whether the call may have been sent, whether that will last, and the reason in words."""
    chain = [*_chain(error)]
    if isinstance(error, InvalidURL | InvalidSchema | MissingSchema | LocationValueError):
        return False, True, "the address, or that of the proxy, cannot be used."
    if isinstance(error, ConnectTimeout) or any(type(cause) is ConnectTimeoutError for cause in chain):
        return False, False, f"no connection within {timeout[0]:g} s."
    detail = next((cause.strerror for cause in chain if isinstance(cause, OSError) and cause.strerror), "")
    detail = " ".join(str(detail).split())[:LONGEST]
    untrusted = next((cause for cause in chain if type(cause).__name__ == "SSLCertVerificationError"), None)
    if untrusted:
        return False, True, f"the server's certificate is not trusted: {getattr(untrusted, 'verify_message', '')}."
    if any(isinstance(cause, NewConnectionError) for cause in chain):
        return False, False, f"no connection: {detail or 'the server is not there'}."
    if any(isinstance(cause, ReadTimeout | ReadTimeoutError) for cause in chain):
        return True, False, f"no answer within {timeout[1]:g} s."
    return True, False, f"the connection broke off before the answer was there{f': {detail}' if detail else ''}."


def not_whole(cut: Exception | None) -> ValueError:
    """Why there is no body. One that is too large is so the next time, too."""
    if isinstance(cut, wire.TooLarge):
        return SaysOtherwise(f"it is larger than {wire.LARGEST >> 20} MiB")
    return ValueError("it breaks off")


def is_too_slow(error: Exception) -> bool:
    """Tells whether reading stopped because the whole answer took too long."""
    return any(isinstance(cause, wire.TooSlow) for cause in _chain(error))


def _chain(error: BaseException) -> Iterable[BaseException]:
    """The error and those that it came from, as requests and urllib3 wrap them."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (*cause.args, getattr(cause, "reason", None), getattr(cause, "original_error", None))
        waiting += [link for link in (*inner, cause.__cause__, cause.__context__) if isinstance(link, BaseException)]
