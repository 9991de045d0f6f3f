"""Connections to files of SQLite, which another process may replace or remove in the same moment."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy.pool import PoolProxiedConnection


class Superseded(Exception):
    """The data was replaced or dropped while the call was on its way to it. Nothing was done; it must begin anew."""


def opened(
    file: str | None, connect: Callable[[], PoolProxiedConnection], error: type[Exception]
) -> PoolProxiedConnection:
    """A new connection. Raises `Superseded` where the file is not the one that it was, if it is one that is kept.

    SQLite opens the file and then its journal, by name: that may have gone meanwhile, or be of a new file of this name.
    """
    if file is None:
        return connect()
    before = _identity(file)
    try:
        connection = connect()
    except error:
        if not before or _identity(file) != before:
            raise Superseded from None
        raise
    if not before or _identity(file)[:1] != before[:1]:
        connection.invalidate()
        raise Superseded
    return connection


def rolled_back(connection: Any) -> bool:
    """Ends the transaction, if a connection of SQLite still has one; its own end may have failed, as on a full disk.

    The connection is as good as before. To open another would take room for its journal, which such a disk has not.
    """
    if not isinstance(connection, sqlite3.Connection):
        return False
    try:
        connection.rollback()
    except sqlite3.Error:
        return False
    return True


def _identity(file: str) -> tuple[int, ...]:
    """What tells it from another of its name; and when it was last written to. Nothing where it is gone."""
    try:
        status = os.stat(file)  # noqa: PTH116 -- a text, as SQLite has it
    except OSError:
        return ()
    return status.st_ino, status.st_ctime_ns
