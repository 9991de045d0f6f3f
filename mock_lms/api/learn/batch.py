"""Reading the rows of a batch. What is wrong in a row is that row's failure; the call goes on.

Source: docebo-api.md 2.8; imports-webhooks-rules.md 1. Programs make rows of CSV files, so numbers may be texts, an
empty cell is one that is not there, and dates are written as spreadsheets do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any

import orjson

from mock_lms.api.vocabulary import LEVEL_BY_NAME, STATUS_BY_NAME
from mock_lms.domain.batch import Row
from mock_lms.domain.enrollments import Level, Status
from mock_lms.domain.moments import moment_of, zone_of
from mock_lms.domain.update import Change
from mock_lms.domain.values import ASSIGNMENT_TYPES, MAX_SCORE, MAX_TEXT
from mock_lms.http.fields import LEVELS, STATUSES, id_of, shown
from mock_lms.policy import Policy

Cells = Mapping[str, Any]

BLANK = frozenset({"", "0000-00-00", "0000-00-00 00:00:00"})
YES = frozenset({"1", "true"})

BEATING = {
    "course_id": ("course_id", "course_code"),
    "session_id": ("session_id", "session_code"),
    **{name: (name,) for name in ("status", "level", "active_from", "active_until", "timezone", "assignment_type")},
}
"""The options that beat what an item says, each with the item's names for it."""

VALUES = (
    *("status", "level", "enrollment_date", "completion_date", "active_from", "active_until"),
    *("score", "assignment_type", "timezone"),
)
NOTHING = Change()

_LEVELS: Mapping[str, Level] = LEVEL_BY_NAME | {str(number): level for number, level in LEVELS.items()}
_STATUSES: Mapping[str, Status] = {name: Status(status) for name, status in STATUS_BY_NAME.items()}
_STATUSES = {**_STATUSES, **{str(number): status for number, status in STATUSES.items()}}
_ASSIGNMENT_TYPES = {name: name for name in ASSIGNMENT_TYPES}


def is_on(options: Cells, name: str) -> bool:
    """Whether an option says yes: true, 1, or one of these as a text."""
    value = options.get(name)
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in YES)


def rows_to_enroll(items: Sequence[Cells], options: Cells, policy: Policy, now: str) -> list[Row]:
    """What each item, under the options, says that an enrollment is to be."""
    read: dict[bytes, tuple[Change, str]] = {}  # a thousand rows share a few sets of values
    rows = []
    for cells in _under(items, options):
        values = [cells.get(name) for name in VALUES]
        key = orjson.dumps(values)
        if key not in read:
            read[key] = _change_of(dict(zip(VALUES, values, strict=True)), options, policy, now)
        change, problem = read[key]
        course, user, unclear = _pair_of(cells)
        rows.append(Row(course, user, change, unclear or problem))
    return rows


def rows_to_unenroll(items: Sequence[Cells], options: Cells) -> list[Row]:
    """Whom each item, under the options, takes from what."""
    pairs = map(_pair_of, _under(items, options))
    return [Row(course, user, NOTHING, unclear) for course, user, unclear in pairs]


def _under(items: Sequence[Cells], options: Cells) -> Sequence[Cells]:
    """The items with the options that beat what they say."""
    beating = {name: options[name] for name in BEATING if not _is_blank(options.get(name))}
    if not beating:
        return items
    beaten = {name for option in beating for name in BEATING[option]}
    return [{**{name: value for name, value in item.items() if name not in beaten}, **beating} for item in items]


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and cell in BLANK)


def _pair_of(cells: Cells) -> tuple[int | str | None, int | str | None, str]:
    """The course and the user, or what is unclear about them."""
    course, problem = _named(cells, "course_id", "course_code")
    user, other_problem = _named(cells, "user_id", "username")
    if not problem and not other_problem:
        for name in ("session_id", "session_code"):
            if not _is_blank(cells.get(name)) and cells[name] not in (0, "0"):
                return course, user, f"{name}: there is no session {shown(cells[name])}."
    return course, user, problem or other_problem


