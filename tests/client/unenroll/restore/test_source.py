"""A backup that `restore` does not take."""

from __future__ import annotations

import sqlite3

import pytest
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll import backup_file
from mock_lms_client.unenroll.document import Document, Writer
from mock_lms_client.unenroll.files import marks_of
from mock_lms_client.unenroll.journal import Journal
from mock_lms_client.unenroll.marks import Marks

from tests.client.conftest import NewTenant
from tests.client.harness.stage import Stage
from tests.client.unenroll.restore.checks import number_of_writes


def stops(stage: Stage, words: str) -> None:
    """It says so, as somebody who did nothing."""
    with pytest.raises(Stopped, match=words) as stopped:
        stage.restore()
    assert stopped.value.code == Exit.NOTHING_DONE
    assert number_of_writes(stage) == 0


@pytest.fixture
def applied(stage: Stage) -> Stage:
    stage.applied([13001, 13002], courses=[202])
    return stage


def test_a_backup_that_was_edited_is_of_no_use(applied: Stage) -> None:
    applied.backup.write_text(applied.backup.read_text().replace("ana.silva", "ana.selva"))
    stops(applied, "sha256")


def test_a_backup_is_its_own_tenants(applied: Stage, new_tenant: NewTenant) -> None:
    stops(Stage(new_tenant(), applied.folder), "is of")


def test_a_backup_needs_its_journal(applied: Stage) -> None:
    applied.journal.rename(applied.journal.with_name("elsewhere"))
    stops(applied, "lacks its journal")
    assert not applied.journal.exists()


def test_a_journal_is_looked_for_beside_its_backup_whatever_the_backup_says(applied: Stage) -> None:
    elsewhere = applied.journal.parent / "elsewhere"
    elsewhere.mkdir()
    applied.journal.rename(elsewhere / applied.journal.name)
    backup = Document(applied.backup, backup_file.FORM, backup_file.ROWS)
    lines = [line.decode() for line in backup.lines()]
    header = {**backup.header, "journal": "elsewhere/plan.journal"}
    with Writer(applied.backup, backup_file.FORM, backup_file.ROWS, header) as new:
        new.add(lines)
        new.close(backup.summary)
    stops(applied, "lacks its journal")


def test_a_journal_of_another_backup_is_none(applied: Stage) -> None:
    with Journal(applied.journal) as journal:
        journal.note(backup="another")
    stops(applied, "another backup")


def test_a_journal_with_other_pairs_is_none(applied: Stage) -> None:
    with sqlite3.connect(applied.journal) as db:
        db.execute("DELETE FROM pairs WHERE number = 1")
    db.close()
    stops(applied, "do not fit")


def test_marks_that_are_damaged_are_said_to_be(applied: Stage) -> None:
    marks_of(applied.backup).write_text("no marks" * 1000)
    stops(applied, "cannot be read")


def test_two_restores_do_not_work_at_once(applied: Stage) -> None:
    with Journal(applied.journal):
        stops(applied, "in use")


def test_the_marks_of_an_earlier_backup_are_of_no_use(applied: Stage) -> None:

    with Marks(marks_of(applied.backup), "an earlier one") as marks:
        marks.asked([1, 2], [(1, 13001, 203)])
    applied.client().bulk_enroll([13001, 13002], [202], level=4)
    assert applied.restore().results == {"already there": 2}
