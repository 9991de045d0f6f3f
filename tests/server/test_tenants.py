"""Several workers are one server: what is set through one is so in all at the next call."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.process import Client, Served, serving

WORKERS = 3
OFTEN = 20  # so many connections: that one of three workers has none is a chance of 1 in 1,100
ENROLLMENTS = "/course/v1/courses/enrollments"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    for start in serving(tmp_path_factory.mktemp("workers")):
        yield start("--data", tmp_path_factory.mktemp("data"), "--workers", WORKERS)


@pytest.fixture(scope="module")
def client(server: Served) -> Client:
    return server.log_in()


@pytest.fixture(scope="module")
def control(server: Served) -> Client:
    return Client(server.url, server.ready["control_token"])


def counts(client: Client, prefix: str = "") -> set[int]:
    """What the workers say when each is asked how many enrollments there are."""
    return {client.call("GET", prefix + ENROLLMENTS)["data"]["total_count"] for _ in range(OFTEN)}


def log_in(server: Served, prefix: str) -> Client:
    names = ("client_id", "client_secret", "username", "password")
    form = {"grant_type": "password"} | {name: server.ready[name] for name in names}
    return Client(server.url, Client(server.url).call("POST", f"{prefix}/oauth2/token", form=form)["access_token"])


def test_a_reset_is_one_of_all_workers(client: Client, control: Client) -> None:
    (whole,) = counts(client)
    for _ in range(3):
        client.bulk_unenroll([13001, 13002], course_ids=[201])
        assert counts(client) == {whole - 2}
        control.call("POST", "/_mock/reset")
        assert counts(client) == {whole}


def test_a_restore_is_one_of_all_workers(client: Client, control: Client) -> None:
    client.bulk_unenroll([13001, 13002], course_ids=[201])
    control.call("PUT", "/_mock/snapshots/less")
    (less,) = counts(client)
    control.call("POST", "/_mock/reset")
    assert counts(client) == {less + 2}
    control.call("POST", "/_mock/snapshots/less/restore")
    assert counts(client) == {less}
    for _ in range(OFTEN):
        listed = control.call("GET", "/_mock/snapshots")["snapshots"]
        assert [each["name"] for each in listed] == ["less", "seed"]
        assert control.call("GET", "/_mock/diff?before=less")["changes"] == []


def test_a_tenant_comes_and_goes_in_all_workers(server: Served, control: Client) -> None:
    for seed, found in (("demo", 28), ("empty", 0), ("demo", 28)):
        control.call("POST", "/_mock/tenants", {"name": "other", "seed": seed})
        other = log_in(server, "/t/other")
        assert counts(other, "/t/other") == {found}
        assert {control.call("GET", "/_mock/tenants/other")["seed"] for _ in range(OFTEN)} == {seed}
        control.call("DELETE", "/_mock/tenants/other")
        for _ in range(OFTEN):
            control.call("GET", "/_mock/tenants/other", status=404)
            control.call("GET", "/t/other/_mock/clock", status=404)


def test_a_fork_is_there_in_all_workers(server: Served, client: Client, control: Client) -> None:
    client.bulk_unenroll([13003], course_ids=[201, 202, 203])
    (here,) = counts(client)
    control.call("POST", "/_mock/fork", {"name": "fork"})
    assert counts(log_in(server, "/t/fork"), "/t/fork") == {here}
    control.call("POST", "/_mock/reset")
    assert counts(log_in(server, "/t/fork"), "/t/fork") == {here}


def test_resets_and_calls_at_once_are_all_answered(client: Client, control: Client) -> None:
    control.call("POST", "/_mock/reset")
    (whole,) = counts(client)

    def reset(_: int) -> None:
        control.call("POST", "/_mock/reset")

    def unenroll(_: int) -> None:
        answer = client.bulk_unenroll([13001, 13002], course_ids=[201])
        assert (len(answer["un_enrolled"]), len(answer["errors"])) in {(2, 0), (0, 2)}

    def look(_: int) -> None:
        found = client.call("GET", ENROLLMENTS)["data"]["total_count"]
        assert found in {whole, whole - 2}

    with ThreadPoolExecutor(9) as pool:
        under_way = [pool.submit(job, number) for number in range(40) for job in (reset, unenroll, look)]
        for each in under_way:
            each.result()
    control.call("POST", "/_mock/reset")
    assert counts(client) == {whole}


def test_one_name_is_given_once_whoever_answers(control: Client) -> None:
    def create(_: int) -> int:
        answer = control.call("POST", "/_mock/tenants", {"name": "once", "seed": "empty"}, status=None)
        return int(answer.get("code", 200))

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(create, range(16)))
    assert sorted(codes) == [200, *[409] * 15]
