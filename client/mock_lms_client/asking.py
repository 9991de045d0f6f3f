"""What a call is made of: an address, a path, a query. Whatever makes no sense is a `ValueError` before it is sent."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import requests


def query_of(filters: Mapping[str, Any]) -> str:
    """A query: lists as the vendor writes them, flags as 1 and 0, and nothing for None."""
    parts: list[str] = []
    for name, value in filters.items():
        if isinstance(value, bool):
            parts.append(f"{name}={value:d}")
        elif isinstance(value, str | int):
            parts.append(f"{name}={quote_plus(str(value))}")
        elif value is not None:
            listed = several(name, value)
            if not listed:
                raise ValueError(
                    f"{name}: an empty list filters nothing, it would find all; leave it out, or ask nothing"
                )
            # 200 ids are usual here, and to encode each with its name took longer than all else that a call does
            parts += [f"{name}%5B%5D={value if type(value) is int else quote_plus(str(value))}" for value in listed]
    return "&".join(parts)


def several(name: str, values: Iterable[Any]) -> list[Any]:
    """The values as a list. A text is none: its characters would be taken for ids."""
    if isinstance(values, str | bytes):
        raise TypeError(f"{name}: a list is needed, such as [{values!r}]")
    return [*values]


def in_path(name: str, value: int | str) -> str:
    """An id, as a part of a path. Anything else might lead elsewhere."""
    if not re.fullmatch(r"[1-9][0-9]{0,14}", str(value), re.ASCII):
        raise ValueError(f"{name}: an id is needed, a whole number over 0, not {value!r}")
    return str(value)


def text_in_path(name: str, value: str) -> str:
    """A text, as a part of a path, whatever is in it."""
    if not value or value in {".", ".."}:
        raise ValueError(f"{name}: a text is needed that can be a part of a path, not {value!r}")
    return quote(value, safe="")


def word_in_path(name: str, value: str) -> str:
    """Letters and digits, as a part of a path. Anything else might lead elsewhere."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", value, re.ASCII):
        raise ValueError(f"{name}: letters, digits, - and _ are needed, not {value!r}")
    return value


def address(base_url: str, *, allow_http: bool) -> tuple[str, str, bool]:
    """The address as calls need it, the tenant's name, and whether it is on this machine."""
    try:
        scheme = urlsplit(base_url).scheme
        checked = requests.PreparedRequest()
        checked.prepare_url(base_url, None)
        url = str(checked.url).rstrip("/")
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        usual = {"http": 80, "https": 443}[scheme]
    except (ValueError, KeyError):  # the message must not say it again: it may have a password in it
        raise ValueError("base_url must be an address such as https://acme.docebosaas.com") from None
    if not host or "@" in parts.netloc or "?" in base_url or "#" in base_url or re.search(r"[\s\\]", base_url):
        raise ValueError("base_url must have a host, and no user, password, query, fragment or space")
    local = is_this_machine(host)
    if scheme == "http" and not local and not allow_http:
        raise ValueError(f"base_url: http would send secrets to {host} in the clear; use https, or allow_http=True")
    shown = f"[{host}]" if ":" in host else host
    return url, shown + (f":{port}" if port not in {None, usual} else "") + parts.path, local


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine, so that nobody else hears what is sent to it."""
    name = host.removesuffix(".")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
