"""Lists: filtered, sorted, one page at a time.

A list reads one *base* table. Filters and sort keys are written against that table alone (what lies in another one is a
subquery), so finding the page's keys never joins; only the rows of these keys are joined with the rest.

A page costs as much wherever it is, since the keys are remembered for as long as nobody writes: the first of a list, or
all. Of a long list whose order an index has (`walks`) there are marks instead, behind which the page is read.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import ColumnElement, FromClause, Select, Table, bindparam, func, or_, select

from mock_lms.storage.database import Row, Statement, Transaction
from mock_lms.storage.elements import key_rows
from mock_lms.storage.known_lists import KNOWN, KnownList, Mark
from mock_lms.storage.orders import Section, SectionStatements

STEP = 1_000
"""Rows from one mark to the next. They are skipped in less time than it takes to make a page of rows."""

FIRST = 20_000
"""Keys that are remembered of a filtered list without marks. Where a list has fewer rows, there may be so many others
between two of them that they cannot be skipped in that time."""

FEW = 20
"""Keys that are read at least of a list without filters. It is not more, since the next call may follow a write."""

ALL = 1_000_000
"""Keys that are remembered of a list that has no marks. Later ones are looked up with each page."""

_position = itemgetter(-1)


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


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """One list. `key` is its order when none is asked for and breaks every tie, so that no page repeats another. It is
    made of numbers, and no two rows of `base` have the same one.

    `filters` are conditions on `base`, each with one parameter named as the filter; `sorts` are keys on `base`; `shape`
    makes the answer's columns of base rows.

    `walks` are the sections of each sort whose order an index has, but for that of the primary key. In such an order
    ties descend where the list does. `alone` has filters which, if there is no other filter or sort, are the condition
    of a section. `asked` turns the filters into those that say the same for less.
    """

    base: Table
    key: Sequence[str]
    filters: Mapping[str, ColumnElement[bool]]
    sorts: Mapping[str, ColumnElement[Any]]
    shape: Callable[[FromClause], Select[Any]]
    walks: Mapping[str, Sequence[Section]] = field(default_factory=dict)
    alone: Mapping[str, Section] = field(default_factory=dict)
    asked: Callable[[dict[str, Any]], dict[str, Any]] = lambda filters: filters
    _found: dict[tuple[Any, ...], _Keys] = field(default_factory=dict)
    _shaped: list[tuple[Statement, tuple[str, ...]]] = field(default_factory=list)

    def page(self, transaction: Transaction, query: Query) -> Page:
        """Reads the page, and how many rows there are. Nothing may change meanwhile: `Database.read` sees to that."""
        filters = self.asked({name: value for name, value in query.filters.items() if value not in (None, "", [], ())})
        values = {name: transaction.ids(v) if isinstance(v, (list, tuple)) else v for name, v in filters.items()}
        for name in SEARCHES & values.keys():
            values[name] = _pattern(values[name])
        keys, total = self._keys(frozenset(filters), query).page(transaction, values, query.limit, query.offset)
        names, rows = self.rows(transaction, keys)
        return Page(names, rows, total)

    def rows(self, transaction: Transaction, keys: Sequence[Sequence[int]]) -> tuple[Sequence[str], list[Row]]:
        """The names of the columns, and the rows of these keys in their order, as far as there are any."""
        if not self._shaped:
            self._shaped.append(self._shape())
        statement, names = self._shaped[0]
        rows = transaction.rows(statement, keys=orjson.dumps(keys).decode()) if keys else []
        rows.sort(key=_position)
        return names, rows

    def _shape(self) -> tuple[Statement, tuple[str, ...]]:
        columns = [f"key{number}" for number in range(len(self.key))]
        keys = key_rows("keys", len(self.key)).table_valued(*columns, "row_number")
        same = [self.base.c[name] == keys.c[column] for name, column in zip(self.key, columns, strict=True)]
        page = select(*self.base.c, keys.c.row_number).where(*same).subquery("page")
        rows = self.shape(page)
        names = tuple(column.name for column in rows.selected_columns)
        return Statement(rows.add_columns(page.c.row_number)), names

    def _keys(self, names: frozenset[str], query: Query) -> _Keys:
        order = names, query.sort, query.descending
        if order not in self._found:
            filters = [self.filters[name] for name in sorted(names)]
            (only,) = names if len(names) == 1 and query.sort is None else [""]
            if only in self.alone:
                sections: Sequence[Section] = [self.alone[only]]
            else:
                sections = self._sections(query.sort)
            self._found[order] = _Keys(self.base, len(self.key), filters, sections, descending=query.descending)
        return self._found[order]

    def _sections(self, sort: str | None) -> Sequence[Section]:
        if sort is not None and sort in self.walks:
            return self.walks[sort]
        key = [self.base.c[name] for name in self.key]
        sort_key = key[0] if sort is None else self.sorts[sort]
        if sort_key is key[0]:
            scattered = key != list(self.base.primary_key)
            return [Section(self.base, key, range(len(key)), scattered=scattered)]
        return [Section(self.base, [sort_key, *key], range(1, 1 + len(key)), scattered=True)]


class _Keys:
    """The keys of a list that is filtered and sorted in one way, whatever the values of its filters."""

    def __init__(
        self,
        base: Table,
        width: int,
        filters: Sequence[ColumnElement[bool]],
        sections: Sequence[Section],
        *,
        descending: bool,
    ) -> None:
        self._width = width
        self._is_filtered = bool(filters)
        self._is_scattered = any(section.scattered for section in sections)
        self._is_joined = any(section.source is not base for section in sections)
        self._count = Statement(select(func.count()).select_from(base).where(*filters))
        self._sections = [SectionStatements(section, filters, descending=descending) for section in sections]

    def page(
        self, transaction: Transaction, values: Mapping[str, Any], limit: int, offset: int
    ) -> tuple[list[Sequence[int]], int]:
        """The keys of these rows, and how many there are in all."""
        version = transaction.version()
        name = (version, self, _digest(values))
        known = KNOWN.get(name)
        if known is None:
            known = self._begin(transaction, values, limit + offset)
            self._remember(name, known)
        near = max(STEP, len(known.first) // self._width)
        is_far = offset + limit > near and known.total > near
        if is_far and near < ALL and self._is_joined and not transaction.database.follows_indexes:
            known = self._all(transaction, values)
            self._remember(name, known)
        keys = known.keys(offset, limit)
        missing = min(offset + limit, known.total) - max(offset, len(known.first) // self._width)
        if missing <= 0:
            return keys, known.total
        offset += len(keys)
        if self._is_scattered:
            numbers = self._sections[0].many(transaction, values, missing, offset)
            return keys + KnownList(0, self._width, numbers).keys(0, missing), known.total
        if not known.is_marked and offset > known.marks[0].rows + STEP:
            known = self._marked(transaction, values, known)
            self._remember(name, known)
        return keys + self._walk(transaction, values, known.mark(offset), missing, offset), known.total

    @staticmethod
    def _remember(name: tuple[Any, ...], known: KnownList) -> None:
        if name[0] is not None:
            KNOWN.put(name, known)

    def _begin(self, transaction: Transaction, values: Mapping[str, Any], end: int) -> KnownList:
        """The first keys, and the total. Of a list without filters they need only go to the `end` of a page."""
        if self._is_scattered or (self._is_filtered and not transaction.database.follows_indexes):
            return self._all(transaction, values)
        most = FIRST if self._is_filtered else min(max(FEW, end), STEP)
        first = array("q")
        total = 0
        for number, section in enumerate(self._sections):  # noqa: B007 -- the section where the first keys end
            keys, last = section.head(transaction, values, most - total)
            first += keys
            total = len(first) // self._width
            if total == most:
                break
        else:
            return KnownList(total, self._width, first)
        known = KnownList(total, self._width, first, [Mark(total, number, last)])
        if self._is_filtered:
            # all rows have to be gone through for the total: so this is the time to leave marks
            return self._marked(transaction, values, known)
        return replace(known, total=transaction.number(self._count, **values))

    def _all(self, transaction: Transaction, values: Mapping[str, Any]) -> KnownList:
        """All keys, unless there are too many."""
        keys = array("q")
        for section in self._sections:
            if room := ALL - len(keys) // self._width:
                keys += section.many(transaction, values, room)
        total = len(keys) // self._width
        if total == ALL:
            total = transaction.number(self._count, **values)
        return KnownList(total, self._width, keys, [Mark(0, 0, None)])

    def _marked(self, transaction: Transaction, values: Mapping[str, Any], known: KnownList) -> KnownList:
        marks = list(known.marks)
        total, last = marks[0].rows, marks[0].last
        for number in range(marks[0].section, len(self._sections)):
            section = self._sections[number]
            if number > marks[0].section:
                last = None
                marks.append(Mark(total, number, last))
            while rows := section.behind(transaction, values, last, 1, STEP - 1):
                last, total = rows[0], total + STEP
                marks.append(Mark(total, number, last))
            total += len(section.behind(transaction, values, last, STEP))
        return replace(known, total=total, marks=marks, is_marked=True)

    def _walk(
        self, transaction: Transaction, values: Mapping[str, Any], mark: Mark, limit: int, offset: int
    ) -> list[Sequence[int]]:
        """The keys of these rows, read behind a mark."""
        last, skipped = mark.last, offset - mark.rows
        keys: list[Sequence[int]] = []
        for section in self._sections[mark.section :]:
            keys += section.keys(section.behind(transaction, values, last, limit - len(keys), skipped))
            if len(keys) == limit:
                break
            last, skipped = None, 0
        return keys


def containing(name: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """One of `columns` contains the text of parameter `name`: upper and lower case are the same, nothing a wildcard."""
    return or_(*(column.ilike(bindparam(name), escape="\\") for column in columns))


def _pattern(text: str) -> str:
    for special in "\\%_":
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def _digest(values: Mapping[str, Any]) -> bytes:
    """What tells the values of the filters from any others."""
    return blake2b(orjson.dumps(values, option=orjson.OPT_SORT_KEYS)).digest() if values else b""
