"""Files and directories that are their owner's alone: made so, kept so, and written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700
OTHERS = 0o077
"""The bits of a mode that let anybody but the owner in."""


def create(path: Path) -> BinaryIO:
    """Opens a new, private file to write to. Raises `FileExistsError` for whatever has the name already, links too."""
    return open(path, "xb", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE)


def link(image: Path, target: Path) -> None:
    """A file that is never written to, by another name; a copy where the file system has no links."""
    try:
        os.link(image, target)
    except OSError:
        copy(image, target)


def copy(source: str | Path, target: Path) -> None:
    """Makes the target, which must not be there yet, a private copy."""
    create(target).close()
    shutil.copyfile(source, target)


def write_whole(path: Path, content: bytes, *, new: bool = False) -> None:
    """Gives the file this content, on the disk and private, or leaves it as it was. Others see all of it or nothing.

    With `new` it raises `FileExistsError` where somebody else was quicker. Raises `OSError`.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with create(temporary) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if new:
            _link(temporary, path)
        else:
            temporary.replace(path)
        sync(path.parent)
    except OSError as error:
        error.filename = str(path)  # the other name is nobody's matter
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _link(temporary: Path, path: Path) -> None:
    """Gives the file its second name, but not another file's."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # not every file system can
        temporary.replace(path)


def sync(path: Path) -> None:
    """Waits until the file's content, or the names in the directory, are on the disk.

    Where the file system cannot do that, nothing is lost but the certainty.
    """
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_directory(path: Path) -> None:
    """A private directory, and those above it; one that is there stays as it is. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)


def tighten(path: Path) -> None:
    """Takes a directory, and all that is in it, from everybody but its owner. Links are not followed.

    Raises `PermissionError` where it is another's, or the file system has no modes.
    """
    if not is_open(path):
        return
    path.chmod(PRIVATE_DIRECTORY)
    for folder, _, names in os.walk(path):
        Path(folder).chmod(PRIVATE_DIRECTORY)
        for name in names:
            tighten_file(Path(folder, name))


def tighten_file(path: Path) -> None:
    """The same for a file, if there is one."""
    with suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & OTHERS:
            path.chmod(PRIVATE_FILE)


def is_open(path: Path) -> bool:
    """Whether anybody but its owner may do anything with the directory. Modes say nothing on Windows."""
    return os.name != "nt" and bool(path.stat().st_mode & OTHERS)
