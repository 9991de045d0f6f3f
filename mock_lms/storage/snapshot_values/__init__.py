"""What each column of a snapshot's file may hold: what a seed or the API could have put there, and nothing else.

A file's checksum says that it is whole, not that a server wrote it. What is in it is shown by every list, so a word
that is none of ours or a number that nobody can count to would fail calls long after the import.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Table

from mock_lms.storage.snapshot_values.around import AROUND
from mock_lms.storage.snapshot_values.checks import Check
from mock_lms.storage.snapshot_values.core import CORE
from mock_lms.storage.tables import course_enrollments

CHECKS: Mapping[Table, Mapping[str, Check]] = {**CORE, **AROUND}
"""By table and column, all that a file has."""

UNIQUE: tuple[Column[Any], ...] = (course_enrollments.c.id,)
"""What no two rows share, though the database does not say so."""
