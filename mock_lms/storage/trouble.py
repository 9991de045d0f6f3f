"""What goes wrong under the mock and is no defect of it: a full disk, one not to be written to, no more files."""

from __future__ import annotations

import errno
import os
import sqlite3

from mock_lms.domain.errors import DiskFull, NotWritable, StorageFailed, TooManyFiles

_BY_SYSTEM: dict[int | None, type[StorageFailed]] = {
    errno.ENOSPC: DiskFull,
    errno.EDQUOT: DiskFull,
    errno.EFBIG: DiskFull,
    errno.EROFS: NotWritable,
    errno.EACCES: NotWritable,
    errno.EPERM: NotWritable,
    errno.EMFILE: TooManyFiles,
    errno.ENFILE: TooManyFiles,
    errno.EIO: StorageFailed,
}

_BY_SQLITE: dict[int, type[StorageFailed]] = {
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_IOERR_SHMSIZE: DiskFull,
    sqlite3.SQLITE_READONLY: NotWritable,
    sqlite3.SQLITE_PERM: NotWritable,
    sqlite3.SQLITE_CANTOPEN: NotWritable,
    sqlite3.SQLITE_IOERR: StorageFailed,
}
"""By the extended code, or by its last byte, which is the code itself."""

_BY_POSTGRESQL = {"53100": DiskFull, "25006": NotWritable}


def trouble(error: BaseException) -> StorageFailed | None:
    """The refusal to answer, if that is what the error comes from: an `OSError`, or one of a driver."""
    kind: type[StorageFailed] | None = None
    if isinstance(error, OSError):
        kind = _BY_SYSTEM.get(error.errno)
    elif isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        kind = _BY_SQLITE.get(code) or _BY_SQLITE.get(code & 0xFF)
        if cannot_open(error) and no_more_files():
            kind = TooManyFiles
    elif isinstance(sqlstate := getattr(error, "sqlstate", None), str):
        kind = _BY_POSTGRESQL.get(sqlstate)
    return kind(str(getattr(error, "strerror", None) or error)) if kind else None


def cannot_open(error: sqlite3.Error) -> bool:
    """Whether SQLite could not open a file; it does not say why."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CANTOPEN


def no_more_files() -> bool:
    """Whether this process can open no more of them."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return True
    return False
