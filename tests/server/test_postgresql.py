"""A tenant served from PostgreSQL."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.support.postgres import plain
from tests.support.process import Client, Serve, run


def test_the_guides_example_works_there(serve: Serve, address: str) -> None:
    client = serve("--database", address).log_in()
    members = client.members()
    answer = client.bulk_unenroll([13001, 13002, 13003], course_ids=[0], learningplan_ids=[31])
    assert answer == {"un_enrolled": [13001, 13002], "errors": ["User 13003 is not enrolled in learning plan 31."]}
    assert members - client.members() == {(31, 13001), (31, 13002)}


def test_the_tenant_is_in_the_database_in_a_schema_of_its_own(serve: Serve, address: str) -> None:
    serve("--database", address)
    with psycopg.connect(plain(address)) as connection:
        found = connection.execute("SELECT table_schema FROM information_schema.tables WHERE table_name = 'users'")
        schemas = {schema for (schema,) in found.fetchall()}
    assert {"mock_lms_default", "mock_lms_default$seed"} <= schemas
    assert all(schema.startswith("mock_lms_") for schema in schemas)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_loses_nothing(serve: Serve, address: str, number: signal.Signals) -> None:
    first = serve("--database", address)
    before = first.log_in()
    before.bulk_unenroll([13001], course_ids=[201])
    before.call("POST", "/learn/v1/enrollments/206/13012")
    pairs = before.pairs()
    first.stop(number)
    first.workers_gone()

    second = serve("--database", address)
    assert "as it was left" in second.stderr
    assert Client(second.url, before.token).pairs() == pairs
    assert (201, 13001) not in pairs
    assert (206, 13012) in pairs
    # without --data the credentials are new, and good
    assert second.ready["password"] != first.ready["password"]
    second.log_in()


def test_two_workers_agree(serve: Serve, address: str) -> None:
    server = serve("--database", address, "--workers", "2")
    client = server.log_in()
    assert len(server.workers()) == 2
    users, courses = [13001, 13002, 13004, 13006], [201, 202, 203]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.bulk_unenroll(users, course_ids=courses), range(16)))
    assert [answer["un_enrolled"] for answer in answers if answer["un_enrolled"]] == [users]
    assert sum(len(answer["errors"]) for answer in answers) == 15 * len(users) * len(courses)
    for _ in range(20):
        assert client.call("GET", "/course/v1/courses/enrollments?course_id[]=203")["data"]["total_count"] == 0


def test_a_stop_gives_every_connection_back(serve: Serve, address: str) -> None:
    server = serve("--database", address, "--workers", "2")
    server.log_in().pairs()
    server.stop()
    with psycopg.connect(plain(address)) as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert others.fetchone() == (0,)


@pytest.mark.parametrize("host", ["a..b", "a" * 70, "127.0.0.1:1"])
def test_a_database_that_cannot_be_reached_is_one_line(host: str) -> None:
    done = run("serve", "--port", "0", "--database", f"postgresql+psycopg://{host}/lms")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "cannot be used" in done.stderr
