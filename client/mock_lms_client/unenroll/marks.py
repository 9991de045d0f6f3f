"""What a restore asked for, written down before each call: a SQLite file beside the backup.

A restore leaves alone what is there already. One that was killed has to know which of these enrollments are its own, to
give them the status that they had. Only who holds the journal of the apply may open it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Self

from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.databases import connect, whole

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (backup TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pairs (number INTEGER PRIMARY KEY, stage TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS others (
  number INTEGER NOT NULL, user_id INTEGER NOT NULL, course_id INTEGER NOT NULL, PRIMARY KEY (number, course_id)
) WITHOUT ROWID
"""


class Mark(StrEnum):
    """How far the restore is with a pair."""

    ASKED = "asked"  # it may be there, and may be without its status
    RESTORED = "restored"


class Marks:
    """Marks at pairs, by their numbers in the journal."""

    def __init__(self, path: Path, backup: str) -> None:
        """Opens or makes it. `backup` is the hash of the backup that the restore is of."""
        self._backup = backup
        self._db = connect(path)
        try:
            # a call is made only after the marks are on the disk
            self._db.execute("PRAGMA synchronous=FULL")
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)
            self._current = self._db.execute("SELECT backup FROM facts").fetchall() == [(backup,)]
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def stages(self, first: int, last: int) -> dict[int, str]:
        """The marks from one number to another."""
        if not self._current:  # they are at the pairs of another apply
            return {}
        return dict(self._db.execute("SELECT number, stage FROM pairs WHERE number BETWEEN ? AND ?", (first, last)))

    def others(self, first: int, last: int) -> set[tuple[int, int]]:
        """User and course of what may come in addition with these pairs, which are learning plans."""
        if not self._current:
            return set()
        return {*self._db.execute("SELECT user_id, course_id FROM others WHERE number BETWEEN ? AND ?", (first, last))}

    def asked(self, numbers: Iterable[int], others: Iterable[tuple[int, int, int]] = ()) -> None:
        """Before calls that bring these back. `others` are the number of a learning plan's pair, user and course."""
        with whole(self._db):
            if not self._current:
                for name in ("facts", "pairs", "others"):
                    self._db.execute(f"DELETE FROM {name}")
                self._db.execute("INSERT INTO facts VALUES (?)", (self._backup,))
                self._current = True
            self._db.executemany(
                "INSERT OR REPLACE INTO pairs VALUES (?, ?)", [(number, Mark.ASKED) for number in numbers]
            )
            self._db.executemany("INSERT OR IGNORE INTO others VALUES (?, ?, ?)", list(others))

    def settle(self, restored: Iterable[int], absent: Iterable[int], not_come: Iterable[tuple[int, int]]) -> None:
        """After reading back: what is done, and what of all this is not there."""
        with whole(self._db):
            self._db.executemany(
                "UPDATE pairs SET stage = ? WHERE number = ?", [(Mark.RESTORED, number) for number in restored]
            )
            self._db.executemany("DELETE FROM pairs WHERE number = ?", [(number,) for number in absent])
            self._db.executemany("DELETE FROM others WHERE user_id = ? AND course_id = ?", list(not_come))


def open_marks(path: Path, backup: str) -> Marks:
    """Raises `Stopped` where the file is none of ours."""
    try:
        return Marks(path, backup)
    except sqlite3.DatabaseError as error:
        line = f"{path} cannot be read ({error}); nothing was done. Without that file, a restore begins anew."
        raise Stopped(line, Exit.NOTHING_DONE) from error
