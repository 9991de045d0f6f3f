"""Turns what a check saw into JSON for any report: without sets, control characters or secrets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from enum import Enum
from typing import Any

SHORTEST, SHORTEST_HEADER = 4, 8
"""Characters of a secret, and of a header's value, at least. A shorter one would occur in ordinary words."""


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Replaces texts that a report must not or need not show by names."""

    names: Mapping[str, str]

    def __call__(self, text: str) -> str:
        for secret, name in sorted(self.names.items(), key=lambda item: -len(item[0])):
            if len(secret) >= SHORTEST:
                text = text.replace(secret, name)
        return text


def secrets_of(run: Mapping[str, Any], tokens: Iterable[str] = ()) -> Scrubber:
    """Scrubs the secrets of a run; `tokens` are those of its worlds."""
    login = run["login"]
    return Scrubber(
        {value: "..." for value in run.get("headers", {}).values() if len(value) >= SHORTEST_HEADER}
        | dict.fromkeys((run["token"], *tokens), "$TOKEN")
        | {
            run["control_token"]: "$CONTROL_TOKEN",
            login.get("client_secret", ""): "$CLIENT_SECRET",
            login.get("password", ""): "$PASSWORD",
        }
    )


def plain(value: Any, scrub: Callable[[str], str] = str) -> Any:
    """The value as JSON. A value that JSON does not have becomes its Python repr."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Mapping):
        return {plain(str(key), scrub): plain(item, scrub) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((plain(item, scrub) for item in value), key=_order)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [plain(item, scrub) for item in value]
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    return scrub(printable(value if isinstance(value, str) else repr(value)))


def _order(value: Any) -> tuple[str, Any]:
    # numbers are ordered as numbers, everything else as text
    return ("", value) if isinstance(value, int | float) else (type(value).__name__, str(value))


def printable(text: str) -> str:
    """The text with control characters and lone surrogates escaped, which XML and UTF-8 cannot hold."""
    return "".join(character if _is_printable(character) else repr(character)[1:-1] for character in text)


def _is_printable(character: str) -> bool:
    if character in "\t\n":
        return True
    number = ord(character)
    return number >= 0x20 and not (0x7F <= number < 0xA0 or 0xD800 <= number < 0xE000 or number in {0xFFFE, 0xFFFF})  # noqa: PLR2004
