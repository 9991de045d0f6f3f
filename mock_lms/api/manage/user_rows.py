"""Reading what is to become of users: the rows of a batch, and the body of an update.

Source: spec2017 (docebo-api.md 0). What is wrong in a row is that row's failure; the call goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mock_lms.api.cells import Cells, WrongCell, id_in, is_blank, moment_in, text_in, word_in, zone_in
from mock_lms.api.vocabulary import USER_LEVEL_BY_CODE, USER_LEVEL_BY_NAME
from mock_lms.domain.users import Entry, Problem
from mock_lms.domain.values import MAX_LONG_TEXT

_FIELD = re.compile(r"field_([1-9][0-9]{0,14})", re.ASCII)
_LEVELS = {**USER_LEVEL_BY_NAME, **USER_LEVEL_BY_CODE}
_TRUTH = {"true": 1, "false": 0, "1": 1, "0": 0}
_TEXTS = {
    "firstname": "firstname",
    "first_name": "firstname",
    "lastname": "lastname",
    "last_name": "lastname",
    "email": "email",
    "language": "language",
    "password": "password",
    "new_username": "username",
}
"""The column of each cell that is a text."""


def entries_of(items: Sequence[Cells]) -> list[Entry]:
    """What each row says of a user."""
    return [_entry(cells) for cells in items]


def _entry(cells: Cells) -> Entry:
    try:
        user = id_in(cells, "user_id") or text_in(cells, "username")
        if user is None:
            return Entry(None, problem=Problem("user_id, username", "one of them is needed."))
        return Entry(
            user,
            dict(_values(cells)),
            branch=text_in(cells, "branch_code"),
            manager=text_in(cells, "manager_1"),
            fields=dict(_fields(cells)),
        )
    except WrongCell as wrong:
        return Entry(None, problem=wrong.reason)


def _values(cells: Cells) -> Iterator[tuple[str, object]]:
    """The columns that the row has a value for. The later of two names of a column counts."""
    for name, column in _TEXTS.items():
        if (text := text_in(cells, name)) is not None:
            yield column, text
    read = {
        "timezone": zone_in(cells, "timezone"),
        "active": word_in(cells, "active", _TRUTH),
        "level": word_in(cells, "level", _LEVELS),
        "expires_at": moment_in(cells, "expiration_date"),
    }
    yield from ((column, value) for column, value in read.items() if value is not None)


def _fields(cells: Cells) -> Iterator[tuple[int, str]]:
    for name in cells:
        if (match := _FIELD.fullmatch(name)) and not is_blank(cells[name]):
            yield int(match[1]), str(text_in(cells, name, MAX_LONG_TEXT))


def entry_of_update(user_id: int, body: Mapping[str, Any]) -> Entry:
    """What the body of an update, as its class loaded it, says of the user.

    Raises `WrongCell` for what its class leaves open: the additional fields, and the time zone.
    """
    values = {name: value for name, value in body.items() if name not in {"fields", "manager"}}
    zone_in(values, "timezone")
    fields: dict[int, str | None] = {}
    for cells in body.get("fields", ()):
        number = id_in(cells, "id")
        if number is None:
            raise WrongCell("additional_fields.id", "an id is needed.")
        fields[number] = text_in(cells, "value", MAX_LONG_TEXT)
    return Entry(user_id, values, manager=body.get("manager"), fields=fields)
