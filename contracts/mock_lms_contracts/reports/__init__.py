"""What a run found, in six files for programs and people. All are made from `report.json`, which has a schema."""

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
"""The content of `report.json`, as `report.schema.json` describes it."""


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
    """Makes the folder and deletes the report of an earlier run, so that a run that crashes leaves none.

    Raises `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".report-", dir=folder)  # fails now, not after the run
    os.close(descriptor)
    Path(name).unlink()
    for file in FILES:
        (folder / file).unlink(missing_ok=True)


def write(report: Report, folder: Path) -> None:
    """Renders all files before it writes the first, and replaces each at once. Raises `OSError`."""
    rendered = {name: render(report) for name, render in FILES.items()}
    for name, text in rendered.items():
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=folder)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(temporary).chmod(0o666 & ~_umask())  # mkstemp gives only its owner access
            Path(temporary).replace(folder / name)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
