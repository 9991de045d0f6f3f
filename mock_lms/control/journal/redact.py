"""What of a call may be kept: nothing that opens a door.

What is looked at is what a body holds, not only what its Content-Type says: curl sends JSON as a form.
Where it is unclear what is secret, nothing is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_plus

import orjson

HIDDEN = "***"
NOT_KEPT = "(not kept)"

HEADERS = frozenset({"accept", "allow", "content-length", "content-type", "location", "retry-after", "user-agent"})
FORM = "application/x-www-form-urlencoded"

WORDS = (
    "password", "passwd", "passphrase", "pwd", "secret", "token", "code_verifier", "credential", "authorization",
    "api_key", "apikey", "private_key", "jwt", "assertion",
)  # fmt: skip
"""A name that contains one of them is secret."""

OAUTH_WORDS = ("grant_type", "code_verifier")
"""Beside one of them `code` is OAuth's. Elsewhere in JSON it is a course's code, or a refusal's."""

SUSPICIOUS = tuple(word.encode() for word in dict.fromkeys((*WORDS, *OAUTH_WORDS)))

MOST_PIECES = 10_000
"""Of a query or a form that has a secret in it."""

_LETTER = r"(?:[46][1-9a-fA-F]|[57][0-9aA]|5[fF])"
_ESCAPED_JSON = re.compile(rf"\\u00{_LETTER}")
_ESCAPED_FORM = re.compile(rf"%{_LETTER}")
"""How the letters of a word can be written without writing them."""

_TOKEN = re.compile(r"[0-9a-f]{40,}")
"""What every token of ours looks like, and the client's secret and the control token unless they were chosen."""

_CODE = re.compile(r"(?:^|[\[.])\s*code\s*(?:$|[\[\].])")
_PLAIN_NAME = re.compile(r"[\w.\[\]-]*", re.ASCII)
_UNENCODED = re.compile(r'[\s"<>{}\\]')
_DATA = re.compile(r'[={"%\\]')


def tokens(*texts: str | None) -> set[str]:
    """What looks like a token of ours, wherever it stands."""
    return {token for text in texts if text for token in _TOKEN.findall(text)}


def headers(sent: Mapping[str, str]) -> dict[str, str]:
    """Those of the allow-list, their names in lower case and sorted."""
    kept = sorted((name.lower(), value) for name, value in sent.items() if name.lower() in HEADERS)
    return {name: _location(value) if name == "location" else value for name, value in kept}


def query(text: str) -> str:
    """A query or a form with its secrets hidden; all else stays as it was written."""
    plain = unquote_plus(text).lower()
    if not _has_word(plain, oauth=True):
        return text
    if _UNENCODED.search(text):
        return NOT_KEPT  # it is something else, and its `&` and `=` divide nothing
    if text.count("&") > MOST_PIECES:
        return NOT_KEPT  # nobody's form, and each piece would have to be looked at
    kept, hiding = [], False
    for piece in text.split("&"):
        written, equals, value = piece.partition("=")
        name = unquote_plus(written)
        if _is_unclear(name, oauth=True):
            return NOT_KEPT
        if equals:
            hiding = is_secret(name, oauth=True) or _reveals(unquote_plus(value), oauth=True)
            kept.append(f"{written}={HIDDEN}" if hiding else piece)
        else:
            # after a secret it may be the rest of one with a `&` that nobody encoded
            kept.append(HIDDEN if hiding else piece)
    return "&".join(kept)


def body(path: str, content_type: str, data: bytes, limit: int) -> str | None:
    """What may be kept of a body, cut after `limit` characters. None if it is empty."""
    if not data:
        return None
    mimetype = content_type.partition(";")[0].strip().lower()
    if mimetype.startswith("multipart/"):
        return NOT_KEPT
    text = _text(data)
    if text is None:
        return f"({len(data)} bytes, not text)"
    oauth, form = "oauth" in path.lower(), mimetype == FORM
    if oauth or form or _is_suspicious(data, text):
        text = _kept(text, oauth=oauth, form=form)
    return text if text == NOT_KEPT else text[:limit]


def is_secret(name: str, *, oauth: bool) -> bool:
    """Whether the value of the field may not be kept. `oauth`: `code` is OAuth's, not a course's."""
    name = name.lower()
    return any(word in name for word in WORDS) or (oauth and _CODE.search(name) is not None)


def _location(url: str) -> str:
    """OAuth answers in the query, or in the fragment."""
    address, hash_, fragment = url.partition("#")
    address, mark, parameters = address.partition("?")
    return f"{address}{mark}{query(parameters)}{hash_}{query(fragment)}"


def _text(data: bytes) -> str | None:
    # what has a NUL is no JSON and no form; UTF-16 would hide the words
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None


def _is_suspicious(data: bytes, text: str) -> bool:
    """Whether there may be something to hide. Every call asks this, so it looks for bytes rather than parse."""
    lowered = data.lower()
    for word in SUSPICIOUS:  # a generator would take longer than the search
        if word in lowered:
            return True
    escaped = b"\\" in data and _ESCAPED_JSON.search(text) is not None
    return escaped or (b"%" in data and _ESCAPED_FORM.search(text) is not None)


def _kept(text: str, *, oauth: bool, form: bool) -> str:
    """The text with its secrets hidden. Byte for byte where there are none."""
    escaped = _ESCAPED_JSON.search(text) is not None
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        if form and ("=" in text or not oauth):
            return query(text)
        unclear = oauth or escaped or _has_word(unquote_plus(text).lower(), oauth=False)
        return NOT_KEPT if unclear else text
    holder = [content]
    hidden = _hide(holder, oauth=oauth or escaped or any(word in text.lower() for word in OAUTH_WORDS))
    if hidden is None:
        return NOT_KEPT
    try:
        return orjson.dumps(holder[0]).decode() if hidden else text
    except TypeError:  # it is nested deeper than orjson writes
        return NOT_KEPT


def _hide(content: list[Any], *, oauth: bool) -> bool | None:
    """Hides the secrets in place: whether there were any; None if that is unclear."""
    hidden = False
    todo: list[Any] = [content]  # a stack, since nesting may be deeper than Python's
    while todo:
        node = todo.pop()
        named = isinstance(node, dict)
        pairs: Iterable[tuple[Any, Any]] = node.items() if named else enumerate(node)
        for name, value in pairs:
            if named and _is_unclear(name, oauth=oauth):
                return None
            if (named and is_secret(name, oauth=oauth)) or (isinstance(value, str) and _reveals(value, oauth=oauth)):
                node[name] = HIDDEN
                hidden = True
            elif isinstance(value, dict | list):
                todo.append(value)
    return hidden


def _has_word(lowered: str, *, oauth: bool) -> bool:
    return any(word in lowered for word in (*WORDS, *OAUTH_WORDS)) or (oauth and "code" in lowered)


def _is_unclear(name: str, *, oauth: bool) -> bool:
    """Whether the name may itself hold a secret: broken JSON that is read as a form is all name."""
    return _PLAIN_NAME.fullmatch(name) is None and _has_word(name.lower(), oauth=oauth)


def _reveals(value: str, *, oauth: bool) -> bool:
    """Whether a text holds data of its own, with a secret in it: JSON written twice, an address with a query."""
    return _DATA.search(value) is not None and (
        _ESCAPED_JSON.search(value) is not None or _has_word(unquote_plus(value).lower(), oauth=oauth)
    )
