"""A server behind a pooler in transaction mode, which gives each transaction another connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support import pgbouncer
from tests.support.process import Client, Serve, Served

TENANTS = [f"tenant{number}" for number in range(4)]
READS = 300


@pytest.fixture
def pooled(address: str) -> Iterator[str]:
    """A database behind pgbouncer."""
    with pgbouncer.pgbouncer(address) as pooler:
        yield pooler


def client_of(server: Served, tenant: str) -> Client:
    """A superadmin of a new tenant, whose courses bear its name."""
    control = Client(server.url, server.ready["control_token"])
    courses = [{"id": 1 + number, "name": f"{tenant} {number}", "code": f"C{number}"} for number in range(3)]
    control.call("POST", "/_mock/tenants", {"name": tenant, "contents": f'{{"courses": {courses}}}'})
    names = ("client_id", "client_secret", "username", "password")
    form = {"grant_type": "password"} | {name: server.ready[name] for name in names}
    answer = Client(server.url).call("POST", f"/t/{tenant}/oauth2/token", form=form)
    return Client(server.url, answer["access_token"])


@pytest.mark.parametrize("prepared", ["", "?prepare_threshold=none", "?prepare_threshold=0"])
def test_every_answer_is_the_right_tenants(serve: Serve, pooled: str, prepared: str) -> None:
    if prepared.endswith("0") and pgbouncer.version() < pgbouncer.PREPARES:
        pytest.skip("this pgbouncer hands no prepared statements on, as 1.21 and later do")
    server = serve("--database", pooled + prepared, "--workers", "2")
    clients = {tenant: client_of(server, tenant) for tenant in TENANTS}

    def read(number: int) -> tuple[str, set[str]]:
        tenant = TENANTS[number % len(TENANTS)]
        items = clients[tenant].call("GET", f"/t/{tenant}/course/v1/courses")["data"]["items"]
        return tenant, {course["name"].partition(" ")[0] for course in items}

    with ThreadPoolExecutor(8) as pool:
        answers = Counter((tenant, *sorted(names)) for tenant, names in pool.map(read, range(READS)))
    assert answers == {(tenant, tenant): READS // len(TENANTS) for tenant in TENANTS}


def test_what_control_does_is_done_there_too(serve: Serve, pooled: str) -> None:
    """COPY, cursors, locks and a schema that gets another name: all of it within a transaction."""
    server = serve("--database", pooled)
    control, client = Client(server.url, server.ready["control_token"]), server.log_in()
    control.call("PUT", "/_mock/snapshots/before")
    client.bulk_unenroll([13001], course_ids=[201])
    assert control.call("GET", "/_mock/diff?before=before")["changes"]
    control.call("POST", "/_mock/fork", {"name": "other"})
    control.call("POST", "/_mock/reset", {"to": "before"})
    assert control.call("GET", "/_mock/diff?before=before")["changes"] == []
    assert (201, 13001) in client.pairs()
    control.call("DELETE", "/_mock/tenants/other")
    assert control.call("GET", "/_mock/tenants")["tenants"] == ["default"]
