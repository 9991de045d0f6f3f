"""A backup as a file: the rows of all enrollments that a plan removes, as the API showed them before."""

from __future__ import annotations

from pathlib import Path

from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.document import Damaged, Document

FORM, ROWS = "mock-lms-client backup 1", "enrollments"


def open_backup(path: Path, done: str = "nothing was done") -> Document:
    """Raises `Stopped` where it is not as it was written. `done` ends the message: what was done so far."""
    try:
        return Document(path, FORM, ROWS)
    except Damaged as error:
        raise Stopped(f"{error}; {done}", Exit.NOTHING_DONE) from error
    except FileNotFoundError as error:
        raise Stopped(f"the backup {path} is gone; nothing more was done", Exit.NOTHING_DONE) from error
