"""What is no defect of the mock is told from what is."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mock_lms.domain.errors import DiskFull, NotWritable, StorageFailed, TooManyFiles
from mock_lms.storage.database import Database, sqlite_url
from mock_lms.storage.trouble import trouble


def found(error: BaseException) -> type[StorageFailed] | None:
    refusal = trouble(error)
    return type(refusal) if refusal else None


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EFBIG, DiskFull),
        (errno.EROFS, NotWritable),
        (errno.EACCES, NotWritable),
        (errno.EMFILE, TooManyFiles),
        (errno.EIO, StorageFailed),
        (errno.ENOENT, None),
        (errno.ECONNRESET, None),
    ],
)
def test_what_the_system_says(code: int, refusal: type[StorageFailed] | None) -> None:
    assert found(OSError(code, os.strerror(code))) is refusal


@pytest.mark.parametrize("error", [ValueError("no"), sqlite3.IntegrityError("UNIQUE"), OSError("no"), KeyError("disk")])
def test_a_defect_stays_one(error: Exception) -> None:
    assert trouble(error) is None


def test_what_sqlite_says_of_a_full_and_of_a_read_only_file(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "one.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError) as full:
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    assert found(full.value) is DiskFull
    reading = closing(sqlite3.connect(f"file:{tmp_path}/one.db?mode=ro", uri=True))
    with reading as connection, pytest.raises(sqlite3.OperationalError) as readonly:
        connection.execute("INSERT INTO t VALUES (1)")
    assert found(readonly.value) is NotWritable


@contextmanager
def descriptors(most: int) -> Iterator[None]:
    """None is left, once they are taken."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, before[1]))
    try:
        while True:
            try:
                taken.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_file_that_cannot_be_opened_for_want_of_descriptors_is_told_from_others(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "one.db")) as connection, descriptors(200):
        with pytest.raises(sqlite3.OperationalError) as none_left:
            connection.execute("CREATE TABLE t (x)")
        assert found(none_left.value) is TooManyFiles
    assert found(none_left.value) is NotWritable


def test_after_a_full_disk_the_connection_is_as_good_as_before(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "one.db"))
    with database.begin() as transaction:
        transaction.execute("CREATE TABLE t (x)")
        transaction.execute("PRAGMA max_page_count = 3")
    with database.look() as transaction:
        first = transaction.connection
    with pytest.raises(sqlite3.OperationalError, match="full"), database.begin() as transaction:
        transaction.execute("INSERT INTO t VALUES (1), (zeroblob(100000))")
    with database.read() as transaction:
        assert transaction.connection is first
        assert transaction.execute("SELECT count(*) FROM t") == [(0,)]
    database.close()
