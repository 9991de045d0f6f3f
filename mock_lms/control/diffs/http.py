"""Comparing two states: as JSON, as CSV, for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from flask import Response
from marshmallow import ValidationError

from mock_lms.control.blueprint import bp
from mock_lms.control.diffs import service
from mock_lms.control.diffs.service import Change, Diff
from mock_lms.control.requests import ControlBody
from mock_lms.http.call import tenant, tenants
from mock_lms.http.fields import JsonSchema, Text
from mock_lms.http.query_fields import QueryNumber
from mock_lms.http.requests import json_response, query

MOST = 100_000
THINGS = {
    "enrollments": "enrollment",
    "tracking": "tracking",
    "certificates": "certificate",
    "learning_plans": "learning plan",
}
COLUMNS = [name for name in Change.__slots__ if name not in {"before", "after"}]
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ChangeLimit(QueryNumber):
    """How many changes are shown: a whole number up to `MOST`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("", 0, **kwargs)

    def json_schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.low, "maximum": MOST}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        limit = super()._deserialize(value, attr, data, **kwargs)
        if limit > MOST:
            raise ValidationError(f"at most {MOST:,} changes are shown; the summary counts all.")
        return limit


class Compare(ControlBody):
    before = Text("MockState", most=60, load_default="seed")
    after = Text("MockState", most=60, load_default="now")
    limit = ChangeLimit(load_default=1_000)


@bp.get("/diff")
def diff() -> Response:
    compared = _diff()
    content = {name: getattr(compared, name) for name in ("before", "after", "summary", "changes", "truncated")}
    return json_response(content)


@bp.get("/diff.csv")
def diff_csv() -> Response:
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow([*COLUMNS, "before", "after"])
    for change in _diff().changes:
        rows = [orjson.dumps(row).decode() if row else None for row in (change.before, change.after)]
        writer.writerow([_cell(value) for value in [*(getattr(change, name) for name in COLUMNS), *rows]])
    return Response(sheet.getvalue(), mimetype="text/csv")


@bp.get("/diff.txt")
def diff_text() -> Response:
    return Response("".join(f"{line}\n" for line in _lines(_diff())), mimetype="text/plain")


def _diff() -> Diff:
    return service.diff(tenants(), tenant(), **query(Compare))


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is kept from being one."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _lines(diff: Diff) -> Iterator[str]:
    yield f"From {diff.before} to {diff.after}"
    yield ""
    yield f"{'':16}{'lost':>10}{'gained':>10}{'changed':>10}"
    for layer, counts in diff.summary.items():
        yield f"{layer.replace('_', ' '):16}" + "".join(f"{count:>10,}" for count in counts.values())
    total = sum(sum(counts.values()) for counts in diff.summary.values())
    yield ""
    if not total:
        yield "Nobody lost, gained or changed anything."
        return
    for change in diff.changes:
        yield _line(change)
    if diff.truncated:
        yield f"... and {total - len(diff.changes):,} more."


def _line(change: Change) -> str:
    kind, target = ("course", change.course_id) if change.course_id is not None else ("plan", change.learning_plan_id)
    who = f"{_plain(change.username)} ({change.user_id})"
    line = f"{change.change:9}{THINGS[change.layer]:15}{who}  {_plain(change.name)} ({kind} {target})"
    if change.before and change.after:
        changes = [(name, old, change.after[name]) for name, old in change.before.items() if old != change.after[name]]
        line += "  " + ", ".join(f"{name} {_said(old)} -> {_said(new)}" for name, old, new in changes)
    return line


def _said(value: Any) -> str:
    return "nothing" if value is None else _plain(str(value))


def _plain(text: str | None) -> str:
    """On one line, and nothing that a terminal would obey."""
    if text is None:
        return "?"
    return text if text.isprintable() else ascii(text)
