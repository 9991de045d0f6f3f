"""The order of a list: which rows come first, and how to go on behind one of them."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, case, literal_column, select, tuple_

from mock_lms.storage.database import Row, Statement, Transaction

HIGHEST = 2**63 - 1
"""No id is as high."""


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Rows of a list that lie together, in the order of `columns`, in which no two rows are alike.

    `key` says which of the columns are the list's key. `source` is the base table; or another one joined with it, whose
    rows come in the order of the first `outer` columns, each with its rows of the base table in the order of the next,
    which is a number; with `outer` 0 all columns are of one table.
    Where only some rows of the source belong to the section, they fulfil the `condition`.

    Unless it is `scattered`, indexes have the rows in this order, and no column is ever null. If it is `filtered`, its
    condition says what the list's filters say.
    """

    source: FromClause
    columns: Sequence[ColumnElement[Any]]
    key: Sequence[int]
    outer: int = 0
    condition: ColumnElement[bool] | None = None
    scattered: bool = False
    filtered: bool = False


class SectionStatements:
    """What is read of a section, among the rows that fulfil some filters; backwards if the list is `descending`."""

    def __init__(self, section: Section, filters: Sequence[ColumnElement[bool]], *, descending: bool) -> None:
        filters = [] if section.filtered else filters
        columns = list(section.columns)
        own = [] if section.condition is None else [section.condition]
        order = [column.desc() if descending else column.asc() for column in columns]
        if section.scattered:
            order[0] = order[0].nulls_last()

        def statement(wanted: Sequence[ColumnElement[Any]], *conditions: ColumnElement[bool]) -> Statement:
            rows = select(*wanted).select_from(section.source).where(*own, *conditions).order_by(*order)
            return Statement(rows.limit(bindparam("limit")).offset(bindparam("offset")))

        self._key = section.key
        self._head = statement(columns, *filters)
        self._keys = statement([columns[number] for number in section.key], *filters)
        # Where few rows fulfil the filters the database had better find them by an index, and sort them. Where there
        # are many it is to follow the order, so it must not know what the filters ask for.
        hidden = [case((and_(*filters), 1)) == 1] if filters else []
        behind = _behind(columns, section.outer, descending=descending)
        self._all = statement(columns, *hidden)
        self._behind = statement(columns, *hidden, *behind)

    def head(self, transaction: Transaction, values: Mapping[str, Any], limit: int) -> tuple[array[int], Row | None]:
        """The first keys, one number after the other, and the columns of the last one."""
        rows = transaction.rows(self._head, **values, limit=limit, offset=0)
        return array("q", chain.from_iterable(self.keys(rows))), rows[-1] if rows else None

    def many(self, transaction: Transaction, values: Mapping[str, Any], limit: int, offset: int = 0) -> array[int]:
        """Keys, one number after the other."""
        return transaction.numbers(self._keys, **values, limit=limit, offset=offset)

    def behind(
        self, transaction: Transaction, values: Mapping[str, Any], last: Row | None, limit: int, offset: int = 0
    ) -> list[Row]:
        """The columns of the rows behind the `last` one, or from the first on where that is None; skips so many."""
        if last is None:
            return transaction.rows(self._all, **values, limit=limit, offset=offset)
        lasts = {f"last{number}": value for number, value in enumerate(last)}
        return transaction.rows(self._behind, **values, **lasts, limit=limit, offset=offset)

    def keys(self, rows: Sequence[Row]) -> list[Sequence[int]]:
        return [[row[number] for number in self._key] for row in rows]


def _behind(columns: Sequence[ColumnElement[Any]], outer: int, *, descending: bool) -> Sequence[ColumnElement[bool]]:
    """What the rows behind the `last` one fulfil, said so that they can be looked up."""
    lasts = [bindparam(f"last{number}", type_=column.type) for number, column in enumerate(columns)]
    here, there = tuple_(*columns[: outer or None]), tuple_(*lasts[: outer or None])
    if not outer:
        return [here < there if descending else here > there]
    inner = columns[outer]
    nowhere: ColumnElement[int] = literal_column(str(HIGHEST if descending else -1))
    last = case((here == there, lasts[outer]), else_=nowhere)
    return [here <= there, inner < last] if descending else [here >= there, inner > last]
