"""What an answer says: its `data`, or why there is none; and why no answer came."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.exceptions import ConnectTimeout, InvalidSchema, InvalidURL, MissingSchema, ReadTimeout
from urllib3.exceptions import ConnectTimeoutError, LocationValueError, NewConnectionError, ReadTimeoutError

from mock_lms_client.jsons import loads


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
    found = _object(body).get("data")
    if not isinstance(found, dict):
        raise ValueError("its JSON has no data")  # noqa: TRY004 -- it is the value that is wrong
    return found


def page(response: requests.Response, body: bytes) -> dict[str, Any]:
    """The `data` of a list."""
    found = data(response, body)
    for name, kind in (("items", list), ("has_more_data", bool), ("total_count", int)):
        if not isinstance(found.get(name), kind):
            raise ValueError(f"its data has no {name}")  # noqa: TRY004 -- it is the value that is wrong
    return found


def token(_: requests.Response, body: bytes) -> dict[str, Any]:
    """A token, which comes without an envelope."""
    found = _object(body)
    if not re.fullmatch("[!-~]+", str(found.get("access_token", ""))) or not isinstance(found.get("expires_in"), int):
        raise ValueError("its JSON is no token")
    return found


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
    found = parse_qs(urlsplit(location).query)
    return Declined(*(found.get(name, [""])[0] for name in ("error", "error_description")))


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON, or breaks off") from error
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 -- it is the value that is wrong
    return found


# --- a refusal


def said(body: bytes | None) -> tuple[str, list[str]]:
    """The name and the messages of an error, in the vendor's form or in OAuth2's; empty where it has neither."""
    try:
        found = _object(body or b"")
    except ValueError:
        return "", []
    if isinstance(found.get("error"), str):
        return found["error"], [str(found[name]) for name in ("error_description",) if found.get(name)]
    messages = found.get("message", [])
    messages = messages if isinstance(messages, list) else [messages]
    return str(found.get("name", "")), [each for each in messages if isinstance(each, str)]


def described(status: int, name: str, messages: Iterable[str]) -> str:
    """An error as a line: its status, its name, and what the server says."""
    try:
        phrase = name or HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    text = " ".join(" ".join(messages).split())
    text = "".join(each if each.isprintable() else "?" for each in f"{status} {phrase}: {text}".removesuffix(": "))
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
    return "".join(each if each.isprintable() else "?" for each in where[:LONGEST]) or "nowhere"


# --- no answer


def why_none(error: Exception, timeout: tuple[float, float]) -> tuple[bool, bool, str]:
    """Whether the call may have been sent, whether that will last, and the reason in words."""
    chain = [*_chain(error)]
    if isinstance(error, InvalidURL | InvalidSchema | MissingSchema | LocationValueError):
        return False, True, "the address, or that of the proxy, cannot be used."
    if isinstance(error, ConnectTimeout) or any(type(each) is ConnectTimeoutError for each in chain):
        return False, False, f"no connection within {timeout[0]:g} s."
    detail = next((each.strerror for each in chain if isinstance(each, OSError) and each.strerror), "")
    detail = " ".join(str(detail).split())[:LONGEST]
    untrusted = next((each for each in chain if type(each).__name__ == "SSLCertVerificationError"), None)
    if untrusted:
        return False, True, f"the server's certificate is not trusted: {getattr(untrusted, 'verify_message', '')}."
    if any(isinstance(each, NewConnectionError) for each in chain):
        return False, False, f"no connection: {detail or 'the server is not there'}."
    if any(isinstance(each, ReadTimeout | ReadTimeoutError) for each in chain):
        return True, False, f"no answer within {timeout[1]:g} s."
    return True, False, f"the connection broke off before the answer was there{f': {detail}' if detail else ''}."


def _chain(error: BaseException) -> Iterable[BaseException]:
    """The error and those that it came from, as requests and urllib3 wrap them."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = (*each.args, getattr(each, "reason", None), getattr(each, "original_error", None))
        waiting += [cause for cause in (*inner, each.__cause__, each.__context__) if isinstance(cause, BaseException)]
