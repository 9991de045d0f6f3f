"""Enrollments and tracking written row by row, each with values of its own, in one statement for all rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson
from sqlalchemy import Table, case, exists, func, insert, literal, select, update

from mock_lms.domain.enroll import Terms
from mock_lms.domain.update import Decision
from mock_lms.storage.catalog import new_ids
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import json_rows, json_value
from mock_lms.storage.tables import course_enrollments, tracks

_COLUMNS = (
    *("course_id", "user_id", "id", "level", "assignment_type", "valid_from", "valid_until"),
    *("enrolled_at", "enrolled_by", "updated_at"),
)


def enroll(transaction: Transaction, new: Sequence[tuple[int, int, Terms]], *, at: str, actor_id: int | None) -> None:
    """New enrollments: course, user, and how the user is enrolled."""
    if not new:
        return
    ids = new_ids(transaction, course_enrollments, len(new))
    rows = (
        (
            *(course, user, number, int(terms.level), terms.assignment_type, terms.valid_from, terms.valid_until),
            *(terms.enrolled_at or at, actor_id, at),
        )
        for number, (course, user, terms) in zip(ids, new, strict=True)
    )
    transaction.insert(course_enrollments, _COLUMNS, rows)


Pair = tuple[int, int]
Values = Mapping[str, object]

_rows = json_rows("rows").table_valued("value")


def _pair(table: Table) -> tuple[object, object]:
    """The condition that a row is about this row of the table."""
    course, user = (json_value(_rows.c.value, place, table.c.course_id.type) for place in range(2))
    return table.c.course_id == course, table.c.user_id == user


_START_TRACKING = Statement(
    insert(tracks).from_select(
        ["course_id", "user_id", "status", "time_spent"],
        select(
            *(json_value(_rows.c.value, place, tracks.c.course_id.type) for place in range(2)),
            literal("subscribed"),
            literal(0),
        ).where(~exists().where(*_pair(tracks))),  # type: ignore[arg-type]
    )
)

Shape = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]
_made: dict[Shape, Statement] = {}


def _update(table: Table, shape: Shape) -> Statement:
    """Gives each row's enrollment the values that follow its course and user, in the order of the shape's names."""
    if shape not in _made:
        _, always, if_empty, if_completed = shape
        new = {
            name: json_value(_rows.c.value, place, table.c[name].type)
            for place, name in enumerate((*always, *if_empty, *if_completed), 2)
        }
        values: dict[str, object] = {name: new[name] for name in always}
        values |= {name: func.coalesce(table.c[name], new[name]) for name in if_empty}
        values |= {name: case((table.c.status == "completed", new[name]), else_=table.c[name]) for name in if_completed}
        _made[shape] = Statement(update(table).values(values).where(*_pair(table)))  # type: ignore[arg-type]
    return _made[shape]


def update_each(transaction: Transaction, decisions: Iterable[Decision]) -> None:
    """What `enrollments.update_enrollments` and `update_tracks` do for one decision, for many of small sets."""
    untracked: list[Pair] = []
    rows: dict[Shape, list[tuple[object, ...]]] = {}
    for decision in decisions:
        if_empty = {name: value for name, value in decision.tracking_if_empty.items() if name not in decision.tracking}
        tracking: tuple[Values, Values, Values] = (decision.tracking, if_empty, decision.tracking_if_completed)
        pairs = [(course, user) for course, users in decision.updated.items() for user in users]
        if decision.tracking or if_empty:
            untracked += pairs
        for table, parts in ((course_enrollments, (decision.enrollment, {}, {})), (tracks, tracking)):
            if values := tuple(value for part in parts for value in part.values()):
                always, empty, completed = (tuple(part) for part in parts)
                rows.setdefault((table.name, always, empty, completed), []).extend(pair + values for pair in pairs)
    if untracked:
        transaction.run(_START_TRACKING, rows=_json(untracked))
    for shape, of_shape in rows.items():
        table = tracks if shape[0] == tracks.name else course_enrollments
        transaction.run(_update(table, shape), rows=_json(of_shape))


def _json(rows: Sequence[tuple[object, ...]]) -> str:
    # sorted, so that trees are read in order
    return orjson.dumps(sorted(rows, key=lambda row: row[:2])).decode()
