"""A server whose PostgreSQL cuts its connections, or is away for a while."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.support.postgres import plain
from tests.support.process import Client, Serve


@pytest.fixture
def administrator(postgres: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(plain(postgres), autocommit=True) as connection:
        yield connection


def cut(administrator: psycopg.Connection[Any], address: str) -> None:
    """Ends every connection to the database."""
    others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
    assert administrator.execute(others, [make_url(address).database]).fetchall()


def test_cut_connections_cost_no_call(serve: Serve, address: str, administrator: psycopg.Connection[Any]) -> None:
    server = serve("--database", address, "--workers", "2")
    client, control = server.log_in(), Client(server.url, server.ready["control_token"])
    said = server.stderr
    for user in (13001, 13002, 13004):
        cut(administrator, address)
        assert client.bulk_unenroll([user], course_ids=[201])["un_enrolled"] == [user]
        cut(administrator, address)
        assert (201, user) not in client.pairs()
    cut(administrator, address)
    noted = control.call("GET", "/_mock/journal")["entries"]
    assert sum(call["operation"] == "bulk_unenroll" for call in noted) == 3
    assert server.stderr == said


def test_while_it_is_away_each_call_is_one_503_and_one_line(
    serve: Serve, address: str, administrator: psycopg.Connection[Any]
) -> None:
    server = serve("--database", address)
    client = server.log_in()
    said, name = server.stderr, make_url(address).database
    administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
    try:
        cut(administrator, address)
        for method, path in [
            ("GET", "/course/v1/courses"),
            ("DELETE", "/learn/v1/enrollments/201/13001"),
            ("POST", "/oauth2/token"),
            ("GET", "/_mock/tenants"),
        ]:
            connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
            token = server.ready["control_token"] if path.startswith("/_mock") else client.token
            connection.request(method, path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == 503, content
            assert b"database cannot be reached" in content
            assert "error" in json.loads(content) if path.startswith("/oauth2") else json.loads(content)["code"] == 503
            connection.close()
    finally:
        administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
    lines = server.stderr.removeprefix(said).splitlines()
    assert all("not currently accepting connections" in line for line in lines)
    of_background = [line for line in lines if line.startswith("mock-lms: what is due in the background must wait")]
    assert len(of_background) <= 1, lines
    assert len(lines) - len(of_background) == 4, lines
    assert client.call("GET", "/learn/v1/enrollments/201/13001")["data"]
