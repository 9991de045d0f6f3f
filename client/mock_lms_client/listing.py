"""A list of the LMS, whose pages come as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from mock_lms_client.errors import ListChanged
from mock_lms_client.types import ListData

T = TypeVar("T")


class Listing(Generic[T]):
    """All items of a list. Going through it reads it, going through it again reads it again.

    Rows that come or go meanwhile shift the pages that are still to come, and a plain loop does not see it: who needs
    all of a list takes `complete`.
    """

    def __init__(self, fetch: Callable[[int], ListData[T]], operation: str, tenant: str) -> None:
        self._fetch = fetch
        self._operation, self._tenant = operation, tenant
        self._first: ListData[T] | None = None
        self._total: int | None = None

    def __repr__(self) -> str:
        return f"<Listing {self._operation} at {self._tenant}>"

    @property
    def total_count(self) -> int:
        """How many items there were when the first page was read, which it is now unless it was before."""
        if self._total is None:
            self._first = self._fetch(1)
            self._total = self._first["total_count"]
        return self._total

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page["items"]

    def pages(self) -> Iterator[ListData[T]]:
        """The answers' `data`, each read when it is asked for; for whoever wants a cursor or a count."""
        number, seen = 1, 0
        page = self._first or self._fetch(1)
        self._first = None  # it serves once, since it grows old
        self._total = page["total_count"]
        while True:
            yield page
            seen += len(page["items"])
            if not page["has_more_data"] or not page["items"]:
                return
            if seen > page["total_count"]:  # where would it end?
                raise self._changed(f"more than its {page['total_count']:,} items came, and there are more pages.")
            number += 1
            page = self._fetch(number)

    def complete(self) -> list[T]:
        """All items, read anew. Raises `ListChanged` where the pages do not fit each other."""
        self._first = None
        items: list[T] = []
        total: int | None = None
        for page in self.pages():
            items += page["items"]
            if total is None:
                total = page["total_count"]
            elif page["total_count"] != total:
                raise self._changed(f"it had {total:,} items, then {page['total_count']:,}.")
        if len(items) != total:
            raise self._changed(f"it is said to have {total:,} items, and {len(items):,} came.")
        return items

    def _changed(self, what: str) -> ListChanged:
        return ListChanged(
            f"the list changed while it was read: {what}",
            operation=self._operation,
            tenant=self._tenant,
            advice="Read it again when nobody else changes it.",
        )
