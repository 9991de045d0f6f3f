"""Two servers on one PostgreSQL are one LMS, as two workers are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.support.process import Client, Serve, Served

ENROLLMENTS = "/course/v1/courses/enrollments"


@pytest.fixture
def servers(serve: Serve, address: str) -> tuple[Served, Served]:
    """Started at the same time on an empty database."""
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: serve("--database", address), range(2))
    return one, other


def control_of(server: Served) -> Client:
    return Client(server.url, server.ready["control_token"])


def test_what_one_does_the_other_knows_at_the_next_call(servers: tuple[Served, Served]) -> None:
    one, other = servers
    # one of them made the tenant, the other goes on with it
    assert sorted("new tenant" in server.stderr for server in servers) == [False, True]
    # each has secrets of its own, but a token is good on both
    Client(other.url, one.ready["control_token"]).call("GET", "/_mock/tenants", status=401)
    client = one.log_in()
    there = replace(client, url=other.url)
    pairs = there.pairs()
    assert client.pairs() == pairs

    for _ in range(3):
        client.bulk_unenroll([13001, 13002], course_ids=[201])
        assert there.pairs() == pairs - {(201, 13001), (201, 13002)}
        control_of(other).call("POST", "/_mock/reset", {"scopes": ["data"]})
        assert client.pairs() == pairs

    last = control_of(other).call("GET", "/_mock/journal?limit=1")["last"]
    for number in range(1, 11):
        client.call("GET", ENROLLMENTS)
        assert control_of(other).call("GET", "/_mock/journal?limit=1")["last"] == last + number

    for _ in range(3):
        control_of(one).call("POST", "/_mock/tenants", {"name": "acme", "seed": "empty"})
        assert control_of(other).call("GET", "/_mock/tenants")["tenants"] == ["acme", "default"]
        there.call("GET", f"/t/acme{ENROLLMENTS}", status=401)
        control_of(other).call("DELETE", "/_mock/tenants/acme")
        client.call("GET", f"/t/acme{ENROLLMENTS}", status=404)
