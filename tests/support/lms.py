"""A tenant under test: calls in process, every answer held against the contract."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response
from sqlalchemy import Table, insert, select
from werkzeug.test import Client, TestResponse

from mock_lms.app import create_app, create_edge
from mock_lms.clock import Clock
from mock_lms.config import Config
from mock_lms.edge.edge import Edge
from mock_lms.policy import Policy
from mock_lms.services import clocks, passwords
from mock_lms.services.credentials import Credentials
from mock_lms.services.oauth2 import digest
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import DEFAULT, Tenants
from mock_lms.storage.control_tables import control
from mock_lms.storage.database import Row, Statement, Transaction
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.storage.tables import metadata
from tests.support import contract

CREDENTIALS = Credentials("mock-lms", "s3cret", "admin", "pa55word", "c0ntrol")

BULK = "/learn/v1/enrollments"

passwords.METHOD = "pbkdf2:sha256:1"  # tests hash a thousand times what a server does


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Lms:
    """A tenant whose clock stands still, the application, and a superadmin's token."""

    def __init__(self, store: TenantStore, *, seed: str = "demo", policy: str = "", name: str = DEFAULT) -> None:
        self.tenants = Tenants(store, CREDENTIALS.hashed(), Policy().replace(policy.split()))
        self.tenants.create(name, seed, clock=Clock(NOON))
        self.name = name
        self.serve()
        self.token = self.log_in(CREDENTIALS.username, CREDENTIALS.password)

    def serve(self, **options: Any) -> None:
        """Answers calls from now on, as configured: with an application of its own if there are `options`."""
        config = _config(**options)
        self.edge = create_edge(config, self.tenants) if options else Edge(_app(), self.tenants, (config.host,))
        self.app = self.edge.app
        self.http = Client(self._answer, Response)
        self._take_application()

    def _take_application(self) -> None:
        self.app.extensions["mock_lms"] = self.tenants

    def _answer(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self._take_application()  # another tenant of this process may have had it
        return self.edge(environ, start_response)

    @property
    def tenant(self) -> Tenant:
        """As it is now."""
        return self.tenants.open(self.name)

    def advance(self, **delta: float) -> None:
        """Moves the clock."""
        with self.tenant.control.begin() as transaction:
            clocks.put(transaction, self.tenant.clock.moved(timedelta(**delta)))

    def log_in(self, username: str, password: str) -> str:
        """A token of the user."""
        answer = self.http.post(
            "/oauth2/token",
            data={
                "grant_type": "password",
                "client_id": CREDENTIALS.client_id,
                "client_secret": CREDENTIALS.client_secret,
                "username": username,
                "password": password,
            },
        )
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["access_token"])

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int | None = 200,
        token: str | None = "",
        raw: bytes | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON of the answer, or its text. Checks the status, unless that is None, and the contract."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token}"
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        given = {"data": data, "content_type": content_type} if data is not None else {}
        answer = self.http.open(path, method=method, headers=sent, **given)  # type: ignore[arg-type]
        self.last: TestResponse = answer
        contract.check(
            method,
            answer.request.path,
            answer.status_code,
            answer.content_type,
            {name for name, _ in answer.headers},
            answer.data,
        )
        assert status in {None, answer.status_code}, f"{answer.status_code}: {answer.text}"
        return answer.get_json() if answer.is_json else answer.text

    def mock(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The answer of the control API to whoever controls the mock."""
        return self.call(method, f"/_mock{path}", body, token=CREDENTIALS.control_token, **options)

    def get(self, path: str, **options: Any) -> Any:
        """The `data` of a GET."""
        return self.call("GET", path, **options)["data"]

    def items(self, path: str, **options: Any) -> list[dict[str, Any]]:
        """All items of a list, page after page."""
        join = "&" if "?" in path else "?"
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            data = self.get(f"{path}{join}page={page}&page_size=200", **options)
            found += data["items"]
            if not data["has_more_data"]:
                assert len(found) == data["total_count"]
                return found
            page += 1

    def bulk_unenroll(self, users: Collection[Any], *, status: int = 200, **body: Any) -> Any:
        """The `data` of a bulk unenrollment, or the refusal."""
        answer = self.call("DELETE", BULK, {"user_ids": list(users), **body}, status=status)
        return answer["data"] if status == 200 else answer

    def pairs(self) -> set[tuple[int, int]]:
        """Every (course, user) that the API shows."""
        rows = self.items("/course/v1/courses/enrollments")
        return {(row["course_id"], row["user_id"]) for row in rows}

    def members(self) -> set[tuple[int, int]]:
        """Every (learning plan, user) that the API shows."""
        rows = self.items("/learningplan/v1/learningplans/enrollments")
        return {(row["learning_plan_id"], row["user_id"]) for row in rows}

    def rows(self, table: Table) -> list[Row]:
        """Everything in a table, in its own order."""
        tenant = self.tenant
        with (tenant.control if table.metadata is control else tenant.database).read() as transaction:
            return transaction.rows(Statement(select(table).order_by(*table.primary_key)))

    def everything(self, *, but: Collection[str] = ("oauth_tokens", "journal")) -> dict[str, list[Row]]:
        """The tenant's whole state."""
        tables = (*metadata.sorted_tables, *control.sorted_tables)
        return {table.name: self.rows(table) for table in tables if table.name not in but}


def _config(**options: Any) -> Config:
    return Config(
        database="",
        access=CREDENTIALS.hashed(),
        control_token_hash=digest(CREDENTIALS.control_token),
        **options,
    )


@cache
def _app() -> Flask:
    """One for all tests of this process, since making it takes longer than making a tenant. No test may change it."""
    config = _config()
    return create_app(config, Tenants(SqliteStore(Path()), config.access))


def put(transaction: Transaction, table: Table, **values: Any) -> None:
    """One row, as it is."""
    transaction.run(Statement(insert(table).values(**values)))
