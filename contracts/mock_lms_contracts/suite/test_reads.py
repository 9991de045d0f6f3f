"""reads: every list that shows enrollments: what it holds, and its pages. One world serves all checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts.lab import Lab
from mock_lms_contracts.lists import (
    MIXED_COURSES,
    MIXED_PLANS,
    MOST,
    OF_A_PLANS_COURSES,
    OF_COURSES,
    OF_PLANS,
    UNKNOWN,
    EnrollmentList,
    Page,
    Row,
    Told,
    as_page,
    enrollments_in,
    of_world,
    page,
    record,
    rows,
    told,
)
from mock_lms_contracts.oracle import Enrollment, shown
from mock_lms_contracts.reads import COURSES, PLANS, Reads
from mock_lms_contracts.scenario import Ids
from mock_lms_contracts.verdicts import NotClaimed

pytestmark = pytest.mark.xdist_group("reads")


@pytest.mark.requirement("READ-LIST-1")
def test_a_list_shows_every_enrollment_that_is_there_once_and_no_other(lab: Lab, reads: Reads) -> None:
    lab.target.calls[:] = reads.curl
    for error in reads.broken.values():
        raise error
    ids = reads.world.ids
    members = {(user, plan) for kind, plan, user in reads.enrolled if kind == "plan"}
    lab.given(reads.lists, "the target serves no list of enrollments")
    for name, (listing, items) in reads.lists.items():
        wanted = {enrollment for enrollment in reads.enrolled if enrollment[0] == listing.kind}
        allowed = wanted | {reads.tutor}
        if name == OF_A_PLANS_COURSES.name:
            contents = {ids.courses[course] for course in PLANS[0]}
            allowed = {enrollment for enrollment in wanted if enrollment[1] in contents}
            wanted = {enrollment for enrollment in allowed if (enrollment[2], ids.plans[0]) in members}
        seen = enrollments_in(listing, items)
        hidden, more = wanted - set(seen), set(seen) - allowed
        twice = {enrollment for enrollment in seen if seen.count(enrollment) > 1}
        lab.require(not hidden, f"{name.capitalize()} hides {len(hidden)} enrollments.", shown(hidden), [])
        lab.require(not more, f"{name.capitalize()} shows {len(more)} that nobody asked for.", [], shown(more))
        lab.require(not twice, f"{name.capitalize()} shows enrollments twice.", [], shown(twice))


@pytest.mark.requirement("READ-VIEWS-1")
def test_the_lists_by_course_by_plan_and_by_user_and_the_mixed_list_say_the_same_of_an_enrollment(
    lab: Lab, reads: Reads
) -> None:
    target, ids = reads.world.target, reads.world.ids
    differences: list[str] = []
    for first, others in ((OF_COURSES, (MIXED_COURSES, OF_A_PLANS_COURSES)), (OF_PLANS, (MIXED_PLANS,))):
        if first.name not in reads.lists:
            continue
        known = told(*reads.of(first)[0])
        for name in (listing.name for listing in others if listing.name in reads.lists):
            seen = told(*reads.lists[name])
            concerned = known if name != OF_A_PLANS_COURSES.name else {one: known[one] for one in known if one in seen}
            differences += _differences(name, seen, concerned)
        for listing in (listing for listing, _ in reads.lists.values() if listing.name in {first.name, others[0].name}):
            for user in ids.users:
                of_user = listing.within(("user", [user]))
                mine = {one: known[one] for one in known if one[2] == user}
                differences += _differences(
                    f"{listing.name}, of user {user},", told(of_user, rows(target, of_user)), mine
                )
    lab.given(reads.lists, "the target serves no list of enrollments")
    lab.require(not differences, "The views of the same enrollments differ.", [], differences[:20])


def _differences(name: str, seen: dict[Enrollment, Told], known: dict[Enrollment, Told]) -> Iterator[str]:
    for one in sorted(seen.keys() ^ known.keys()):
        yield f"{name} {'shows' if one in seen else 'does not show'} {shown([one])[0]}"
    for one in sorted(seen.keys() & known.keys()):
        if seen[one].differs(known[one]):
            yield f"{name} says of {shown([one])[0]} {seen[one]}, not {known[one]}"


@pytest.mark.requirement("READ-VIEWS-2")
def test_the_record_of_an_enrollment_says_what_the_list_says_and_there_is_none_of_what_is_no_enrollment(
    lab: Lab, reads: Reads
) -> None:
    target, ids = reads.world.target, reads.world.ids
    ((listing, items),) = reads.of(OF_COURSES)
    known = told(listing, items)
    sample = [one for one in sorted(known) if one[1] == ids.courses[0]][:6]
    lab.given(sample, "nobody is in the first course")
    records = {one: record(target, one[1], one[2]) for one in sample}
    if not any(records.values()):
        raise NotClaimed("the target does not serve the record of an enrollment")
    wrong = [one for one, says in records.items() if says is None or says.differs(known[one])]
    lab.require(
        not wrong,
        "The record does not say what the list says.",
        {shown([one])[0]: known[one] for one in wrong},
        {shown([one])[0]: records[one] for one in wrong},
    )
    stranger = record(target, ids.courses[0], ids.users[-1])
    lab.require(stranger is None, "There is a record of what is no enrollment.", None, stranger)


@pytest.mark.requirement("READ-MISSING-1")
def test_a_read_whose_path_names_what_does_not_exist_is_404(lab: Lab, reads: Reads) -> None:
    target, tried, wrong = reads.world.target, [], {}
    for path, known, unknown in _paths(reads.world.ids):
        if target.call("GET", path.format(*known)).status != HTTPStatus.OK:
            continue  # it is not served, or another check's matter
        asked = path.format(*unknown)
        status = target.call("GET", asked).status
        tried.append(target.calls[-1])
        if status != HTTPStatus.NOT_FOUND:
            wrong[asked] = status
    if not tried:
        raise NotClaimed("the target serves no read of a path with an id")
    lab.target.calls[:] = tried
    lab.require(not wrong, "A read of what does not exist is not 404.", dict.fromkeys(wrong, 404), wrong)


def _paths(ids: Ids) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Each path, with ids of what there is and with one that nobody has."""
    course, user = ids.courses[0], ids.users[0]
    for unknown in ((UNKNOWN, user), (course, UNKNOWN)):
        yield "/learn/v1/enrollments/{}/{}", (course, user), unknown
    for plan in ids.plans[:1]:
        for what in ("courses/enrollments", "courses"):
            yield f"/learningplan/v1/learningplans/{{}}/{what}", (plan,), (UNKNOWN,)


