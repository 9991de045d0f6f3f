"""Ends of a process at a chosen moment, and disks that are full."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests

from tests.client.harness.between import Send


class Killed(BaseException):
    """Stands for `kill -9`: from then on nothing that the process does has an effect."""


class Fate:
    """Counts what a run does to the outside, and ends it after so much of it."""

    def __init__(self, after: int, kind: type[BaseException] = Killed) -> None:
        self.after, self.kind = after, kind
        self.count = 0
        self.met = False

    def moment(self, where: str = "") -> None:  # noqa: ARG002 -- a subclass may look at it
        """Something happened in a `file` or `database`. Who is killed is dead; who is interrupted can tidy up."""
        if self.met and self.kind is Killed:
            raise Killed
        if self.count == self.after and not self.met:
            self.met = True
            raise self.kind
        self.count += 1

    def check(self) -> None:
        """The dead do nothing."""
        if self.met and self.kind is Killed:
            raise Killed

    def around(self, _: requests.PreparedRequest, send: Send) -> requests.Response:
        """Around every call."""
        self.check()
        answer = send()
        self.moment()
        return answer


WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN", "COMMIT", "CREATE", "ROLLBACK")


def mortal(monkeypatch: pytest.MonkeyPatch, fate: Fate) -> None:
    """Has the client's writing to the disk count as moments."""

    class Mortal(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            fate.check()
            cursor = super().execute(sql, *parameters)
            if sql.lstrip().startswith(WRITES):
                fate.moment("database")
            return cursor

        def executemany(self, *parameters: Any) -> sqlite3.Cursor:
            fate.check()
            cursor = super().executemany(*parameters)
            fate.moment("database")
            return cursor

    def after(function: Callable[..., Any]) -> Callable[..., Any]:
        def replacement(*positional: Any, **named: Any) -> Any:
            fate.check()
            result = function(*positional, **named)
            fate.moment("file")
            return result

        return replacement

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Mortal))
    monkeypatch.setattr(os, "fsync", after(os.fsync))
    monkeypatch.setattr(os, "replace", after(os.replace))
