"""Everything that is held about learners, layer by layer: also what no call of the vendor's API shows."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Table, select

from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import among
from mock_lms.storage.tables import certificates, course_enrollments, learning_plan_enrollments, tracks

LAYERS: dict[str, Table] = {
    "enrollments": course_enrollments,
    "tracking": tracks,
    "certificates": certificates,
    "learning_plans": learning_plan_enrollments,
}
"""The layers, which outlive each other: each with the table that it is."""


def _held(table: Table) -> tuple[tuple[str, ...], Statement]:
    columns = [column for column in table.c if column.name != "user_id"]
    order = [column for column in table.primary_key if column.name != "user_id"]
    statement = select(table.c.user_id, *columns).where(among(table.c.user_id, "users")).order_by(*order)
    return tuple(str(column.name) for column in columns), Statement(statement)


_HELD = {layer: _held(table) for layer, table in LAYERS.items()}


def held(transaction: Transaction, user_ids: Collection[int]) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """By user and layer, every row with all of its columns but the user's."""
    rows: dict[int, dict[str, list[dict[str, Any]]]] = {user: {layer: [] for layer in _HELD} for user in user_ids}
    for layer, (names, statement) in _HELD.items():
        for user, *values in transaction.rows(statement, users=transaction.ids(user_ids)):
            rows[user][layer].append(dict(zip(names, values, strict=True)))
    return rows
