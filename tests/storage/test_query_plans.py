"""No statement of a bulk call reads a whole table: its cost is that of the pairs, whatever else there is."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.storage.tables import metadata
from tests.support.lms import BULK, Lms

BODY = {"user_ids": [13001, 13002], "course_ids": [204], "learningplan_ids": [31]}
FLAGS = {
    "cascade_unenroll_from_courses_in_selected_learning_plan": True,
    "reset_tracks": True,
    "delete_issued_certificates": True,
}
CALLS: dict[str, Callable[[Lms], Any]] = {
    "bulk_unenroll": lambda lms: lms.call("DELETE", BULK, BODY | FLAGS),
    "unenroll": lambda lms: lms.call("DELETE", f"{BULK}/201/13001"),
    "bulk_enroll": lambda lms: lms.call("POST", BULK, {"user_ids": [13012], "course_ids": [201]}),
    "bulk_update_enrollments": lambda lms: lms.call(
        "PUT", BULK, {"user_ids": [13001], "course_ids": [203], "status": 2}
    ),
    "bulk_enroll_in_learning_plan": lambda lms: lms.call(
        "POST", "/learningplan/v1/learningplans/31/enrollments/bulk", {"items": {"user_ids": [13003]}}
    ),
    "get_enrollment": lambda lms: lms.call("GET", f"{BULK}/201/13001"),
    "list_enrollments of a user": lambda lms: lms.call("GET", f"{BULK}?id_user[]=13001"),
    "list_course_enrollments of a course": lambda lms: lms.call(
        "GET", "/course/v1/courses/enrollments?course_id[]=201"
    ),
}

TABLES = "|".join(table.name for table in metadata.sorted_tables)


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[tuple[Lms, list[str]]]:
    """The demo tenant on SQLite, and every statement that it runs, with its values in it."""
    statements: list[str] = []
    store = SqliteStore(tmp_path / "tenants")
    store.prepare()
    lms = Lms(store)
    lms.tenants.close()
    database = lms.tenant.database

    def trace(connection: sqlite3.Connection, _: object) -> None:
        connection.set_trace_callback(statements.append)

    event.listen(database.engine, "connect", trace)
    yield lms, statements
    lms.tenants.close()


@pytest.mark.parametrize("name", CALLS)
def test_no_table_is_read_whole(traced: tuple[Lms, list[str]], name: str) -> None:
    lms, statements = traced
    statements.clear()
    CALLS[name](lms)
    asked = [each for each in statements if each.lstrip().split(" ")[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}]
    assert len(asked) > 1
    with lms.tenant.database.read() as transaction:
        for statement in asked:
            transaction._cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            for *_, step in transaction._cursor.fetchall():
                assert not re.match(rf"SCAN ({TABLES})\b", step), f"{step}: {statement}"
