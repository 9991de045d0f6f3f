"""Which names a server answers to, and what it says of how others reach it."""

from __future__ import annotations

import http.client
import json
import re
import socket
from contextlib import closing

import pytest

from mock_lms.cli import hosts
from tests.support.process import Serve, Served


def status(server: Served, host: str, path: str = "/openapi.yaml", **headers: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": host, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_a_machine_whose_name_is_no_name_is_called_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "(none)")
    assert hosts.reachable("127.0.0.1") == ["127.0.0.1"]
    assert all(host and "none" not in host for host in hosts.reachable("0.0.0.0"))  # noqa: S104


def test_a_name_is_answered_to_when_it_is_allowed_and_the_refusal_says_how(serve: Serve) -> None:
    server = serve("--allow-host", "mock-lms", "--allow-host", "Host.Docker.Internal")
    for host in ("mock-lms:8080", "MOCK-LMS", "host.docker.internal:1", "localhost", "192.0.2.5:8080"):
        assert status(server, host)[0] == 200
    for host in ("mock-lms.evil.example", "evil.example", "xmock-lms", socket.gethostname() + "x"):
        code, answer = status(server, host)
        assert code == 403
        assert "--allow-host" in json.loads(answer)["message"][0]


def test_an_allowed_name_is_an_origin_of_ours_and_no_other_is(serve: Serve) -> None:
    server = serve("--allow-host", "mock-lms")
    token = {"Authorization": f"Bearer {server.ready['control_token']}"}
    for origin, code in (
        ("http://mock-lms:8080", 200),
        ("http://mock-lms", 403),
        ("https://mock-lms:8080", 403),
        ("http://localhost:8080", 403),
        ("http://evil.example", 403),
    ):
        assert status(server, "mock-lms:8080", "/_mock/clock", Origin=origin, **token)[0] == code


def test_an_exposed_server_says_how_others_reach_it_and_answers_there(serve: Serve) -> None:
    server = serve("--host", "0.0.0.0", "--expose")  # noqa: S104 -- it is what is tested
    others = re.findall(r"from others +http://([^/]+)/", server.stderr)
    assert f"{hosts.own_names()[0]}:{server.port}" in others
    for host in others:
        assert status(server, host)[0] == 200
    assert "from others" not in serve().stderr
