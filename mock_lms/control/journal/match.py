"""Saying which calls are meant, and in what a call differs from that."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from operator import eq, ge, gt, le, lt
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mock_lms.control.journal import Entry
from mock_lms.control.journal.redact import HIDDEN, NOT_KEPT, is_secret
from mock_lms.domain.errors import InvalidRequest
from mock_lms.http.fields import whole_numbers

NONE = "none"
"""Asks for calls that have no operation, no answer, no user, no fault, or name no users."""

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
COMPARISONS = {"at_least": ge, "at_most": le, "less_than": lt, "more_than": gt}
LONGEST = 60  # characters of a value in a sentence
DEEPEST = 50  # levels of a body that is asked for: comparing goes down with it

_INDEX = re.compile(r"\[[0-9]*\]$", re.ASCII)
_STATUS = re.compile(r"[1-5](?:xx|[0-9][0-9])|none", re.ASCII)
_USER_ID = re.compile(r"0|[1-9][0-9]*|none", re.ASCII)


@dataclass(frozen=True, slots=True)
class Match:
    """Which calls are meant: those that are as every field says. None says nothing. Made by `of`."""

    operation: str | None = None
    method: str | None = None
    path: str | None = None
    status: tuple[str, ...] | None = None
    user_id: str | None = None
    fault: str | None = None
    users: str | Mapping[str, int] | None = None
    query: Mapping[str, tuple[str, ...]] | None = None
    body: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, content: Mapping[str, Any], operations: Collection[str] = ()) -> Match:
        """Reads JSON. An operation that is not in `operations` is refused, if there are any.

        Raises `InvalidRequest`.
        """
        try:
            wanted = orjson.loads(orjson.dumps(content))
        except TypeError as error:
            raise InvalidRequest("match", f"this can't be written as JSON ({error}).") from None
        if not isinstance(wanted, dict):
            raise InvalidRequest("match", f'{said(wanted)} is no object such as {{"operation": "bulk_unenroll"}}.')
        for name in wanted:
            if name not in _READERS:
                known = ", ".join(field.name for field in fields(cls))
                raise InvalidRequest(name, f"there is no such field. There are {known}.")
            try:
                wanted[name] = _READERS[name](wanted[name] if name == "body" else whole_numbers(wanted[name]))
            except ValueError as error:
                raise InvalidRequest(name, str(error)) from None
        operation = wanted.get("operation")
        if operations and operation not in {None, NONE, *operations}:
            known = ", ".join(sorted(operations))
            raise InvalidRequest("operation", f"there is no {said(operation)}. There are {known}.")
        return cls(**wanted)

    def matches(self, entry: Entry) -> bool:
        """Whether the call is meant. Looks no further than the first difference."""
        return next(self._differences(entry), None) is None

    def differences(self, entry: Entry) -> list[str]:
        """In what the call is not as asked: `users is 1200, not at most 1000`. Empty if it is meant."""
        return list(self._differences(entry))

    def _differences(self, entry: Entry) -> Iterator[str]:
        for name, holds in _HOLDS.items():
            if (wanted := getattr(self, name)) is not None:
                value = NONE if entry[name] is None else str(entry[name])
                if not holds(wanted, value):
                    yield f"{name} is {value}, not {_phrase(wanted)}"
        if self.query is not None:
            yield from _unlike_query(self.query, entry["query"])
        if self.body is not None:
            yield from _unlike_body(self.body, entry["request"])

    def __str__(self) -> str:
        operation = "any call of no operation" if self.operation == NONE else self.operation
        called = " ".join(part for part in (operation, self.method, self.path) if part) or "any call"
        details = [
            f"{_phrase(wanted)} users" if name == "users" else f"{name} {_phrase(wanted)}"
            for name in ("status", "user_id", "fault", "users")
            if (wanted := getattr(self, name)) is not None
        ]
        if self.query is not None:
            details += [f"query {name}={', '.join(values)}" for name, values in self.query.items()]
        if self.body is not None:
            details.append(f"body {said(self.body)}")
        return f"{called} with {' and '.join(details)}" if details else called


def said(value: Any) -> str:
    """What was asked, in a sentence: as JSON, cut to a bearable length."""
    text = orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."


def _phrase(wanted: Any) -> str:
    if isinstance(wanted, Mapping):
        return " and ".join(f"{name.replace('_', ' ')} {number}" for name, number in wanted.items())
    return " or ".join(wanted) if isinstance(wanted, tuple) else str(wanted)


# --- what may be asked: each takes JSON, and raises `ValueError` with what is wrong with it


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f'{said(value)} is no name. Write a text; "{NONE}" means calls without one.')
    return value


def _method(value: Any) -> str:
    if not isinstance(value, str) or value.upper() not in METHODS:
        raise ValueError(f"{said(value)} is no method. There are {', '.join(METHODS)}.")
    return value.upper()


def _path(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith(("/", "*")) or "?" in value:
        raise ValueError(f"{said(value)} is no path. Begin with /, and ask for parameters in the field query.")
    if "{" in value:
        raise ValueError(f"{said(value)} is a template. Write * for a parameter, or ask for the operation.")
    return value


def _status(value: Any) -> tuple[str, ...]:
    statuses = tuple(map(str, value if isinstance(value, list) else [value]))
    if not statuses or not all(map(_STATUS.fullmatch, statuses)):
        raise ValueError(f'{said(value)} is no status. Write 200, "2xx", "{NONE}" (no answer), or a list of these.')
    return statuses


def _user_id(value: Any) -> str:
    if not _USER_ID.fullmatch(str(value)):
        raise ValueError(f'{said(value)} is no id. Write 13001, or "{NONE}" for calls without a token.')
    return str(value)


def _users(users: Any) -> str | Mapping[str, int]:
    if users == NONE or (type(users) is int and users >= 0):
        return str(users)
    if not isinstance(users, dict) or not users or not users.keys() <= COMPARISONS.keys():
        known = ", ".join(COMPARISONS)
        raise ValueError(
            f'{said(users)} is no number. Write 1000, "{NONE}", or {{"more_than": 1000}}; there are {known}.'
        )
    for name, number in users.items():
        if type(number) is not int or number < 0:
            raise ValueError(f"{name} needs a number from 0 on, not {said(number)}.")
    least = max(users.get("at_least", 0), users.get("more_than", -1) + 1)
    if min(users.get("at_most", least), users.get("less_than", least + 1) - 1) < least:
        raise ValueError(f"no number is {_phrase(users)}. Widen it.")
    return users


def _query(parameters: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(parameters, dict) or not parameters:
        raise ValueError(f'{said(parameters)} names no parameter. Write an object such as {{"page": "1"}}.')
    wanted: dict[str, tuple[str, ...]] = {}
    for name, value in parameters.items():
        _refuse_secret(name, value, oauth=True)
        values = value if isinstance(value, list) else [value]
        if not values or not all(type(one) in {str, int} for one in values):
            raise ValueError(f"{name} needs a text, a whole number, or a list of these, not {said(value)}.")
        bare = _INDEX.sub("", name)
        wanted[bare] = (*wanted.get(bare, ()), *map(str, values))
    return wanted


def _body(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, dict):
        raise ValueError(f'{said(body)} is no object such as {{"user_ids": [13001]}}.')  # noqa: TRY004 -- caught by `of`
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        names = [pair for node in level if isinstance(node, dict) for pair in node.items()]
        for name, value in names:
            _refuse_secret(name, value, oauth=False)
        level = [value for _, value in names] + [one for node in level if isinstance(node, list) for one in node]
    if level:
        raise ValueError(f"it is nested deeper than {DEEPEST} levels, which no body of the API is.")
    return body


def _refuse_secret(name: str, value: Any, *, oauth: bool) -> None:
    if value != HIDDEN and is_secret(name, oauth=oauth):
        raise ValueError(f'{name} is never kept, so it can\'t be compared. "{HIDDEN}" means that it was there.')


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "operation": _name, "method": _method, "path": _path, "status": _status, "user_id": _user_id, "fault": _name,
    "users": _users, "query": _query, "body": _body,
}  # fmt: skip


# --- whether it is so


def _path_is(wanted: str, value: str) -> bool:
    return fnmatchcase(value, wanted.replace("[", "[[]"))


def _status_is(wanted: tuple[str, ...], value: str) -> bool:
    return value in wanted or f"{value[0]}xx" in wanted


def _users_are(wanted: str | Mapping[str, int], value: str) -> bool:
    if isinstance(wanted, str):
        return value == wanted
    return value != NONE and all(COMPARISONS[name](int(value), number) for name, number in wanted.items())


_HOLDS: Mapping[str, Callable[[Any, str], bool]] = {
    "operation": eq, "method": eq, "path": _path_is, "status": _status_is, "user_id": eq, "fault": eq,
    "users": _users_are,
}  # fmt: skip


def _unlike_query(wanted: Mapping[str, tuple[str, ...]], text: str) -> Iterator[str]:
    sent: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        sent.setdefault(_INDEX.sub("", name), []).append(value)
    for name, values in wanted.items():
        if name not in sent:
            yield f"query has no {name}"
        elif not set(values) <= set(sent[name]):
            yield f"query.{name} is {_listed(sent[name])}, not {_listed(values)}"


def _unlike_body(wanted: Mapping[str, Any], request: Mapping[str, Any]) -> Iterator[str]:
    text: str | None = request["body"]
    if text is None:
        yield "body is none"
        return
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        # what was cut is never JSON: an object ends with its last character
        kept, whole = len(text.encode()), request["body_bytes"]
        cut = f"was cut ({kept} of {whole} bytes are kept)" if kept < whole else f"is no JSON: {said(text)}"
        yield f"body {'was not kept' if text == NOT_KEPT else cut}, so it can't be compared"
    else:
        yield from _unlike(wanted, content, "body")


def _unlike(wanted: Any, value: Any, where: str) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(value, dict):
        for name, inner in wanted.items():
            if name in value:
                yield from _unlike(inner, value[name], f"{where}.{name}")
            else:
                yield f"{where} has no {name}"
    elif isinstance(wanted, list) and isinstance(value, list):
        there = {_key(one) for one in value if not isinstance(one, dict | list)}
        if missing := [one for one in wanted if not _is_in(one, value, there)]:
            yield f"{where} lacks {_listed(missing)}"
    elif _key(wanted) != _key(value):
        # orjson reads what is nested deeper than it writes
        kinds: Mapping[type, str] = {dict: "an object", list: "a list"}
        yield f"{where} is {kinds.get(type(value)) or said(value)}, not {kinds.get(type(wanted)) or said(wanted)}"


def _is_in(wanted: Any, values: list[Any], keys: set[Any]) -> bool:
    """Whether the list has such an item. `keys` are those of its plain values, of which there may be a thousand."""
    if not isinstance(wanted, dict | list):
        return _key(wanted) in keys
    return any(next(_unlike(wanted, value, ""), None) is None for value in values)


def _key(value: Any) -> Any:
    """What values are compared by: 1, 1.0 and "1" are the same id, which true is not."""
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) else value


def _listed(values: Sequence[Any], most: int = 5) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(map(said, values[:most])) + more
