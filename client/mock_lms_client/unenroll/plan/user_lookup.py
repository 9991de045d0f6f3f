"""Checks which ids are users here. No operation takes several ids of users, so they are looked up in the list of all.

The list is asked for in the order of the ids, and each id is searched for by halves: ids from another column are mostly
outside of what there is, or in a few pages of it. Pages that are not in that order, since `sort_attr` is an assumption
(openapi.yaml), are all read, where they are few.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from mock_lms_client.client import Client
from mock_lms_client.errors import ListChanged, Refused

PAGE = 200

MOST_PAGES = 100
"""That are read for it: a plan should not use up what a tenant lets be called in an hour (docebo-api.md 7)."""


class _OutOfOrder(Exception):
    """The pages do not come in the order of the ids, or there are too many to look."""


class UserLookup:
    """Looks up users by id. Keeps the pages that it has read."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._pages: dict[int, list[int]] = {}
        self._count = 1
        self._all: frozenset[int] | None = None
        self._gave_up = False

    def missing(self, users: Iterable[int]) -> set[int] | None:
        """Those that are no users here; None where to find out would take too many reads, or is refused."""
        wanted = set(users)
        if self._all is None and not self._gave_up:
            try:
                return {user for user in sorted(wanted) if not self._is_here(user)}
            except _OutOfOrder:
                with suppress(Refused, ListChanged):
                    self._all = self._everybody()
            except Refused:  # a plan needs no list of users
                pass
            self._gave_up = self._all is None
        return None if self._all is None else wanted - self._all

    def _is_here(self, user: int) -> bool:
        self._page(1)
        for number in (self._count, (1 + self._count) // 2):  # by their order, whether there is any
            self._page(number)
        first, last = 1, self._count
        while first <= last:
            middle = (first + last) // 2
            ids = self._page(middle)
            if not ids or user < ids[0]:
                last = middle - 1
            elif user > ids[-1]:
                first = middle + 1
            else:
                return user in ids
        return False

    def _page(self, number: int) -> list[int]:
        if number not in self._pages:
            listing = self._client.list_users(sort_attr="user_id", sort_dir="asc", page_size=PAGE)
            page = listing.page(number)
            self._pages[number] = ids = [int(item["user_id"]) for item in page["items"]]
            pages = [self._pages[read] for read in sorted(self._pages)]
            ends = [end for page_ids in pages if page_ids for end in (page_ids[0], page_ids[-1])]
            if "total_count" not in page or ids != sorted(ids) or ends != sorted(ends) or len(self._pages) > MOST_PAGES:
                raise _OutOfOrder
            self._count = -(-page["total_count"] // PAGE)
        return self._pages[number]

    def _everybody(self) -> frozenset[int] | None:
        listing = self._client.list_users(page_size=PAGE)
        if (listing.total_count or 0) > MOST_PAGES * PAGE:
            return None
        users: set[int] = set()
        for number, page in enumerate(listing.pages(), 1):
            if number > MOST_PAGES:
                return None
            users.update(int(item["user_id"]) for item in page["items"])
        return frozenset(users)
