"""Lists: pages that come when they are needed, and what is missed when they shift."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mock_lms_client import Client, ListChanged, Listing, Refused, Unreadable, listing
from mock_lms_client.waiting import Waiting

from mock_lms.testing import MockTenant
from tests.client.harness.scripted import Says, Scripted, courses, lists, refuses
from tests.client.harness.time import Time

NewClient = Callable[..., Client]


def ids(items: Iterable[Any]) -> list[int]:
    return [item["id"] for item in items]


def pages_asked(server: Scripted) -> list[str]:
    return [parse_qs(urlsplit(request.path).query)["page"][0] for request in server.heard]


def test_all_pages_of_a_list_are_all_of_it(admin: Client) -> None:
    whole = admin.list_enrollments().complete()
    for size in (1, 7, 39, 40):
        assert [*admin.list_enrollments(page_size=size)] == whole
        assert admin.list_enrollments(page_size=size).complete() == whole
    assert len(whole) == 40


def test_a_page_is_read_when_it_is_needed(server: Scripted, client: Client) -> None:
    server.says(lists([1, 2], more=True, total=5), lists([3, 4], more=True, total=5), lists([5], total=5))
    listing = client.list_courses(page_size=2)
    assert pages_asked(server) == []
    items = iter(listing)
    assert ids(islice(items, 2)) == [1, 2]
    assert pages_asked(server) == ["1"]
    assert ids(items) == [3, 4, 5]
    assert pages_asked(server) == ["1", "2", "3"]
    assert "page_size=2" in server.heard[0].path


def test_to_go_through_twice_is_to_read_twice(server: Scripted, client: Client) -> None:
    server.says(lists([1]), lists([2]))
    listing = client.list_courses()
    assert ids([*listing, *listing]) == [1, 2]
    assert "page_size=200" in server.heard[0].path


def test_the_count_reads_a_page_and_keeps_it_for_one_time(server: Scripted, client: Client) -> None:
    server.says(lists([1]), lists([2]), lists([3, 4]))
    listing = client.list_courses()
    assert (listing.total_count, listing.total_count) == (1, 1)
    assert ids(listing) == [1]
    assert ids(listing) == [2]
    assert ids(listing.complete()) == [3, 4]
    assert listing.total_count == 2
    assert len(server.heard) == 3


def test_complete_does_not_take_what_was_read_before(server: Scripted, client: Client) -> None:
    server.says(lists([1]), lists([2]))
    listing = client.list_courses()
    assert listing.total_count == 1
    assert ids(listing.complete()) == [2]


@pytest.mark.parametrize("read", [list, Listing.complete], ids=["a loop", "complete"])
@pytest.mark.parametrize(
    "pages",
    [
        [lists([1, 2], more=True, total=4), lists([3], total=3)],
        [lists([1, 2], more=True, total=3), lists([3, 4], total=4)],
        [lists([1, 2], more=True, total=4), lists([4], total=4)],
        [lists([1, 2], total=3)],
        [lists([1, 2], more=True, total=4), lists([], more=True, total=4)],
        [lists([1, 2], more=True, total=4), lists([2, 3], total=4)],
        [lists([1, 1], total=2)],
    ],
)
def test_a_list_whose_pages_do_not_fit_is_not_taken_for_all_of_it(
    server: Scripted, client: Client, pages: list[Says], read: Callable[[Listing[Any]], object]
) -> None:
    server.says(*pages)
    with pytest.raises(ListChanged, match=r"^list_courses at .*: the list changed .* Read it again"):
        read(client.list_courses())


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


def test_an_empty_page_ends_a_list_that_says_that_there_is_more(server: Scripted, client: Client) -> None:
    server.says(*[uncounted([], more=True)] * 9)
    with pytest.raises(ListChanged, match="page 1 is empty, and the server says that there are more"):
        list(client.list_courses())
    assert len(server.heard) == 1


def test_one_page_again_and_again_is_noticed(server: Scripted, client: Client) -> None:
    server.says(*[uncounted([1, 2], more=True)] * 9)
    with pytest.raises(ListChanged, match="id 1 came twice"):
        list(client.list_courses())
    assert len(server.heard) == 2


def test_more_items_than_were_counted_are_noticed(server: Scripted, client: Client) -> None:
    server.says(*[lists([2 * at, 2 * at + 1], more=True, total=3) for at in range(1, 9)])
    with pytest.raises(ListChanged, match="more than 3 items"):
        list(client.list_courses())
    assert len(server.heard) == 2


def test_a_list_without_end_ends(server: Scripted, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST", 20)
    server.says(*[uncounted([2 * at, 2 * at + 1], more=True) for at in range(1, 30)])
    with pytest.raises(ListChanged, match="more than 20 items"):
        list(client.list_courses())
    assert len(server.heard) == 11


def test_an_id_that_is_a_number_here_and_a_text_there_is_the_same(server: Scripted, client: Client) -> None:
    body: dict[str, Any] = {"data": {"items": [{"id": 1}, {"id": "1"}], "has_more_data": False, "total_count": 2}}
    server.says(Says(body=body))
    with pytest.raises(ListChanged, match="id 1 came twice"):
        list(client.list_courses())


# --- without total_count, which not every server says


def uncounted(ids: list[int], *, more: object = False, **counts: object) -> Says:
    return Says(body={"data": {"items": courses(*ids), "count": len(ids), "has_more_data": more, **counts}})


@pytest.mark.parametrize(
    ("counts", "total"),
    [({}, None), ({"total_count": "3"}, 3), ({"total_count": None}, None), ({"total_count": "many"}, None),
     ({"total_count": -1}, None), ({"total_count": 3.0}, None), ({"total_count": True}, None)],
)  # fmt: skip
@pytest.mark.parametrize(("yes", "no"), [(True, False), (1, 0), ("1", "0"), ("true", "false")])
def test_a_list_is_read_on_by_has_more_data_in_whatever_way_it_counts(
    server: Scripted, client: Client, counts: dict[str, object], total: int | None, yes: object, no: object
) -> None:
    server.says(uncounted([1, 2], more=yes, **counts), uncounted([3], more=no, **counts))
    courses = client.list_courses()
    assert courses.total_count == total
    assert ids(courses) == [1, 2, 3]
    assert len(server.heard) == 2


def test_without_a_count_who_needs_all_of_several_pages_reads_them_twice(server: Scripted, client: Client) -> None:
    pages = [uncounted([1, 2], more=True), uncounted([3])]
    server.says(*pages, *pages)
    assert ids(client.list_courses().complete()) == [1, 2, 3]
    server.says(*pages, uncounted([1, 2], more=True), uncounted([3, 4]))
    with pytest.raises(ListChanged, match="read twice, and other items came"):
        client.list_courses().complete()
    server.says(uncounted([1]))
    assert ids(client.list_courses().complete()) == [1]


def test_an_answer_that_came_whole_is_not_asked_for_again(server: Scripted, client: Client) -> None:
    server.says(Says(body={"data": {"items": [], "total_count": 0}}))
    with pytest.raises(Unreadable) as caught:
        client.list_courses().complete()
    assert str(caught.value) == (
        f"list_courses at {client.tenant}: the answer (200) is not what the contract says: its data does not say "
        "has_more_data. Check base_url: something else may answer there."
    )
    assert len(server.heard) == 1


def test_a_generator_of_ids_serves_every_page(admin: Client) -> None:
    listing = admin.list_course_enrollments(user_id=(user for user in (13001, 13002)), page_size=1)
    assert {row["user_id"] for row in listing} == {row["user_id"] for row in listing} == {13001, 13002}


def test_a_list_waits_in_the_middle(server: Scripted, client: Client) -> None:
    server.says(lists([1], more=True, total=2), refuses(429, retry_after="9"), lists([2], total=2))
    assert ids(client.list_courses().complete()) == [1, 2]
    assert pages_asked(server) == ["1", "2", "2"]


def test_what_a_list_refuses_comes_when_it_is_read(admin: Client) -> None:
    listing = admin.list_learning_plan_courses(99)
    with pytest.raises(Refused, match="Learning plan 99 does not exist"):
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
