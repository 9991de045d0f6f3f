"""A disk that is small enough to fill, and one that cannot be written to. Both need a mount, which root may make."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MEBIBYTES = 6


def _mount(*arguments: str | Path) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


def _unmount(path: Path) -> None:
    subprocess.run(["umount", "--lazy", path], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Where a small file system of its own begins."""
    path = tmp_path / "disk"
    path.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={MEBIBYTES}m", "tmpfs", path)
    yield path
    _unmount(path)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """The folder `data` beside it, where it cannot be written to."""
    data, path = tmp_path / "data", tmp_path / "read-only"
    data.mkdir()
    path.mkdir()
    _mount("--bind", data, path)
    try:
        _mount("-o", "remount,ro,bind", path)
        yield path
    finally:
        _unmount(path)


def fill(disk: Path) -> None:
    """Leaves no room."""
    with (disk / "filler").open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 4096)
            except OSError:
                return


def make_room(disk: Path) -> None:
    (disk / "filler").unlink()
