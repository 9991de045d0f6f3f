"""reads: lists, their pages and filters."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.oracle import COURSES as ENROLLMENTS
from mock_lms_contracts.oracle import id_in
from mock_lms_contracts.scenario import SUBSCRIBED, Pair, Scenario, everybody
from mock_lms_contracts.verdicts import HarnessError

USERS, COURSES, SIZE = 9, 3, 5
WORLD = Scenario(USERS, COURSES, enrollments=everybody(USERS, COURSES))
MOST = 200
"""The largest page."""

Page = dict[str, Any]


def page(world: World, number: int, size: int, courses: Sequence[int], users: Sequence[int] = ()) -> Page:
    """Raises `HarnessError` where it is none."""
    query = [("page", number), ("page_size", size), *(("course_id[]", course) for course in courses)]
    query += [("user_id[]", user) for user in users]
    answer = world.target.call("GET", ENROLLMENTS, query=query)
    data = answer.data
    if answer.status != HTTPStatus.OK or not isinstance(data, dict) or not isinstance(data.get("items"), list):
        raise HarnessError(f"GET {ENROLLMENTS} is no list: {answer.status} {answer.text[:200]}")
    return data


def pairs(rows: list[dict[str, Any]]) -> list[Pair]:
    return [(id_in(row, "user_id"), id_in(row, "course_id")) for row in rows]


def paged(lab: Lab, world: World, size: int) -> tuple[set[Pair], list[Page]]:
    """What there is by another way, course by course, in pages that hold it all; and the pages of this size."""
    courses = world.ids.courses[:2]
    all_of_it = {pair for course in courses for pair in pairs(page(world, 1, MOST, (course,))["items"])}
    lab.given(len(all_of_it) > 2 * size, "there are not three pages")
    return all_of_it, [page(world, number, size, courses) for number in range(1, -(-len(all_of_it) // size) + 1)]


@pytest.mark.requirement("READ-PAGES-1")
def test_the_pages_of_a_list_together_hold_every_item_once(lab: Lab) -> None:
    world = lab.world(WORLD)
    all_of_it, pages = paged(lab, world, SIZE)
    shown = [pair for page in pages for pair in pairs(page["items"])]
    twice = sorted({pair for pair in shown if shown.count(pair) > 1})
    missing = sorted(all_of_it - set(shown))
    lab.require(not twice and not missing, "Items are on two pages, or on none.", [], {"twice": twice, "none": missing})
    strange = sorted(set(shown) - all_of_it)
    lab.require(not strange, "The pages hold what the list does not.", [], strange)


@pytest.mark.requirement("READ-PAGES-2")
def test_total_count_and_has_more_data_say_what_the_pages_hold(lab: Lab) -> None:
    world = lab.world(WORLD)
    all_of_it, pages = paged(lab, world, SIZE)
    told = [{name: page.get(name) for name in ("total_count", "count", "has_more_data")} for page in pages]
    sizes = [SIZE] * (len(pages) - 1) + [len(all_of_it) - SIZE * (len(pages) - 1)]
    expected = [
        {"total_count": len(all_of_it), "count": size, "has_more_data": number < len(pages)}
        for number, size in enumerate(sizes, 1)
    ]
    lab.require(told == expected, "The pages say of themselves what is not the case.", expected, told)


@pytest.mark.requirement("READ-PAGES-3")
def test_a_page_of_more_than_200_is_one_of_200(lab: Lab) -> None:
    world = lab.world(Scenario(MOST + 2, 1, enrollments={(user, 0): SUBSCRIBED for user in range(MOST + 2)}))
    everything = []
    for some in (world.ids.users[: MOST // 2], world.ids.users[MOST // 2 :]):  # each is one page, whatever pages do
        everything += pairs(page(world, 1, MOST, world.ids.courses, some)["items"])
    lab.given(len(everything) == MOST + 2, "there are not more items than a page may hold")
    for size in (MOST - 1, MOST, MOST + 1):
        first, second = (page(world, number, size, world.ids.courses) for number in (1, 2))
        most = min(size, MOST)
        seen = [len(first["items"]), len(second["items"])]
        lab.require(
            seen == [most, len(everything) - most],
            f"Pages of {size} hold other than {most}.",
            [most, MOST + 2 - most],
            seen,
        )
        shown = pairs(first["items"] + second["items"])
        lost = sorted(set(everything) - set(shown))
        lab.require(not lost, f"Pages of {size} leave somebody out.", [], lost)


@pytest.mark.requirement("READ-FILTER-1")
def test_a_filter_on_users_and_courses_shows_what_it_names_all_of_it_and_nothing_else(lab: Lab) -> None:
    world = lab.world(WORLD)
    everything = lab.observe(world).pairs("course")
    users, courses = lab.chance.sample(world.ids.users, 3), lab.chance.sample(world.ids.courses, 2)
    for named_users, named_courses in ((users, []), ([], courses), (users, courses), (users[:1], courses[:1])):
        query = [*(("user_id[]", user) for user in named_users), *(("course_id[]", course) for course in named_courses)]
        shown = set(pairs(world.target.items(ENROLLMENTS, query)))
        wanted = {
            (user, course)
            for user, course in everything
            if (not named_users or user in named_users) and (not named_courses or course in named_courses)
        }
        lab.given(wanted and wanted != everything, "the filter leaves out nothing, or everything")
        lab.require(shown == wanted, "The filter shows other than it names.", sorted(wanted), sorted(shown))


@pytest.mark.requirement("READ-FILTER-2")
def test_a_filter_on_the_status_shows_the_enrollments_of_that_status_all_of_them_and_nothing_else(lab: Lab) -> None:
    world = lab.world(WORLD)
    state = lab.observe(world)
    statuses = sorted({str(told["status"]) for told in state.held.values()})
    lab.given(len(statuses) > 1, "all enrollments have one status")
    for status in statuses:
        query = [("enrollment_status[]", status), *(("course_id[]", course) for course in world.ids.courses)]
        shown = set(pairs(world.target.items(ENROLLMENTS, query)))
        wanted = {(user, course) for (_, course, user), told in state.held.items() if told["status"] == status}
        lab.require(shown == wanted, f"The filter on {status} shows others.", sorted(wanted), sorted(shown))
