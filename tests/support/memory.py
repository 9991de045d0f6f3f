"""Where tests keep their files: in memory, so that no test waits for a disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 -- pytest and `tempfile` make private directories in it
ENOUGH = 4 << 30
"""Bytes that must be free there. A run takes about half a gigabyte."""


def use() -> None:
    """Makes it the temporary folder of this process and its children, unless TMPDIR names one.

    A shared memory that is small, or from which nothing may be executed, as in a container, is not used.
    """
    if "TMPDIR" not in os.environ and _is_fit():
        os.environ["TMPDIR"] = str(SHARED_MEMORY)
        tempfile.tempdir = None  # it may have been looked up already


def _is_fit() -> bool:
    return (
        SHARED_MEMORY.is_dir()
        and os.access(SHARED_MEMORY, os.W_OK)
        and not os.statvfs(SHARED_MEMORY).f_flag & os.ST_NOEXEC
        and shutil.disk_usage(SHARED_MEMORY).free > ENOUGH
    )
