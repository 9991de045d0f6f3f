"""What lies beside a plan."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def backup_of(plan: Path) -> Path:
    """What was there before: `plan.backup.json`."""
    return plan.with_suffix(".backup.json")


def table_of(plan: Path) -> Path:
    """The same for people: `plan.backup.csv`."""
    return plan.with_suffix(".backup.csv")


def journal_of(plan: Path) -> Path:
    """What was done: `plan.journal`."""
    return plan.with_suffix(".journal")


def result_of(plan: Path) -> Path:
    """What became of each pair: `plan.result.csv`."""
    return plan.with_suffix(".result.csv")


def marks_of(backup: Path) -> Path:
    """What a restore asked for: `plan.restoring`."""
    return _stem(backup, ".restoring")


def restored_of(backup: Path) -> Path:
    """What became of each enrollment that a restore was to bring back: `plan.restored.csv`."""
    return _stem(backup, ".restored.csv")


def new_beside(path: Path) -> tuple[Path, int]:
    """Makes a file that is to take the place of another, for its owner only. Its path, and a descriptor to write to.

    It has a name that nobody knows beforehand, and what has that name already is not written to.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    return temporary, os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _stem(backup: Path, suffix: str) -> Path:
    return backup.with_name(backup.name.removesuffix(".json").removesuffix(".backup") + suffix)
