"""What lies beside a plan."""

from __future__ import annotations

from pathlib import Path


def backup_of(plan: Path) -> Path:
    """What was there before: `plan.backup.json`."""
    return plan.with_suffix(".backup.json")


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


def _stem(backup: Path, suffix: str) -> Path:
    return backup.with_name(backup.name.removesuffix(".json").removesuffix(".backup") + suffix)
