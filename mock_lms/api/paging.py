"""Lists: parameters in, the vendor's pagination envelope out. Source: docebo-api.md 7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from mock_lms.api.answers import Answer
from mock_lms.api.queries import ListQuery
from mock_lms.http.call import tenant
from mock_lms.http.requests import envelope, query
from mock_lms.services.lists import Page, Query

LARGEST_PAGE = 200

NO_FILTERS = {"page", "page_size", "sort_attr", "sort_dir", "get_cursor", "cursor", "return_courses"}
"""The parameters that say how to list, not what."""


class PageRequest:
    """Which page of which list the current request is for.

    `query` is what `services.lists` takes, `values` is everything that the request named.
    """

    def __init__(self, schema: type[ListQuery]) -> None:
        """Reads the current request. Raises what `requests.query` raises."""
        self.values: Mapping[str, Any] = query(schema, tenant().policy)
        values = self.values
        self.page = max(1, values["page"])
        self.size = min(values["page_size"], LARGEST_PAGE)
        self.cursor: str | None = values.get("cursor")
        self.query = Query(
            filters={name: value for name, value in values.items() if name not in NO_FILTERS},
            sort=values.get("sort_attr"),
            descending=values.get("sort_dir") == "desc",
            limit=self.size,
            offset=(self.page - 1) * self.size,
        )


def page_of(answer: type[Answer], request: PageRequest, *parts: Page, **more: Any) -> Response:
    """The page that was requested, each row of its parts as `answer`, and `more` beside the vendor's fields."""
    items = [item for part in parts for item in answer.of_rows(part.names, part.rows)]
    total = sum(part.total for part in parts)
    order = request.query
    sort = [{"sort_attr": order.sort, "sort_dir": "desc" if order.descending else "asc"}] if order.sort else []
    return envelope(
        {
            "items": items,
            "count": len(items),
            "has_more_data": request.page * request.size < total,
            "cursor": request.cursor,
            "current_page": request.page,
            "current_page_size": request.size,
            "total_page_count": -(-total // request.size),
            "total_count": total,
            "sort": sort,
            **more,
        }
    )
