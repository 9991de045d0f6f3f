"""reads and auth for a run that is read-only: of what is there, whatever that is. Nothing is prepared and written."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts.lab import Lab
from mock_lms_contracts.oracle import COURSES as ENROLLMENTS
from mock_lms_contracts.verdicts import HarnessError

PAGES = 3
AT_ONCE = 200
"""The most that a page holds."""

Row = dict[str, Any]


def page(lab: Lab, size: int, number: int = 1, **filters: Any) -> dict[str, Any]:
    """Raises `HarnessError` where it is none."""
    query = [("page", number), ("page_size", size), *((f"{name}[]", value) for name, value in filters.items())]
    answer = lab.target.call("GET", ENROLLMENTS, query=query)
    data = answer.data
    if answer.status != HTTPStatus.OK or not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise HarnessError(f"GET {ENROLLMENTS} is no list: {answer.status} {answer.text[:200]}")
    return data


def some(lab: Lab) -> tuple[int, list[Row]]:
    """A course with several learners and not more than a page of them, and all its rows."""
    courses = dict.fromkeys(int(row["course_id"]) for row in page(lab, AT_ONCE)["items"])
    for course in courses:
        rows = page(lab, AT_ONCE, course_id=course)["items"]
        if PAGES <= len(rows) < AT_ONCE:
            return course, rows
    lab.given(things=False, what=f"no course on the first page of enrollments has {PAGES} to {AT_ONCE - 1} learners")
    raise AssertionError


def users(rows: list[Row]) -> list[int]:
    return sorted(int(row["user_id"]) for row in rows)


def paged(lab: Lab) -> tuple[list[Row], list[dict[str, Any]]]:
    """All rows of a course, and the same in several pages."""
    course, rows = some(lab)
    size = -(-len(rows) // PAGES)
    return rows, [page(lab, size, number, course_id=course) for number in range(1, -(-len(rows) // size) + 1)]


@pytest.mark.read_only
@pytest.mark.requirement("READ-PAGES-1")
def test_the_pages_of_what_is_there_together_hold_every_item_once(lab: Lab) -> None:
    rows, pages = paged(lab)
    shown = sorted(user for page in pages for user in users(page["items"]))
    lab.require(shown == users(rows), "The pages do not hold each item once.", users(rows), shown)


@pytest.mark.read_only
@pytest.mark.requirement("READ-PAGES-2")
def test_total_count_and_has_more_data_say_what_the_pages_of_what_is_there_hold(lab: Lab) -> None:
    rows, pages = paged(lab)
    told = [[page.get("total_count"), page.get("has_more_data")] for page in pages]
    expected = [[len(rows), number < len(pages)] for number in range(1, len(pages) + 1)]
    lab.require(told == expected, "The pages say of themselves what is not the case.", expected, told)


@pytest.mark.read_only
@pytest.mark.requirement("READ-FILTER-1")
def test_a_filter_on_user_and_course_shows_one_enrollment_of_what_is_there(lab: Lab) -> None:
    course, rows = some(lab)
    user = lab.chance.choice(users(rows))
    filtered = page(lab, AT_ONCE, course_id=course, user_id=user)["items"]
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
        seen = users(page(lab, AT_ONCE, course_id=course, enrollment_status=status)["items"])
        lab.require(seen == wanted, f"The filter on {status} shows others.", wanted, seen)


@pytest.mark.read_only
@pytest.mark.requirement("AUTH-TOKEN-1")
def test_without_a_token_or_with_one_that_nobody_issued_a_read_is_401(lab: Lab) -> None:
    lab.given(page(lab, 1)["items"], "with our own token there is nothing to see either")
    for whose, token in (("without a token", ""), ("with a token that nobody issued", "5" * 40)):
        status = lab.target.call("GET", ENROLLMENTS, token=token).status
        lab.require(status == HTTPStatus.UNAUTHORIZED, f"A read {whose} is answered with {status}.", 401, status)
