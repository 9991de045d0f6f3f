"""Sets of ids, and rows of values, in SQL, which SQLite and PostgreSQL write differently."""

from __future__ import annotations

from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType


class among(FunctionElement[bool]):  # noqa: N801 -- reads as the SQL operator that it is
    """`column` is one of the ids, or of the texts, of parameter `name`; its value comes from `Transaction.ids`."""

    # not Boolean: SQLAlchemy would compare that with 1 on SQLite, and no index could be used
    type = cast(Any, NullType())
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        super().__init__(column, bindparam(name))
        self.sql_type = "TEXT[]" if isinstance(column.type, String) else "BIGINT[]"


class id_rows(FunctionElement[int]):  # noqa: N801
    """The ids of parameter `name` as rows, for a select to read from: columns `value` and `position` (from 1)."""

    inherit_cache = True

    def __init__(self, name: str) -> None:
        super().__init__(bindparam(name))


class key_rows(FunctionElement[int]):  # noqa: N801
    """The keys of parameter `name`, a JSON list of lists of numbers, as rows: columns `key0` ... and `row_number`."""

    inherit_cache = False

    def __init__(self, name: str, width: int) -> None:
        super().__init__(bindparam(name))
        self.width = width


class id_list(FunctionElement[str]):  # noqa: N801
    """The column's values in each group as one value, for `ids_of` to read."""

    inherit_cache = True


class json_rows(FunctionElement[str]):  # noqa: N801
    """The arrays of the JSON array that is parameter `name` as rows, for a statement to read from: column `value`."""

    inherit_cache = True

    def __init__(self, name: str) -> None:
        super().__init__(bindparam(name))


class json_value(FunctionElement[Any]):  # noqa: N801
    """What is at `place` (from 0) in the array of a row of `json_rows`, as a value of the SQL type."""

    inherit_cache = False

    def __init__(self, array: ColumnElement[Any], place: int, type_: Any) -> None:
        super().__init__(array)
        self.place, self.type = place, type_


class json_list(FunctionElement[str]):  # noqa: N801
    """The rows of each group as the text of a JSON array, for `rows_of` to read: each an array of these columns."""

    inherit_cache = True


@compiles(among, "sqlite")
def _(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(ids, **kw)}))"


@compiles(among, "postgresql")
def _(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = element.clauses
    return f"{compiler.process(column, **kw)} = ANY(CAST({compiler.process(ids, **kw)} AS {element.sql_type}))"


@compiles(id_rows, "sqlite")
def _(element: id_rows, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(SELECT value, key + 1 AS position FROM json_each({compiler.process(element.clauses, **kw)}))"


@compiles(id_rows, "postgresql")
def _(element: id_rows, compiler: SQLCompiler, **kw: Any) -> str:
    ids = compiler.process(element.clauses, **kw)
    return f"(SELECT value, position FROM unnest(CAST({ids} AS BIGINT[])) WITH ORDINALITY AS e(value, position))"


@compiles(key_rows, "sqlite")
def _(element: key_rows, compiler: SQLCompiler, **kw: Any) -> str:
    columns = "".join(f"json_extract(value, '$[{number}]') AS key{number}, " for number in range(element.width))
    return f"(SELECT {columns}key AS row_number FROM json_each({compiler.process(element.clauses, **kw)}))"


@compiles(key_rows, "postgresql")
def _(element: key_rows, compiler: SQLCompiler, **kw: Any) -> str:
    columns = "".join(f"CAST(value ->> {number} AS BIGINT) AS key{number}, " for number in range(element.width))
    rows = f"json_array_elements(CAST({compiler.process(element.clauses, **kw)} AS JSON)) WITH ORDINALITY"
    return f"(SELECT {columns}row_number FROM {rows} AS e(value, row_number))"


@compiles(id_list, "sqlite")
def _(element: id_list, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **kw)})"


@compiles(id_list, "postgresql")
def _(element: id_list, compiler: SQLCompiler, **kw: Any) -> str:
    return f"array_agg({compiler.process(element.clauses, **kw)})"


@compiles(json_rows, "sqlite")
def _(element: json_rows, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **kw)}))"


@compiles(json_rows, "postgresql")
def _(element: json_rows, compiler: SQLCompiler, **kw: Any) -> str:
    rows = compiler.process(element.clauses, **kw)
    return f"(SELECT value FROM jsonb_array_elements(CAST({rows} AS JSONB)) AS e(value))"


@compiles(json_value, "sqlite")
def _(element: json_value, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **kw)}, '$[{element.place}]')"


@compiles(json_value, "postgresql")
def _(element: json_value, compiler: SQLCompiler, **kw: Any) -> str:
    type_ = compiler.dialect.type_compiler_instance.process(element.type)
    return f"CAST({compiler.process(element.clauses, **kw)} ->> {element.place} AS {type_})"


@compiles(json_list, "sqlite")
def _(element: json_list, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **kw)}))"


@compiles(json_list, "postgresql")
def _(element: json_list, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(json_agg(json_build_array({compiler.process(element.clauses, **kw)})) AS TEXT)"


def rows_of(value: str | None) -> list[list[Any]]:
    """The rows of a `json_list` that came back, in order. Most are empty."""
    return sorted(orjson.loads(value)) if value and value != "[]" else []


def ids_of(value: Any) -> frozenset[int]:
    """The ids of an `id_list` that came back."""
    return frozenset(orjson.loads(value) if isinstance(value, str) else value)
