"""Filters of the lists that show enrollments, alone and combined, and what they must show."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.contract import request_problems
from mock_lms_contracts.lists import MOST, UNKNOWN, EnrollmentList, Query, Row, as_page, enrollments_in, rows
from mock_lms_contracts.oracle import shown
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import Finding

Values = Mapping[str, Sequence[Any]]
"""The values of each filter (user, course, plan, status, level, code). A row must match one value of every filter."""


def query_of(listing: EnrollmentList, values: Values) -> Query:
    """The query with these values, and with the scope of the world unless they name its users or targets."""
    named = values.keys() & {"user", "course", "plan"}
    return [
        *(() if named else listing.scope),
        *((listing.filters[name], value) for name, several in values.items() for value in several),
    ]


def is_documented(listing: EnrollmentList, values: Values) -> bool:
    """Whether the contract allows this query."""
    return not request_problems("GET", listing.path, query_of(listing, values))


def require_filtered(target: Target, listing: EnrollmentList, whole: Sequence[Row], values: Values) -> None:
    """Raises `Finding` unless the filtered list shows exactly those rows of the whole that have these values."""
    unscoped = EnrollmentList(listing.name, listing.path, listing.kind, listing.filters, listing.fields)
    seen = set(enrollments_in(listing, rows(target, unscoped, query_of(listing, values))))
    wanted = set(enrollments_in(listing, (row for row in whole if _matches(listing, row, values))))
    if seen != wanted:
        asked = ", ".join(f"{listing.filters[name]} {'/'.join(map(str, several))}" for name, several in values.items())
        raise Finding(
            f"{listing.name.capitalize()}, filtered by {asked}, shows other enrollments.", shown(wanted), shown(seen)
        )


def _matches(listing: EnrollmentList, row: Row, values: Values) -> bool:
    _, target, user = listing.enrollment(row)
    says = {"user": user, "course": target, "plan": target}
    return all((says[name] if name in says else listing.told(row, name)) in several for name, several in values.items())


def require_nobody(target: Target, listing: EnrollmentList, name: str) -> None:
    """Raises `Finding` unless a filter on an unknown id shows nothing or is refused."""
    query = [(listing.filters[name], UNKNOWN), ("page_size", MOST)]
    answer = target.call("GET", listing.path, query=query)
    if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return
    seen = enrollments_in(listing, (row for row in as_page(listing, answer).items if listing.shows(row)))
    if seen:
        raise Finding(f"{listing.name.capitalize()}, filtered by an unknown {name}, shows somebody.", [], shown(seen))


def on_ids(listing: EnrollmentList, whole: Sequence[Row], chance: random.Random) -> Iterator[Values]:
    """Filters on users and targets of the whole: one value, several, both filters, and a pair that does not exist."""
    pairs = {(user, target) for _, target, user in enrollments_in(listing, whole)}
    if not pairs:
        return
    users, targets = (sorted({pair[index] for pair in pairs}) for index in (0, 1))
    some = {
        "user": chance.sample(users, min(3, len(users))),
        listing.kind: chance.sample(targets, min(2, len(targets))),
    }
    for name, several in some.items():
        yield {name: several[:1]}
        yield {name: several}
    yield some
    yield {name: several[:1] for name, several in some.items()}
    absent = [(user, at) for user in users for at in targets if (user, at) not in pairs]
    if absent:
        user, at = chance.choice(absent)
        yield {"user": [user], listing.kind: [at]}


def on_words(listing: EnrollmentList, whole: Sequence[Row], name: str, absent: Sequence[str]) -> Iterator[Values]:
    """Filters on a field of words, such as status: each word, two at once, one with a target, and absent words."""
    words = sorted({str(word) for row in whole if (word := listing.told(row, name))})
    several = listing.filters[name].endswith("[]")
    at = enrollments_in(listing, whole[:1])[0][1] if whole else UNKNOWN
    for word in words:
        yield {name: [word]}
        yield {listing.kind: [at], name: [word]}
    if several and len(words) > 1:
        yield {name: words[:2]}
    if words:
        yield from ({name: [word]} for word in absent if word not in words)
