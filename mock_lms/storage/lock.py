"""Who uses a directory: one program at a time, and the processes that it forks.

The lock is the operating system's. It lives as long as one of those processes does, however they end, so nothing is
left over to clean up. What the file says is for people only: who holds the lock, where it answers, and since when.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from mock_lms.clock import Clock, stamp
from mock_lms.storage.database import UnusableDatabase
from mock_lms.storage.files import PRIVATE_FILE

PATIENCE = 3.0
"""Seconds to wait for who holds it: a server that is just ending, or the last workers of one that was killed."""

PAUSE = 0.05

LONGEST = 4096
"""Bytes that are read of what the holder says."""


class InUse(UnusableDatabase):
    """Another program uses the directory. One line that says which, and what to do."""


class Lock:
    """The lock on a directory, by a file in it that is never removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._taker = 0

    def take(self) -> None:
        """Takes it, unless we have it; until `release`, or the end of this process and of its forks.

        Waits a moment for who holds it. Raises `InUse`, `UnusableDatabase` on a file system without locks, `OSError`.
        """
        if self._descriptor is not None:
            return
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE)
        try:
            deadline = time.monotonic() + PATIENCE
            while not self._lock(descriptor):
                if time.monotonic() > deadline:
                    raise InUse(_refusal(self.path.parent, _read(descriptor)))  # noqa: TRY301 -- it is closed below
                time.sleep(PAUSE)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor, self._taker = descriptor, os.getpid()
        self.say()

    def say(self, url: str = "") -> None:
        """Tells who asks that we hold it, and where we answer."""
        if self._descriptor is not None:
            holder = {"pid": os.getpid(), "url": url, "since": stamp(Clock().now())}
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.ftruncate(self._descriptor, os.write(self._descriptor, json.dumps(holder).encode()))

    def release(self) -> None:
        """Gives it back, whatever was forked meanwhile. In a fork it does nothing: the lock is the parent's."""
        if self._descriptor is not None and self._taker == os.getpid():
            os.ftruncate(self._descriptor, 0)
            _unlock(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _lock(self, descriptor: int) -> bool:
        try:
            _try_to_lock(descriptor)
        except (BlockingIOError, PermissionError):
            return False
        except OSError as error:
            raise UnusableDatabase(
                f"the directory {self.path.parent} cannot be locked, so that another server could destroy what is in "
                f"it: {error.strerror or error}; name a directory on a local disk"
            ) from None
        return True


def _read(descriptor: int) -> dict[str, Any]:
    """Who holds it, as far as it is known."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        holder = json.loads(os.read(descriptor, LONGEST))
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _refusal(directory: Path, holder: dict[str, Any]) -> str:
    who = f"mock-lms with the process id {holder['pid']}" if "pid" in holder else "another mock-lms"
    where = f" at {holder['url']}" if holder.get("url") else ""
    since = f" since {holder['since']} UTC" if "since" in holder else ""
    return f"the directory {directory} is in use: {who} serves it{where}{since}; stop that one, or name another"


if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # a locked byte cannot be read, and what the holder says is to be

    def _try_to_lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_to_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