def _named(cells: Cells, id_name: str, text_name: str) -> tuple[int | str | None, str]:
    """The id, or where that is blank the text, by which a row names something; or what is wrong with it."""
    cell = cells.get(id_name)
    if type(cell) is int and cell > 0 and id_of(cell):
        return cell, ""
    if not _is_blank(cell):
        number = id_of(cell.strip() if isinstance(cell, str) else cell)
        return number, "" if number else f"{id_name}: {shown(cell)} is no id."
    cell = cells.get(text_name)
    if _is_blank(cell):
        return None, f"{id_name}, {text_name}: one of them is needed."
    text = str(cell) if type(cell) is int else cell
    if not isinstance(text, str) or len(text) > MAX_TEXT or "\0" in text:
        return None, f"{text_name}: {shown(cell)} is no text of up to {MAX_TEXT} characters."
    return text, ""


class _Wrong(ValueError):
    """A cell cannot be read. `str()` is a row's message."""


def _change_of(cells: Cells, options: Cells, policy: Policy, now: str) -> tuple[Change, str]:
    """The new values of an enrollment, or what is wrong with them."""
    try:
        zone = _zone(cells)
        return Change(
            status=_status(cells, policy),
            level=_word(cells, "level", _LEVELS),
            # its zone concerns these two only
            enrolled_at=now if is_on(options, "enrollment_date_now") else _moment(cells, "enrollment_date", zone),
            completed_at=_moment(cells, "completion_date", zone),
            valid_from=_moment(cells, "active_from", UTC),
            valid_until=_moment(cells, "active_until", UTC),
            score=_score(cells),
            assignment_type=_word(cells, "assignment_type", _ASSIGNMENT_TYPES),
        ), ""
    except _Wrong as wrong:
        return NOTHING, str(wrong)


def _zone(cells: Cells) -> tzinfo:
    cell = cells["timezone"]
    if _is_blank(cell):
        return UTC
    zone = zone_of(cell) if isinstance(cell, str) else None
    if zone is None:
        raise _Wrong(f"timezone: {shown(cell)} is no time zone such as Europe/Rome.")
    return zone


def _status(cells: Cells, policy: Policy) -> Status | None:
    status: Status | None = _word(cells, "status", _STATUSES)
    if status is None and policy.batch_status == "required":
        raise _Wrong("status: it is needed, in the row or in the options.")
    return status


def _word(cells: Cells, name: str, words: Mapping[str, Any]) -> Any:
    """What the cell's word stands for; None where it is blank."""
    cell = cells[name]
    if _is_blank(cell):
        return None
    word = str(cell).strip().lower() if type(cell) in {str, int} else ""
    if word not in words:
        raise _Wrong(f"{name}: {shown(cell)} is none of {', '.join(word for word in words if not _is_number(word))}.")
    return words[word]


def _is_number(word: str) -> bool:
    return word.lstrip("-").isdigit()


def _moment(cells: Cells, name: str, zone: tzinfo) -> str | None:
    cell = cells[name]
    if _is_blank(cell):
        return None
    moment = moment_of(cell.strip(), zone) if isinstance(cell, str) else None
    if moment is None:
        raise _Wrong(f"{name}: {shown(cell)} is no date, such as 2025-03-23 08:30:00 or 2025/3/23.")
    return moment


def _score(cells: Cells) -> float | None:
    cell = cells["score"]
    if _is_blank(cell):
        return None
    try:
        score = float(cell) if type(cell) in {int, float, str} else math.nan
    except (ValueError, OverflowError):
        score = math.nan
    if not 0 <= score <= MAX_SCORE:
        raise _Wrong(f"score: {shown(cell)} is no score: a number from 0 to {MAX_SCORE}.")
    return score
