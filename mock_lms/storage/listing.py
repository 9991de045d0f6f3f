"""Lists: filtered, sorted, one page at a time.

A list reads one *base* table. Filters and sort keys are written against that table alone (what lies in another one is a
subquery), so counting and skipping to a late page never join; only the rows of the page are joined with the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, FromClause, Select, Table, bindparam, func, or_, select

from mock_lms.storage.database import Row, Statement, Transaction


@dataclass(frozen=True, slots=True)
class Query:
    """What part of a list is wanted. A filter that is None or empty is no filter; `limit` 0 wants the total only."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str | None = None
    descending: bool = False
    limit: int = 10
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of the page as tuples, the names of their columns, and how many rows there are in all.

    A row may have columns behind those that are named.
    """

    names: Sequence[str]
    rows: list[Row]
    total: int


SEARCHES = frozenset({"search", "search_users"})
"""The filters by `containing`."""

Made: TypeAlias = tuple[Statement, Statement, tuple[str, ...]]
"""The page, the count, and the names of the page's columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """One list. `key` is its order when none is asked for and breaks every tie, so that no page repeats another.

    `filters` are conditions on `base`, each with one parameter named as the filter; `sorts` are keys on `base`; `shape`
    makes the answer's columns of the page's base rows.
    """

    base: Table
    key: Sequence[str]
    filters: Mapping[str, ColumnElement[bool]]
    sorts: Mapping[str, ColumnElement[Any]]
    shape: Callable[[FromClause], Select[Any]]
    _made: dict[tuple[Any, ...], Made] = field(default_factory=dict)

    def page(self, transaction: Transaction, query: Query) -> Page:
        """Reads the page and counts, in one statement."""
        filters = {name: value for name, value in query.filters.items() if value not in (None, "", [], ())}
        values = {name: transaction.ids(v) if isinstance(v, (list, tuple)) else v for name, v in filters.items()}
        for name in SEARCHES & values.keys():
            values[name] = _pattern(values[name])
        page, count, names = self._statements((frozenset(filters), query.sort, query.descending))
        rows = transaction.rows(page, **values, limit=query.limit, offset=query.offset) if query.limit else []
        # every row brings the total as its last column; where there is no row it has to be asked for
        return Page(names, rows, rows[0][-1] if rows else transaction.number(count, **values))

    def _statements(self, key: tuple[frozenset[str], str | None, bool]) -> Made:
        if key not in self._made:
            names, sort, descending = key
            conditions = [self.filters[name] for name in sorted(names)]
            ties = [self.base.c[name] for name in self.key]
            sort_key = ties[0] if sort is None else self.sorts[sort]
            inner = select(*self.base.c, sort_key.label("sort_key")).where(*conditions)
            order = sort_key.desc() if descending else sort_key.asc()
            inner = inner.order_by(order.nulls_last(), *ties).limit(bindparam("limit")).offset(bindparam("offset"))
            page = inner.subquery("page")
            order = page.c.sort_key.desc() if descending else page.c.sort_key.asc()
            outer = self.shape(page).order_by(order.nulls_last(), *(page.c[name] for name in self.key))
            count = select(func.count()).select_from(self.base).where(*conditions)
            columns = tuple(column.name for column in outer.selected_columns)
            outer = outer.add_columns(count.scalar_subquery())
            self._made[key] = (Statement(outer), Statement(count), columns)
        return self._made[key]


def containing(name: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """One of `columns` contains the text of parameter `name`: upper and lower case are the same, nothing a wildcard."""
    return or_(*(column.ilike(bindparam(name), escape="\\") for column in columns))


def _pattern(text: str) -> str:
    for special in "\\%_":
        text = text.replace(special, "\\" + special)
    return f"%{text}%"
