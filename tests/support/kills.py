"""Processes that are killed in the middle of what they do to databases and files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mock_lms.storage import database_files, files
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.storage.transaction import Transaction, _Block

DEADLY: dict[type[TenantStore], list[tuple[Any, tuple[str, ...]]]] = {
    SqliteStore: [
        (Transaction, ("execute", "run", "create_tables")),
        (_Block, ("__enter__", "__exit__")),
        (Path, ("rename", "replace", "unlink")),
        (files, ("copy",)),
        (database_files, ("backup", "remove")),
    ],
    # what a transaction did before its end PostgreSQL takes back by itself
    PostgresqlStore: [(_Block, ("__enter__", "__exit__"))],
}
"""After what a process is killed: attributes of modules and classes."""


def is_killed(kind: type[TenantStore], act: Callable[[], object], at: int) -> bool:
    """Whether a process that does this is dead before it comes to do so many things to databases and files."""
    child = os.fork()
    if child == 0:
        done = 0

        def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                nonlocal done
                result = function(*arguments, **named)
                done += 1
                if done == at:
                    os._exit(9)
                return result

            return call

        try:
            for owner, names in DEADLY[kind]:
                for name in names:
                    setattr(owner, name, deadly(getattr(owner, name)))
            act()
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, 9}
    return code == 9
