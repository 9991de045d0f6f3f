"""A backup that `restore` does not take."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll import backup_file
from mock_lms_client.unenroll.document import Document, Writer
from mock_lms_client.unenroll.files import marks_of
from mock_lms_client.unenroll.journal import Journal
from mock_lms_client.unenroll.marks import Marks

from mock_lms.testing import MockTenant
from tests.client.made import Made, made
from tests.client.support import client_of
from tests.client.unenroll.restore.tenants import (
    call,
    number_of_writes,
)


def stops(case: Made, words: str) -> None:
    """It says so, as somebody who did nothing."""
    with pytest.raises(Stopped, match=words) as stopped:
        case.restore()
    assert stopped.value.code == Exit.NOTHING_DONE
    assert number_of_writes(case.lms) == 0


@pytest.fixture
def applied(lms: MockTenant, tmp_path: Path) -> Made:
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    case.apply()
    return case


def test_a_backup_that_was_edited_is_of_no_use(applied: Made) -> None:
    applied.backup.write_text(applied.backup.read_text().replace("ana.silva", "ana.selva"))
    stops(applied, "sha256")


def test_a_backup_is_its_own_tenants(applied: Made, tenant: Callable[..., MockTenant]) -> None:
    applied.lms = tenant()
    applied.client = client_of(applied.lms)
    stops(applied, "is of")


def test_a_backup_needs_its_journal(applied: Made) -> None:
    applied.journal.rename(applied.journal.with_name("elsewhere"))
    stops(applied, "lacks its journal")
    assert not applied.journal.exists()


def test_a_journal_is_looked_for_beside_its_backup_whatever_the_backup_says(applied: Made) -> None:
    elsewhere = applied.journal.parent / "elsewhere"
    elsewhere.mkdir()
    applied.journal.rename(elsewhere / applied.journal.name)
    found = Document(applied.backup, backup_file.FORM, backup_file.ROWS)
    lines = [line.decode() for line in found.lines()]
    header = {**found.header, "journal": "elsewhere/plan.journal"}
    with Writer(applied.backup, backup_file.FORM, backup_file.ROWS, header) as new:
        new.add(lines)
        new.close(found.summary)
    stops(applied, "lacks its journal")


def test_a_journal_of_another_backup_is_none(applied: Made) -> None:
    with Journal(applied.journal) as journal:
        journal.note(backup="another")
    stops(applied, "another backup")


def test_a_journal_with_other_pairs_is_none(applied: Made) -> None:
    with sqlite3.connect(applied.journal) as db:
        db.execute("DELETE FROM pairs WHERE number = 1")
    db.close()
    stops(applied, "do not fit")


def test_marks_that_are_damaged_are_said_to_be(applied: Made) -> None:
    marks_of(applied.backup).write_text("no marks" * 1000)
    stops(applied, "cannot be read")


def test_two_restores_do_not_work_at_once(applied: Made) -> None:
    with Journal(applied.journal):
        stops(applied, "in use")


def test_the_marks_of_an_earlier_backup_are_of_no_use(applied: Made) -> None:

    with Marks(marks_of(applied.backup), "an earlier one") as marks:
        marks.asked([1, 2], [(1, 13001, 203)])
    call(applied.lms, "POST", {"user_ids": [13001, 13002], "course_ids": [202], "level": 4})
    assert applied.restore().results == {"already there": 2}
