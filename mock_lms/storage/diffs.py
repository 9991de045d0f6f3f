"""What differs between two states of learners, layer by layer, found by the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from mock_lms.storage.database import Transaction
from mock_lms.storage.learners import LAYERS

CHANGES = ("lost", "gained", "changed")

TARGETS = {"course_id": "courses", "learning_plan_id": "learning_plans"}
"""What holds the names of what these columns point to."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is in one of the states only, or differs."""

    layer: str
    change: str
    user_id: int
    username: str | None
    course_id: int | None
    learning_plan_id: int | None
    name: str | None
    """Of the course or learning plan."""

    before: dict[str, Any] | None
    after: dict[str, Any] | None
    """All else that the row says."""


class Comparison:
    """Two states that one transaction sees, by the names of their schemas."""

    def __init__(self, transaction: Transaction, before: str, after: str) -> None:
        self._transaction = transaction
        self._before, self._after = before, after

    def count(self, layer: str, change: str) -> int:
        """How many rows there are of it."""
        return int(self._transaction.execute(f"SELECT count(*) FROM {self._differing(LAYERS[layer], change)}")[0][0])

    def changes(self, layer: str, change: str, limit: int) -> Iterator[Change]:
        """The first so many, by user and target."""
        table = LAYERS[layer]
        sides = {"lost": "o", "gained": "n", "changed": "on"}[change]
        main = sides[-1]
        targets = [name for name in TARGETS if name in table.c]
        shown = [str(column.name) for column in table.c if column.name not in {"user_id", *TARGETS}]
        keys = [f"{main}.{name}" if name in targets else "CAST(NULL AS bigint)" for name in ("user_id", *TARGETS)]
        keys[0] = f"{main}.user_id"
        values = [f"{side}.{name}" for side in sides for name in shown]
        names = [f"k{number}" for number in range(3)] + [f"v{number}" for number in range(len(values))]
        own = ", ".join(f"{value} AS {name}" for value, name in zip([*keys, *values], names, strict=True))
        order = ", ".join(f"coalesce({main}.{name}, 0)" for name in ("user_id", *targets, *_key(table)))
        named = [self._name("k0", "users", "username")]
        named += [self._name(f"k{1 + number}", source, "name") for number, source in enumerate(TARGETS.values())]
        rows = self._transaction.execute(
            f"SELECT {', '.join(names)}, {named[0]}, coalesce({', '.join(named[1:])}) FROM (SELECT {own}, "
            f"row_number() OVER (ORDER BY {order}) AS position FROM {self._differing(table, change)} "
            f"ORDER BY position LIMIT {int(limit)}) AS r ORDER BY position"
        )
        for user, course, plan, *cells, username, name in rows:
            parts = iter(cells)
            says = {side: dict(zip(shown, parts, strict=False)) for side in sides}
            yield Change(layer, change, user, username, course, plan, name, says.get("o"), says.get("n"))

    def _name(self, key: str, source: str, column: str) -> str:
        """What it is called in the later state; in the earlier one, where it is gone."""
        both = (f"(SELECT {column} FROM {state}.{source} WHERE id = r.{key})" for state in (self._after, self._before))
        return f"coalesce({', '.join(both)})"

    def _differing(self, table: Table, change: str) -> str:
        """Where SQL finds the rows that are o and n, before and after."""
        old, new = f"{self._before}.{table.name} AS o", f"{self._after}.{table.name} AS n"
        same = _same(table)
        if change == "lost":
            return f"{old} WHERE NOT EXISTS (SELECT 1 FROM {new} WHERE {same})"
        if change == "gained":
            return f"{new} WHERE NOT EXISTS (SELECT 1 FROM {old} WHERE {same})"
        differs = "IS NOT" if self._transaction.database.kind == "sqlite" else "IS DISTINCT FROM"
        values = [column.name for column in table.c if column.name not in {*_key(table), "user_id", *TARGETS}]
        return f"{old} JOIN {new} ON {same} WHERE {' OR '.join(f'o.{name} {differs} n.{name}' for name in values)}"


def _key(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _same(table: Table) -> str:
    """A certificate of the same id but another's is not the same one: the states may be of two tenants."""
    names = dict.fromkeys([*_key(table), *(name for name in ("user_id", *TARGETS) if name in table.c)])
    return " AND ".join(
        f"coalesce(o.{name}, 0) = coalesce(n.{name}, 0)" if table.c[name].nullable else f"o.{name} = n.{name}"
        for name in names
    )
