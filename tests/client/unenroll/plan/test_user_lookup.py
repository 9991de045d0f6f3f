"""Which ids are users of the tenant at all: found out in few reads, never guessed, and told apart in the plan."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_client.errors import Refused
from mock_lms_client.listing import Listing
from mock_lms_client.unenroll.plan import user_lookup
from mock_lms_client.unenroll.plan.user_lookup import UserLookup

from tests.client.conftest import NewStage
from tests.client.harness.between import noting


class Users:
    """A client of a tenant with these users, in the order in which its server lists them."""

    def __init__(self, ids: list[int], *, counts: bool = True, sorts: bool = True, refuses: bool = False) -> None:
        self.ids, self.counts, self.sorts, self.refuses = ids, counts, sorts, refuses
        self.reads = 0

    def list_users(self, *, page_size: int, sort_attr: str = "", sort_dir: str = "") -> Listing[Any]:
        assert sort_dir in {"", "asc"}
        ids = sorted(self.ids) if sort_attr and self.sorts else self.ids

        def fetch(page: int) -> Any:
            if self.refuses:
                raise Refused("No.")
            self.reads += 1
            some = ids[(page - 1) * page_size : page * page_size]
            found = {"items": [{"user_id": str(each)} for each in some], "has_more_data": page * page_size < len(ids)}
            return {**found, "total_count": len(ids)} if self.counts else found

        return Listing(fetch, "list_users", "acme", ("user_id",))


def missing(users: Users, *asked: list[int]) -> list[set[int] | None]:
    found: Any = UserLookup(users)  # type: ignore[arg-type]
    return [found.missing(each) for each in asked]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_lookup, "PAGE", 3)
    monkeypatch.setattr(user_lookup, "MOST_PAGES", 5)


ids = st.lists(st.integers(1, 60), unique=True, max_size=15)


@given(ids, st.lists(st.lists(st.integers(1, 60), max_size=9), min_size=1, max_size=3), st.booleans(), st.booleans())
def test_what_it_says_is_so(here: list[int], asked: list[list[int]], counts: bool, sorts: bool) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(user_lookup, "PAGE", 3)
    patch.setattr(user_lookup, "MOST_PAGES", 5)
    users = Users(here, counts=counts, sorts=sorts)
    try:
        for some, found in zip(asked, missing(users, *asked), strict=True):
            # pages of a server that does not sort look sorted now and then, but not where all of them are read
            if found is not None and (sorts or len(here) <= 9):
                assert found == {*some} - {*here}
            assert found is not None
    finally:
        patch.undo()


def test_ids_outside_of_what_there_is_take_few_reads_however_many_there_are() -> None:
    users = Users([*range(1_000, 1_015)])
    below, above = [*range(1, 999)], [*range(2_000, 3_000)]
    assert missing(users, below, above) == [{*below}, {*above}]
    assert users.reads <= user_lookup.MOST_PAGES


def test_one_id_is_found_by_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_lookup, "MOST_PAGES", 100)
    users = Users([*range(1, 300_001, 3)])
    assert missing(users, [2, 149_998], [149_999]) == [{2}, {149_999}]
    assert users.reads < 40


def test_no_more_is_read_than_may_be_and_then_it_says_that_it_does_not_know() -> None:
    users = Users([*range(1, 300, 2)])
    assert missing(users, [*range(1, 300)], [2]) == [None, None]
    assert users.reads <= user_lookup.MOST_PAGES + 3


def test_where_pages_come_in_another_order_all_is_read_once_if_it_is_little() -> None:
    users = Users([9, 3, 7, 1, 5, 8], sorts=False)
    assert missing(users, [1, 2, 3], [4], [9]) == [{2}, {4}, set()]
    assert users.reads == 1 + 2  # that by which it was seen, and all
    assert missing(Users([*range(100, 0, -1)], sorts=False), [1, 2], [500]) == [None, None]


def test_who_may_not_list_users_can_plan_all_the_same() -> None:
    assert missing(Users([1], refuses=True), [1], [2]) == [None, None]


def test_a_mock_s_users_are_found(new_stage: NewStage) -> None:
    stage = new_stage(seed={"users": [{"id": 1000 + 2 * at, "username": f"u{at}"} for at in range(12)]})
    calls: list[str] = []
    lookup = UserLookup(stage.client(around=noting(calls)))
    assert lookup.missing([1, 999, 1000, 1001, 1022, 1023, 5000]) == {999, 1001, 1023, 5000}
    assert len(calls) <= 5
