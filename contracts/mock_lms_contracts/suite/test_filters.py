"""reads: the filters of every list that shows enrollments, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import pytest

from mock_lms_contracts.filters import is_documented, on_ids, on_words, require_filtered, require_nobody
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.lists import (
    MIXED_COURSES,
    MIXED_PLANS,
    MOST,
    NEW,
    OF_A_PLANS_COURSES,
    OF_COURSES,
    OF_PLANS,
    EnrollmentList,
    as_page,
    enrollments_in,
    page,
    rows,
)
from mock_lms_contracts.oracle import shown
from mock_lms_contracts.reads import Reads
from mock_lms_contracts.verdicts import NotClaimed

pytestmark = pytest.mark.xdist_group("reads")

TYPES = frozenset({"elearning", "classroom", "learning_plan"})
ABSENT = {"status": ("suspended", "completed"), "level": ("instructor",), "code": ("no-such-code",)}
"""What enrollments may not be, of each field with words: then a filter on it shows none."""


def require_filters(lab: Lab, reads: Reads, lists: Sequence[EnrollmentList], kind: str) -> None:
    """Each list shows what each filter of this kind names. Raises `NotClaimed` where no row says what is filtered."""
    target, tried = reads.world.target, 0
    for listing, items in reads.of(*lists):
        if kind == "ids":
            for name in sorted(listing.filters.keys() & {"user", listing.kind}):
                require_nobody(target, listing, name)
        every = on_ids(listing, items, lab.chance) if kind == "ids" else on_words(listing, items, kind, ABSENT[kind])
        for values in every:
            if is_documented(listing, values):
                require_filtered(target, listing, items, values)
                tried += 1
    if not tried:
        raise NotClaimed(f"no item of the lists says its {kind}")


@pytest.mark.requirement("READ-FILTER-1")
def test_a_filter_on_users_and_courses_shows_what_it_names_all_of_it_and_nothing_else(lab: Lab, reads: Reads) -> None:
    require_filters(lab, reads, [OF_COURSES], "ids")


@pytest.mark.requirement("READ-FILTER-2")
def test_a_filter_on_the_status_shows_the_enrollments_of_that_status_all_of_them_and_nothing_else(
    lab: Lab, reads: Reads
) -> None:
    require_filters(lab, reads, [OF_COURSES], "status")


@pytest.mark.requirement("READ-FILTER-3")
def test_the_mixed_lists_filters_on_users_courses_and_plans_show_what_they_name(lab: Lab, reads: Reads) -> None:
    require_filters(lab, reads, [MIXED_COURSES, MIXED_PLANS], "ids")


@pytest.mark.requirement("READ-FILTER-4")
def test_the_mixed_lists_filter_on_the_status_shows_what_it_names(lab: Lab, reads: Reads) -> None:
    require_filters(lab, reads, [MIXED_COURSES, MIXED_PLANS], "status")


@pytest.mark.requirement("READ-FILTER-5")
def test_the_plan_lists_filters_on_users_and_plans_show_what_they_name(lab: Lab, reads: Reads) -> None:
    require_filters(lab, reads, [OF_PLANS], "ids")


@pytest.mark.requirement("READ-FILTER-6")
def test_the_plan_lists_filter_on_the_status_shows_what_it_names(lab: Lab, reads: Reads) -> None:
    require_filters(lab, reads, [OF_PLANS], "status")


@pytest.mark.requirement("READ-FILTER-7")
def test_the_filters_of_the_list_of_a_plans_courses_show_what_they_name(lab: Lab, reads: Reads) -> None:
    require_filters(lab, reads, [OF_A_PLANS_COURSES], "ids")
    require_filters(lab, reads, [OF_A_PLANS_COURSES], "status")


@pytest.mark.requirement("READ-FILTER-8")
def test_a_filter_on_the_level_shows_the_enrollments_of_that_level(lab: Lab, reads: Reads) -> None:
    require_filters(lab, reads, [OF_COURSES, MIXED_COURSES, OF_A_PLANS_COURSES], "level")


@pytest.mark.requirement("READ-FILTER-9")
def test_a_filter_may_be_written_with_brackets_with_an_index_or_plainly(lab: Lab, reads: Reads) -> None:
    ((listing, items),) = reads.of(OF_COURSES)
    one, two = reads.world.ids.users[:2]
    for names, users in ((("user_id",), [one]), (("user_id[0]", "user_id[1]"), [one, two])):
        query = list(zip(names, users, strict=True))
        seen = set(enrollments_in(listing, rows(reads.world.target, listing, query)))
        wanted = {enrollment for enrollment in enrollments_in(listing, items) if enrollment[2] in users}
        what = f"The filter {' and '.join(names)} shows other than it names."
        lab.require(seen == wanted, what, shown(wanted), shown(seen))


@pytest.mark.requirement("READ-FILTER-10")
def test_the_mixed_lists_filters_on_type_and_code_show_what_they_name(lab: Lab, reads: Reads) -> None:
    served, user = reads.of(MIXED_COURSES, MIXED_PLANS), reads.world.ids.users[0]
    listing = served[0][0].within(("user", [user]))
    types = {str(row["type"]) for row in page(reads.world.target, listing).items if row.get("type")}
    for kind in sorted(types & TYPES):
        query = [("type[]", kind)]
        seen = {row.get("type") for row in page(reads.world.target, listing, query).items}
        lab.require(seen == {kind}, f"The filter on the type {kind} shows others.", [kind], sorted(map(str, seen)))
    if not any(listing.told(row, "code") for listing, items in served for row in items) and types & TYPES:
        return
    require_filters(lab, reads, [MIXED_COURSES, MIXED_PLANS], "code")


@pytest.mark.requirement("READ-FILTER-11")
def test_a_filter_on_the_status_takes_the_names_of_not_begun_for_the_same_or_refuses_them(
    lab: Lab, reads: Reads
) -> None:
    target, tried = reads.world.target, 0
    for listing, items in reads.of(OF_COURSES, MIXED_COURSES):
        new = {listing.enrollment(row) for row in items if listing.told(row, "status") in NEW}
        user = min((enrollment[2] for enrollment in new), default=None)
        wanted = {enrollment for enrollment in new if enrollment[2] == user}
        for word in sorted(NEW) if wanted else ():
            query = [(listing.filters["user"], user), (listing.filters["status"], word), ("page_size", MOST)]
            answer = target.call("GET", listing.path, query=query)
            if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                continue  # no source says that each service knows the words of the others
            shows = [row for row in as_page(listing, answer).items if listing.shows(row)]
            seen, tried = set(enrollments_in(listing, shows)), tried + 1
            what = f"{listing.name.capitalize()}, filtered by the status {word}, shows other than who has not begun."
            lab.require(seen == wanted, what, shown(wanted), shown(seen))
    if not tried:
        raise NotClaimed("no list shows by its status who has not begun")
