"""Lists: parameters in, the vendor's pagination envelope out. Source: docebo-api.md 7."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from mock_lms.api.answers import Answer
from mock_lms.api.queries import ListQuery
from mock_lms.http.requests import envelope, query
from mock_lms.services.lists import Page, Query

LARGEST_PAGE = 200

PAGING = {"page", "page_size", "sort_attr", "sort_dir", "get_cursor", "cursor", "match_type"}


class Asked:
    """The page that a request asks for."""

    def __init__(self, schema: type[ListQuery]) -> None:
        """Reads the current request. Raises what `requests.query` raises."""
        values: Mapping[str, Any] = query(schema)
        self.page = max(1, values["page"])
        self.size = min(values["page_size"], LARGEST_PAGE)
        self.sort: str | None = values.get("sort_attr")
        self.descending = values.get("sort_dir") == "desc"
        self.filters = {name: value for name, value in values.items() if name not in PAGING}
        self.exact = "match_type" in values
        self.cursor: str | None = values.get("cursor")

    def query(self, **filters: Any) -> Query:
        """What `services.lists` takes; `filters` in place of those that were asked for."""
        return Query(filters or self.filters, self.sort, self.descending, self.size, (self.page - 1) * self.size)


def page_of(answer: type[Answer], asked: Asked, page: Page) -> Response:
    """The page, each row as `answer`."""
    return paged(asked, answer.of_rows(page.names, page.rows), page.total)


def paged(asked: Asked, items: Sequence[Mapping[str, Any]], total: int, **more: Any) -> Response:
    """A page of items, of so many in all."""
    sort = [{"sort_attr": asked.sort, "sort_dir": "desc" if asked.descending else "asc"}] if asked.sort else []
    return envelope(
        {
            "items": items,
            "count": len(items),
            "has_more_data": asked.page * asked.size < total,
            "cursor": asked.cursor,
            "current_page": asked.page,
            "current_page_size": asked.size,
            "total_page_count": -(-total // asked.size),
            "total_count": total,
            "sort": sort,
            **more,
        }
    )
