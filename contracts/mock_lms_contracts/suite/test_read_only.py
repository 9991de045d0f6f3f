"""reads and auth for a run that is read-only: of what is there, whatever that is. Nothing is prepared and written."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts import lists
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.lists import OF_COURSES, Page, Row
from mock_lms_contracts.oracle import COURSES as ENROLLMENTS
from mock_lms_contracts.verdicts import NotClaimed

PAGES = 3
AT_ONCE = 200
"""The most that a page holds."""


def page(lab: Lab, size: int, number: int = 1, **filters: Any) -> Page:
    """Raises what `lists.page` raises."""
    query = [(f"{name}[]", value) for name, value in filters.items()]
    return lists.page(lab.target, OF_COURSES, query, number, size)


def some(lab: Lab) -> tuple[int, Sequence[Row]]:
    """A course with several learners and not more than a page of them, and all its rows."""
    courses = dict.fromkeys(int(row["course_id"]) for row in page(lab, AT_ONCE).items)
    for course in courses:
        rows = page(lab, AT_ONCE, course_id=course).items
        if PAGES <= len(rows) < AT_ONCE:
            return course, rows
    lab.given(things=False, what=f"no course on the first page of enrollments has {PAGES} to {AT_ONCE - 1} learners")
    raise AssertionError


def users(rows: Sequence[Row]) -> list[int]:
    return sorted(int(row["user_id"]) for row in rows)


def paged(lab: Lab) -> tuple[Sequence[Row], list[Page]]:
    """All rows of a course, and the same in several pages."""
    course, rows = some(lab)
    size = -(-len(rows) // PAGES)
    return rows, [page(lab, size, number, course_id=course) for number in range(1, -(-len(rows) // size) + 1)]


@pytest.mark.read_only
@pytest.mark.requirement("READ-PAGES-1")
def test_the_pages_of_what_is_there_together_hold_every_item_once(lab: Lab) -> None:
    rows, pages = paged(lab)
    shown = sorted(user for page in pages for user in users(page.items))
    lab.require(shown == users(rows), "The pages do not hold each item once.", users(rows), shown)


@pytest.mark.read_only
@pytest.mark.requirement("READ-PAGES-2")
def test_total_count_and_has_more_data_say_what_the_pages_of_what_is_there_hold(lab: Lab) -> None:
    rows, pages = paged(lab)
    right = [{"total_count": len(rows), "has_more_data": number < len(pages)} for number in range(1, len(pages) + 1)]
    told = [{name: page.told[name] for name in ("total_count", "has_more_data") if name in page.told} for page in pages]
    if not any(told):
        raise NotClaimed("no page says anything of its list")
    expected = [{name: of[name] for name in page} for of, page in zip(right, told, strict=True)]
    lab.require(told == expected, "The pages say of themselves what is not the case.", expected, told)


@pytest.mark.read_only
@pytest.mark.requirement("READ-FILTER-1")
def test_a_filter_on_user_and_course_shows_one_enrollment_of_what_is_there(lab: Lab) -> None:
    course, rows = some(lab)
    user = lab.chance.choice(users(rows))
    filtered = page(lab, AT_ONCE, course_id=course, user_id=user).items
    seen = [[int(row["course_id"]), int(row["user_id"])] for row in filtered]
    lab.require(seen == [[course, user]], "The filter shows other than it names.", [[course, user]], seen)


@pytest.mark.read_only
@pytest.mark.requirement("READ-FILTER-2")
def test_a_filter_on_the_status_shows_those_of_what_is_there(lab: Lab) -> None:
    course, rows = some(lab)
    statuses = sorted({str(row["enrollment_status"]) for row in rows})
    lab.given(len(statuses) > 1, f"all enrollments in course {course} have one status")
    for status in statuses:
        wanted = users([row for row in rows if row["enrollment_status"] == status])
        seen = users(page(lab, AT_ONCE, course_id=course, enrollment_status=status).items)
        lab.require(seen == wanted, f"The filter on {status} shows others.", wanted, seen)


@pytest.mark.read_only
@pytest.mark.requirement("AUTH-TOKEN-1")
def test_without_a_token_or_with_one_that_nobody_issued_a_read_is_401(lab: Lab) -> None:
    lab.given(page(lab, 1).items, "with our own token there is nothing to see either")
    for whose, token in (("without a token", ""), ("with a token that nobody issued", "5" * 40)):
        status = lab.target.call("GET", ENROLLMENTS, token=token).status
        lab.require(status == HTTPStatus.UNAUTHORIZED, f"A read {whose} is answered with {status}.", 401, status)
