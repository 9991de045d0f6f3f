"""Data that older versions wrote, as `tests/storage/make_old_data.py` kept it, on either database."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, inspect

from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from tests.support.postgres import plain

DATA = Path(__file__).parents[1] / "storage" / "data"

Rows = list[dict[str, Any]]
States = dict[str, dict[str, Rows]]
"""The rows of each table of each state: `default`, which has the control too, and snapshots such as `default$half`."""


@dataclass(frozen=True, slots=True)
class Old:
    """A place with tenants of an older version: `default`, with a snapshot `half`, and `acme`."""

    format: str
    said: dict[str, Any]
    """Tokens and ids that are in it."""

    store: Callable[[], TenantStore]
    """Opens it, as another process would."""

    read: Callable[[], States]
    shapes: Callable[[], dict[str, Any]]
    """What the tables of each state are."""

    def exported(self) -> bytes:
        """The file of a snapshot `half`."""
        with tarfile.open(DATA / f"format-{self.format}.tar.gz") as archive:
            file = archive.extractfile("half.snapshot")
            assert file is not None
            return file.read()


def on_sqlite(number: str, folder: Path) -> Old:
    """Unpacks the --data folder of a server that was killed; `folder` is not there yet."""
    with tarfile.open(DATA / f"format-{number}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    tenants = folder / "lms" / "tenants"

    def states() -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for tenant in tenants.iterdir():
            if tenant.is_dir() and not tenant.name.startswith("."):
                found[tenant.name] = [*tenant.glob("data-*.db"), tenant / "control.db"]
                found |= {f"{tenant.name}${path.stem}": [path] for path in tenant.glob("snapshots/*.db")}
        return found

    def read() -> States:
        copied = folder / "read"  # since opening a database changes the files beside it
        shutil.copytree(tenants, copied)
        try:
            return {
                state: {name: rows for path in paths for name, rows in _read_file(copied / path.relative_to(tenants))}
                for state, paths in states().items()
            }
        finally:
            shutil.rmtree(copied)

    def shapes() -> dict[str, Any]:
        return {
            state: {name: shape for path in paths for name, shape in _shapes(f"sqlite:///{path}").items()}
            for state, paths in states().items()
        }

    said = json.loads((folder / "said.json").read_text())
    return Old(number, said, lambda: SqliteStore(tenants), read, shapes)


def _read_file(path: Path) -> list[tuple[str, Rows]]:
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [(name, _ordered(map(dict, database.execute(f"SELECT * FROM {name}")))) for name in names]


def on_postgresql(number: str, url: str, prefix: str) -> Old:
    """Replays the dump, with another prefix of its schemas."""
    first, _, statements = gzip.decompress((DATA / f"format-{number}.sql.gz").read_bytes()).partition(b"\n")
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(statements.replace(b"mock_lms_", f"{prefix}_".encode()))

    def schemas() -> list[str]:
        with psycopg.connect(plain(url)) as connection:
            names = connection.execute(
                "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [f"{prefix}_"]
            )
            return [name for (name,) in names if not name.startswith(f"{prefix}_$")]

    def read() -> States:
        with psycopg.connect(plain(url), row_factory=psycopg.rows.dict_row) as connection:
            tables = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
            return {
                schema.removeprefix(f"{prefix}_"): {
                    row["tablename"]: _ordered(
                        connection.execute(f'SELECT * FROM "{schema}".{row["tablename"]}'.encode())
                    )
                    for row in connection.execute(tables, [schema])
                }
                for schema in schemas()
            }

    def shapes() -> dict[str, Any]:
        return {schema.removeprefix(f"{prefix}_"): _shapes(url, schema) for schema in schemas()}

    return Old(number, json.loads(first[3:]), lambda: PostgresqlStore(url, prefix), read, shapes)


def _shapes(url: str, schema: str | None = None) -> dict[str, Any]:
    engine = create_engine(url)
    inspector = inspect(engine)
    shapes = {
        table: (
            sorted((column["name"], column["nullable"]) for column in inspector.get_columns(table, schema)),
            inspector.get_pk_constraint(table, schema)["constrained_columns"],
            sorted((index["name"], index["column_names"]) for index in inspector.get_indexes(table, schema)),
        )
        for table in inspector.get_table_names(schema)
    }
    engine.dispose()
    return shapes


def _ordered(rows: Any) -> Rows:
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
