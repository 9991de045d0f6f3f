"""When a server ends it says which calls hit no operation: a program that swallows a 404 does not."""

from __future__ import annotations

import http.client
import os
import signal
import sys
from contextlib import closing

import pytest

from tests.support.process import Serve, Served, run, until


def call(server: Served, *paths: str) -> None:
    for path in paths:
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
            connection.request("GET", path)
            connection.getresponse().read()


def said_at_the_end(server: Served, number: signal.Signals = signal.SIGTERM) -> list[str]:
    server.stop(number)
    return server.stderr.partition("Ctrl-C stops it.\n\n")[2].splitlines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_its_end_it_counts_the_calls_that_hit_no_operation(serve: Serve, number: signal.Signals) -> None:
    server = serve()
    call(server, "/nothing", *(f"/learn/v1/enrolment/{course}/13001" for course in range(201, 204)), "/openapi.yaml")
    call(server, "/learn/v1/courses")  # a 401 is no miss
    assert said_at_the_end(server, number) == [
        "mock-lms: 4 calls hit no operation, which a program may not say:",
        (
            "       3  GET /learn/v1/enrolment/{id}/{id} is no operation; nearest: "
            "GET /learn/v1/enrollments/{course_id}/{user_id} (get_enrollment)"
        ),
        "       1  GET /nothing is no operation, and none is near",
    ]


def test_where_each_call_hit_one_it_says_nothing(serve: Serve) -> None:
    server = serve()
    server.log_in().call("GET", "/manage/v1/user/session")
    assert said_at_the_end(server) == []


def test_all_workers_count_and_a_tenant_is_named(serve: Serve) -> None:
    server = serve("--workers", "3")
    for _ in range(12):
        call(server, "/nothing")
    call(server, "/t/acme/nothing")  # there is no such tenant, so no call of one
    server.log_in()
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        headers = {"Authorization": f"Bearer {server.ready['control_token']}", "Content-Type": "application/json"}
        connection.request("POST", "/_mock/tenants", b'{"name": "acme"}', headers)
        assert connection.getresponse().status == 200
    call(server, "/t/acme/nothing")
    assert said_at_the_end(server) == [
        "mock-lms: 13 calls hit no operation, which a program may not say:",
        "      12  GET /nothing is no operation, and none is near",
        "       1  GET /nothing is no operation, and none is near (tenant acme)",
    ]


def test_the_most_frequent_are_named_and_the_others_counted(serve: Serve) -> None:
    server = serve()
    for number, letter in enumerate("abcdefgh", start=1):
        call(server, *[f"/{letter}"] * number)
    told = said_at_the_end(server)
    assert told[0] == "mock-lms: 36 calls hit no operation, which a program may not say:"
    assert [line.split()[2] for line in told[1:-1]] == ["/h", "/g", "/f", "/e", "/d"]
    assert told[-1] == "       6  others"


def test_a_path_forges_no_line_of_it(serve: Serve) -> None:
    server = serve()
    call(server, "/a%0a%1b%5b31mFORGED")
    assert len(said_at_the_end(server)) == 2
    assert "\x1b" not in server.stderr


def test_of_a_server_that_ends_with_its_command_too() -> None:
    program = """
import os, urllib.request, urllib.error
try:
    urllib.request.urlopen(os.environ["MOCK_LMS_URL"] + "/learn/v1/lps")
except urllib.error.HTTPError:
    pass
"""
    done = run("exec", "--seed", "empty", "--", sys.executable, "-c", program, PATH=os.environ["PATH"])
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == "mock-lms: 1 call hit no operation, which a program may not say:"


def test_it_leaves_no_file_behind(serve: Serve) -> None:
    server = serve("--workers", "2")
    call(server, "/nothing")
    server.stop()
    until("the temporary files' end", lambda: not list(server.temporary.iterdir()), 5)
