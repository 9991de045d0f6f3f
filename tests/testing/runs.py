"""Runs of pytest as a user starts them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path


def environment(folder: Path) -> dict[str, str]:
    """Ours, without what we were told; temporary files go into the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MOCK_LMS_"))}
    (folder / "tmp").mkdir(exist_ok=True)
    return {**kept, "TMPDIR": str(folder / "tmp")}


def command(*arguments: str) -> list[str]:
    """Warnings are errors; of the plugins beside ours only those that are named."""
    others = ("schemathesis", "anyio", "hypothesispytest", "playwright", "timeout")
    plugins = [f"-pno:{name}" for name in ("cacheprovider", *others)]
    return [sys.executable, "-m", "pytest", "-Werror", "--strict-markers", *plugins, *arguments]


def run(folder: Path, test: str, *arguments: str, seconds: float = 120) -> tuple[dict[str, int], str]:
    """How many tests passed, failed ..., and all that was printed."""
    (folder / "test_it.py").write_text(textwrap.dedent(test))
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env=environment(folder),
    )
    said = done.stdout + done.stderr
    last = [line for line in said.splitlines() if re.search(r" in [0-9.]+s", line)]
    return {kind: int(n) for n, kind in re.findall(r"(\d+) ([a-z]+)", last[-1] if last else "")}, said


def servers(folder: Path) -> list[int]:
    """The processes that were started there."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            ours = f"TMPDIR={folder / 'tmp'}\0".encode() in path.read_bytes()
            if ours and b"mock_lms.child" in path.with_name("cmdline").read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has just ended, or is not ours
    return found