# --- pages


@dataclass(frozen=True, slots=True)
class Paged:
    """A list, whole and in pages of one size, and how it was read."""

    listing: EnrollmentList
    size: int
    whole: Sequence[Row]
    pages: Sequence[Page]
    curl: Sequence[str]


@pytest.fixture(scope="module")
def paged(reads: Reads) -> list[Paged]:
    """Every list in pages of 1, of 5, and such that the last page is full."""
    ids, target, paged = reads.world.ids, reads.world.target, []
    for listing in of_world(Ids(ids.users, ids.courses[:2], ids.plans)):
        try:
            whole = page(target, listing).items
        except NotClaimed:
            continue
        number = len(whole)
        for size in sorted({1, 5, number, number // 2 if number % 2 == 0 else number} - {0}):
            before = len(target.calls)
            pages = [page(target, listing, number=at, size=size) for at in range(1, -(-number // size) + 1)]
            paged.append(Paged(listing, size, whole, pages, target.calls[before:]))
    return paged


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("type", "id", "course_id", "learning_plan_id", "user_id"))


@pytest.mark.requirement("READ-PAGES-1")
def test_the_pages_of_a_list_together_hold_every_item_once(lab: Lab, paged: list[Paged]) -> None:
    lab.given(any(len(one.pages) > 2 for one in paged), "no list has three pages")  # noqa: PLR2004
    for one in paged:
        lab.target.calls[:] = one.curl
        whole, seen = [_key(row) for row in one.whole], [_key(row) for part in one.pages for row in part.items]
        twice = sorted({key for key in seen if seen.count(key) > 1}, key=str)
        missing = sorted(set(whole) - set(seen), key=str)
        told = {"twice": twice, "none": missing}
        what = f"{one.listing.name.capitalize()}, in pages of {one.size}:"
        lab.require(not twice and not missing, f"{what} items are on two pages, or on none.", [], told)
        strange = sorted(set(seen) - set(whole), key=str)
        lab.require(not strange, f"{what} the pages hold what the list does not.", [], strange)
        sizes = [len(part.items) for part in one.pages]
        lab.require(max(sizes) <= one.size, f"{what} a page has more.", one.size, sizes)


@pytest.mark.requirement("READ-PAGES-2")
def test_what_a_page_says_of_the_list_is_so(lab: Lab, paged: list[Paged]) -> None:
    claimed = False
    for one in paged:
        lab.target.calls[:] = one.curl
        number = len(one.whole)
        for at, part in enumerate(one.pages, 1):
            right = {
                "total_count": number,
                "count": len(part.items),
                "has_more_data": at < len(one.pages),
                "total_page_count": len(one.pages),
                "current_page": at,
            }
            told = {name: part.told[name] for name in right if part.told.get(name) is not None}
            claimed = claimed or bool(told)
            expected = {name: right[name] for name in told}
            what = f"{one.listing.name.capitalize()}, page {at} of {one.size}, says what is not the case."
            lab.require(told == expected and type(told.get("has_more_data", True)) is bool, what, expected, told)
    if not claimed:
        raise NotClaimed("no page says anything of its list")


@pytest.mark.requirement("READ-PAGES-3")
def test_a_page_of_more_than_200_is_one_of_200(lab: Lab, reads: Reads) -> None:
    target, ids = reads.world.target, reads.world.ids
    listing = OF_COURSES.within(("course", ids.courses))
    halves = [listing.within(("course", some)) for some in (ids.courses[: COURSES // 2], ids.courses[COURSES // 2 :])]
    everything = {one for half in halves for one in enrollments_in(half, page(target, half).items)}
    lab.given(len(everything) > MOST, "there are not more items than a page may hold")
    for size in (MOST - 1, MOST, MOST + 1, 10 * MOST):
        first, second = (page(target, listing, number=number, size=size).items for number in (1, 2))
        most = min(size, MOST)
        seen, expected = [len(first), len(second)], [most, len(everything) - most]
        lab.require(seen == expected, f"Pages of {size} hold other than {most}.", expected, seen)
        lost = everything - {*enrollments_in(listing, first), *enrollments_in(listing, second)}
        lab.require(not lost, f"Pages of {size} leave somebody out.", [], shown(lost))


@pytest.mark.requirement("READ-PAGES-4")
def test_a_page_beyond_the_last_holds_nothing_and_says_that_nothing_follows(
    lab: Lab, reads: Reads, paged: list[Paged]
) -> None:
    lab.given(paged, "no list has a page")
    for one in paged:
        target = reads.world.target
        query = [*one.listing.scope, ("page", len(one.pages) + 1), ("page_size", one.size)]
        answer = target.call("GET", one.listing.path, query=query)
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            continue  # no source says that it must be a page
        beyond = as_page(one.listing, answer)
        seen = {"items": len(beyond.items), "has_more_data": bool(beyond.told.get("has_more_data"))}
        what = f"{one.listing.name.capitalize()}, in pages of {one.size}: the page beyond the last is not empty."
        lab.require(seen == {"items": 0, "has_more_data": False}, what, {"items": 0, "has_more_data": False}, seen)
