"""A list of the LMS, whose pages come as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from mock_lms_client.errors import ListChanged
from mock_lms_client.types import ListData

T = TypeVar("T")

MOST = 5_000_000
"""Items of one list. One that is longer does not end."""


class Listing(Generic[T]):
    """All items of a list. Going through it reads it, going through it again reads it again.

    It is read on as long as the server says `has_more_data`. Raises `ListChanged` where the pages do not fit: an item
    that comes twice stands where another is missing.
    """

    def __init__(self, fetch: Callable[[int], ListData[T]], operation: str, tenant: str, key: tuple[str, ...]) -> None:
        self._fetch = fetch
        self._operation, self._tenant = operation, tenant
        self._key = key
        self._first: ListData[T] | None = None
        self._total: int | None = None
        self._begun = False

    def __repr__(self) -> str:
        return f"<Listing {self._operation} at {self._tenant}>"

    @property
    def total_count(self) -> int | None:
        """The number of items when the list was last begun; None where the server does not say.

        Reads the first page if none was read.
        """
        if not self._begun:
            self._first = self._begin()
        return self._total

    def _begin(self) -> ListData[T]:
        page = self._first or self._fetch(1)
        self._first = None  # it serves once, since it grows old
        self._total, self._begun = _total(page), True
        return page

    def page(self, number: int) -> ListData[T]:
        """The `data` of one page, read anew."""
        return self._fetch(number)

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page["items"]

    def pages(self) -> Iterator[ListData[T]]:
        """The answers' `data`, each read when it is asked for; for whoever wants a cursor or a count."""
        page = self._begin()
        total = self._total
        number, seen = 1, set[Any]()
        while True:
            self._add(page, seen)
            if _total(page) != total:
                raise self._changed(f"it had {_items(total)}, then {_items(_total(page))}.")
            yield page
            if not page["has_more_data"]:
                break
            if not page["items"]:
                raise self._changed(f"page {number:,} is empty, and the server says that there are more.")
            most = MOST if total is None else min(total, MOST)
            if len(seen) > most:  # where would it end?
                raise self._changed(f"more than {most:,} items came, and there are more pages.")
            number += 1
            page = self._fetch(number)
        if total is not None and len(seen) != total:
            raise self._changed(f"it is said to have {total:,} items, and {len(seen):,} came.")

    def complete(self) -> list[T]:
        """All items, read anew. Where the server does not count them and there are several pages it reads them twice.

        For an item that another one goes before, between two pages, would be missed otherwise.
        """
        pages = self._anew()
        items = [item for page in pages for item in page["items"]]
        if self._total is None and len(pages) > 1:
            again = [item for page in self._anew() for item in page["items"]]
            if [*map(self._id, items)] != [*map(self._id, again)]:
                raise self._changed("it was read twice, and other items came.")
        return items

    def _anew(self) -> list[ListData[T]]:
        self._first = None
        return [*self.pages()]

    def _id(self, item: Any) -> tuple[str, ...]:
        # ids are numbers in one place and texts in another
        return tuple(str(item[name]) for name in self._key)

    def _add(self, page: ListData[T], seen: set[Any]) -> None:
        """Notes the items of a page."""
        for item in page["items"]:
            key = self._id(item)
            if key in seen:
                what = ", ".join(f"{name} {value}" for name, value in zip(self._key, key, strict=True))
                raise self._changed(f"{what} came twice, so another may be missing.")
            seen.add(key)

    def _changed(self, what: str) -> ListChanged:
        return ListChanged(
            f"the list changed while it was read: {what}",
            operation=self._operation,
            tenant=self._tenant,
            advice="Read it again when nobody else changes it.",
        )


def _total(page: ListData[Any]) -> int | None:
    """What the contract requires, and not every server says."""
    return page.get("total_count")


def _items(count: int | None) -> str:
    return "no count" if count is None else f"{count:,} items"
