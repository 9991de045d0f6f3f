"""Lists: pages that come when they are needed, and what is missed when they shift."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mock_lms_client import Client, ListChanged, Listing, Refused
from mock_lms_client.waiting import Waiting

from mock_lms.testing import MockTenant
from tests.client.library.scripted import Says, Scripted, Time, lists, refuses

NewClient = Callable[..., Client]


def courses(client: Client, **options: int) -> Listing[Any]:
    """A list whose items are numbers here."""
    return client.list_courses(**options)  # type: ignore[arg-type]


def pages_asked(server: Scripted) -> list[str]:
    return [parse_qs(urlsplit(each.path).query)["page"][0] for each in server.heard]


def test_all_pages_of_a_list_are_all_of_it(admin: Client) -> None:
    whole = admin.list_enrollments().complete()
    for size in (1, 7, 39, 40):
        assert [*admin.list_enrollments(page_size=size)] == whole
        assert admin.list_enrollments(page_size=size).complete() == whole
    assert len(whole) == 40


def test_a_page_is_read_when_it_is_needed(server: Scripted, client: Client) -> None:
    server.says(lists([1, 2], more=True, total=5), lists([3, 4], more=True, total=5), lists([5], total=5))
    listing = courses(client, page_size=2)
    assert pages_asked(server) == []
    items = iter(listing)
    assert [*islice(items, 2)] == [1, 2]
    assert pages_asked(server) == ["1"]
    assert [*items] == [3, 4, 5]
    assert pages_asked(server) == ["1", "2", "3"]
    assert "page_size=2" in server.heard[0].path


def test_to_go_through_twice_is_to_read_twice(server: Scripted, client: Client) -> None:
    server.says(lists([1]), lists([2]))
    listing = courses(client)
    assert [*listing, *listing] == [1, 2]
    assert "page_size=200" in server.heard[0].path


def test_the_count_reads_a_page_and_keeps_it_for_one_time(server: Scripted, client: Client) -> None:
    server.says(lists([1]), lists([2]), lists([3, 4]))
    listing = courses(client)
    assert (listing.total_count, listing.total_count) == (1, 1)
    assert [*listing] == [1]
    assert [*listing] == [2]
    assert listing.complete() == [3, 4]
    assert listing.total_count == 2
    assert len(server.heard) == 3


def test_complete_does_not_take_what_was_read_before(server: Scripted, client: Client) -> None:
    server.says(lists([1]), lists([2]))
    listing = courses(client)
    assert listing.total_count == 1
    assert listing.complete() == [2]


@pytest.mark.parametrize(
    "pages",
    [
        [lists([1, 2], more=True, total=4), lists([3], total=3)],
        [lists([1, 2], more=True, total=3), lists([3, 4], total=4)],
        [lists([1, 2], more=True, total=4), lists([4], total=4)],
        [lists([1, 2], total=3)],
        [lists([1, 2], more=True, total=4), lists([], more=True, total=4)],
    ],
)
def test_a_list_that_changes_meanwhile_is_not_complete(server: Scripted, client: Client, pages: list[Says]) -> None:
    server.says(*pages)
    with pytest.raises(ListChanged, match=r"^list_courses at .*: the list changed .* Read it again"):
        courses(client).complete()


def test_a_row_that_goes_between_two_pages_is_noticed(admin: Client, connect: NewClient) -> None:
    listing = admin.list_course_enrollments(course_id=[201], page_size=1)
    pages = listing._fetch
    other = connect()

    def fetch(number: int) -> object:
        if number == 2:
            other.unenroll(201, 13001)
        return pages(number)

    listing._fetch = fetch  # type: ignore[assignment]
    with pytest.raises(ListChanged):
        listing.complete()


def test_empty_pages_without_end_are_the_end(server: Scripted, client: Client) -> None:
    server.says(lists([1], more=True, total=9), lists([], more=True, total=9))
    assert [*courses(client)] == [1]


def test_one_page_again_and_again_is_noticed(server: Scripted, client: Client) -> None:
    server.says(*[lists([1, 2], more=True, total=3)] * 9)
    with pytest.raises(ListChanged, match="more than its 3 items"):
        list(courses(client))
    assert len(server.heard) == 2


def test_a_generator_of_ids_serves_every_page(admin: Client) -> None:
    listing = admin.list_course_enrollments(user_id=(user for user in (13001, 13002)), page_size=1)
    assert {each["user_id"] for each in listing} == {each["user_id"] for each in listing} == {13001, 13002}


def test_a_list_waits_in_the_middle(server: Scripted, client: Client) -> None:
    server.says(lists([1], more=True, total=2), refuses(429, retry_after="9"), lists([2], total=2))
    assert courses(client).complete() == [1, 2]
    assert pages_asked(server) == ["1", "2", "2"]


def test_what_a_list_refuses_comes_when_it_is_read(admin: Client) -> None:
    listing = admin.list_learning_plan_courses(99)
    with pytest.raises(Refused, match="There is no learning plan 99"):
        listing.complete()
    assert repr(listing).startswith("<Listing list_learning_plan_courses at mock-lms-")


def test_a_throttled_mock_is_read_to_the_end_and_never_too_early(
    connect: NewClient, lms: MockTenant, time: Time
) -> None:
    lms.control.set_clock("2026-03-01 12:00:00")
    lms.control.set_quota(calls=3, seconds=60)
    client = connect()
    client._waiting = Waiting(clock=time.clock, sleep=time.sleep, chance=lambda: 0.0)

    def passes() -> None:
        lms.control.advance_clock(time.slept[-1])

    time.on_sleep = passes
    assert len(client.list_enrollments(page_size=4).complete()) == 40
    quota = lms.control.get_quota()["quota"]
    assert (quota["early"], quota["refused"]) == (0, len(time.slept))
    assert quota["refused"] > 0
