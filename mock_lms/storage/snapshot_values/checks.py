"""What a value of a snapshot's file may be. A check is told the value as it came out of JSON."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from mock_lms.domain.values import ASSIGNMENT_TYPES, MAX_NUMBER, MAX_SCORE, MAX_TEXT, is_date_time
from mock_lms.storage.tables import courses, learning_plans, users


@dataclass(frozen=True, slots=True)
class Check:
    """What is accepted, as it came out of JSON; and how that is called. `of` is the table of which it is an id."""

    accepts: Callable[[Any], bool]
    wanted: str
    of: Table | None = None


def number(low: int, high: int, of: Table | None = None) -> Check:
    def accepts(value: Any) -> bool:
        return type(value) is int and low <= value <= high

    return Check(accepts, f"a whole number from {low:,} to {high:,}", of)


def text(least: int = 0, most: int = MAX_TEXT) -> Check:
    def accepts(value: Any) -> bool:
        return type(value) is str and least <= len(value) <= most and "\0" not in value

    return Check(accepts, f"a text of {least} to {most:,} characters without NUL")


def one_of(words: Collection[Any]) -> Check:
    known = frozenset(words)

    def accepts(value: Any) -> bool:
        return type(value) in {str, int} and value in known

    return Check(accepts, "one of " + ", ".join(sorted(map(str, known))))


def or_null(check: Check) -> Check:
    def accepts(value: Any) -> bool:
        return value is None or check.accepts(value)

    return Check(accepts, f"{check.wanted}, or null", check.of)


def _is_moment(value: Any) -> bool:
    return type(value) is str and is_date_time(value)


def _is_score(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= MAX_SCORE


ID = number(1, MAX_NUMBER)
COUNT = number(0, MAX_NUMBER)
FLAG = one_of([0, 1])
MOMENT = Check(_is_moment, "a date-time like 2026-03-01 12:00:00")
DECIMAL = Check(_is_score, f"a number from 0 to {MAX_SCORE:,}")
USER, COURSE, PLAN = (number(1, MAX_NUMBER, of=table) for table in (users, courses, learning_plans))
ASSIGNMENT = or_null(one_of(ASSIGNMENT_TYPES))
