"""Files for people say who and what, not ids alone: the backup, the result of an apply, and that of a restore."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client.conftest import NewStage
from tests.client.harness.stage import Stage, rows_of

SEED: dict[str, Any] = {
    "users": [{"id": 7, "username": "=ana()"}, {"id": 8, "username": "ben"}, {"id": 9, "username": "eve"}],
    "courses": [{"id": 201, "name": "@Safety"}, {"id": 202, "name": "Law\x1b[2J"}],
    "learning_plans": [{"id": 31, "name": "On-\n boarding" + "x" * 99, "courses": [201]}],
    "enrollments": [
        {"user": 7, "course": 201, "status": "completed", "score": 81.5, "completed_at": "2026-02-01 10:00:00"},
        {"user": 8, "course": 201},
        {"user": 8, "course": 202},
    ],
    "learning_plan_enrollments": [{"user": 7, "learning_plan": 31}],
}
TITLE = "On-  boarding" + "x" * 99


@pytest.fixture
def stage(new_stage: NewStage) -> Stage:
    return new_stage(seed=SEED)


@pytest.fixture
def applied(stage: Stage) -> Stage:
    stage.applied([7, 8, 9, 999], courses=[201], plans=[31], cascade=True)
    return stage


def test_the_backup_is_a_table_for_people_as_well(applied: Stage) -> None:
    table = applied.path.with_name("plan.backup.csv")
    kinds = [(row["user_id"], row["username"], row["kind"], row["title"]) for row in rows_of(table)]
    assert kinds == [
        ("7", "'=ana()", "learning plan", TITLE),
        ("7", "'=ana()", "course", "'@Safety"),
        ("8", "ben", "course", "'@Safety"),
    ]
    course = rows_of(table)[1]
    assert {name: course[name] for name in ("target_id", "status", "completed_at", "score", "valid_from")} == {
        "target_id": "201",
        "status": "completed",
        "completed_at": "2026-02-01 10:00:00",
        "score": "81.5",
        "valid_from": "",
    }
    assert table.stat().st_mode & 0o077 == 0


def test_where_nothing_was_done_there_is_no_table_either(stage: Stage) -> None:
    stage.plan([7, 8], courses=[201])
    stage.client().unenroll(201, 7)
    with pytest.raises(Exception, match="no longer as planned"):
        stage.apply()
    assert {path.name for path in stage.folder.iterdir()} == {"plan.json", "plan.journal"}


def verified(stage: Stage) -> list[tuple[str, ...]]:
    stage.verify()
    names = ("user_id", "username", "kind", "title", "result", "reason")
    return [tuple(row[name] for name in names) for row in rows_of(stage.result)]


def test_a_result_says_who_is_gone_and_out_of_what(applied: Stage) -> None:
    assert verified(applied) == [
        ("7", "'=ana()", "learning plan", TITLE, "removed", ""),
        ("7", "'=ana()", "course", "'@Safety", "removed", ""),
        ("8", "ben", "learning plan", TITLE, "already absent", ""),
        ("8", "ben", "course", "'@Safety", "removed", ""),
        ("9", "", "learning plan", TITLE, "already absent", ""),  # no enrollment says what 9 is called
        ("9", "", "course", "'@Safety", "already absent", ""),
        ("999", "", "learning plan", TITLE, "already absent", "no such user here"),
        ("999", "", "course", "'@Safety", "already absent", "no such user here"),
    ]


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("{}")])
def test_without_its_backup_a_result_has_fewer_names_and_is_right(applied: Stage, damage: Any) -> None:
    damage(applied.backup)
    found = verified(applied)
    assert [row[4] for row in found] == ["removed"] * 2 + ["already absent", "removed"] + ["already absent"] * 4
    assert {row[1] for row in found} == {""}


def test_the_result_of_a_restore_says_it_too(applied: Stage) -> None:
    applied.restore()
    assert [(row["username"], row["title"], row["result"]) for row in rows_of(applied.restored)] == [
        ("'=ana()", TITLE, "restored"),
        ("'=ana()", "'@Safety", "restored"),
        ("ben", "'@Safety", "restored"),
    ]


def test_what_a_learning_plan_brings_along_is_named(stage: Stage) -> None:
    stage.applied([7], plans=[31], cascade=False)
    stage.client().unenroll(201, 7)
    stage.restore()
    along = [row for row in rows_of(stage.restored) if row["result"] == "came in addition"]
    assert [(row["username"], row["kind"], row["title"]) for row in along] == [("'=ana()", "course", "'@Safety")]
