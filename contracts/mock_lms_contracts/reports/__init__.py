"""What a run found, for programs and for people: six files, all made of `report.json`, which has a published schema."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mock_lms_contracts import terminal
from mock_lms_contracts.reports import badge, html, junit, markdown, sarif

Report = Mapping[str, Any]
"""As `report.schema.json` has it."""


def as_json(report: Report) -> str:
    return f"{terminal.as_json(report)}\n"


FILES: Mapping[str, Callable[[Report], str]] = {
    "report.json": as_json,
    "junit.xml": junit.render,
    "report.html": html.render,
    "report.sarif": sarif.render,
    "badge.json": badge.render,
    "summary.md": markdown.render,
}


def prepare(folder: Path) -> None:
    """Makes the folder, and takes away what an earlier run wrote: a run that breaks off has no report.

    Raises `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".report-", dir=folder)  # whether one can write here is known before
    os.close(descriptor)
    Path(name).unlink()
    for file in FILES:
        (folder / file).unlink(missing_ok=True)


def write(report: Report, folder: Path) -> None:
    """All are rendered before one is written, and none is there in part. Raises `OSError`."""
    rendered = {name: render(report) for name, render in FILES.items()}
    for name, text in rendered.items():
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=folder)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(temporary).chmod(0o666 & ~_umask())  # as any file that one writes
            Path(temporary).replace(folder / name)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
