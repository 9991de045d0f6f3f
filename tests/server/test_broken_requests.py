"""Requests that break off, or whose head is not clear: they are refused, and nothing is done."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.support.lms import BULK
from tests.support.process import Served, until

UNENROLL = b'{"user_ids": [13001, 13002], "course_ids": [201]}'
RESET = b'{"to": "seed", "scopes": ["data"]}'


def sent(server: Served, head: str, body: bytes = b"", *, end: bool = False) -> tuple[int, bytes]:
    """Status and body of what is answered to these very bytes; `end` says that no more will come."""
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=30)) as connection:
        connection.sendall(head.encode().replace(b"\n", b"\r\n") + b"\r\n\r\n" + body)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert answer, "there is no answer"
    return int(answer.split(b" ")[1]), answer.partition(b"\r\n\r\n")[2]


def head(server: Served, method: str, path: str, *more: str) -> str:
    token = server.ready["control_token"] if path.startswith("/_mock") else server.token
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}", "Connection: close"]
    return "\n".join([*lines, *more])


def chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


BROKEN: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "nothing after the head": ("Content-Length: 31", lambda _: b""),
    "the last byte is missing": ("Content-Length: {}", lambda body: body[:-1]),
    "a chunk without a size": ("Transfer-Encoding: chunked", lambda body: chunks(body) + b"zz\r\n"),
    "no chunk but one without a size": ("Transfer-Encoding: chunked", lambda _: b"zz\r\n"),
    "no last chunk": ("Transfer-Encoding: chunked", chunks),
    "a chunk that is cut": ("Transfer-Encoding: chunked", lambda body: chunks(body)[:-3]),
    "a coding that is not undone": ("Transfer-Encoding: gzip, chunked", lambda body: chunks(body, b"")),
    "a coding twice": ("Transfer-Encoding: chunked\nTransfer-Encoding: chunked", lambda body: chunks(body, b"")),
    "two lengths": ("Content-Length: {}\nContent-Length: 1", lambda body: body),
    "a negative length": ("Content-Length: -1", lambda body: body),
    "a length that is no number": ("Content-Length: x", lambda body: body),
}


@pytest.fixture
def state(server: Served) -> Iterator[None]:
    """Whatever it was, it is the same afterwards."""
    client = server.log_in()
    client.bulk_unenroll([13004], course_ids=[201])
    before = client.pairs()
    yield
    assert client.pairs() == before


@pytest.mark.parametrize("why", BROKEN)
@pytest.mark.parametrize(
    ("method", "path", "body"), [("DELETE", BULK, UNENROLL), ("POST", "/_mock/reset", RESET)], ids=["vendor", "control"]
)
def test_a_body_that_is_not_whole_is_given_to_nobody(
    server: Served, state: None, method: str, path: str, body: bytes, why: str
) -> None:
    header, broken = BROKEN[why]
    start = head(server, method, path, *header.format(len(body)).split("\n"))
    status, _ = sent(server, start, broken(body), end="coding" not in why)
    assert status == 400


def test_a_body_in_chunks_that_is_whole_is_taken(server: Served) -> None:
    body = chunks(b'{"user_ids": [13001], ', b'"course_ids": [999]}', b"")
    status, answer = sent(server, head(server, "DELETE", BULK, "Transfer-Encoding: chunked"), body)
    assert status == 200
    assert "999" in json.loads(answer)["data"]["errors"][0]


def test_a_client_that_hangs_up_while_it_sends_has_done_nothing_and_is_noted(server: Served, state: None) -> None:
    def last() -> dict[str, object]:
        _, answer = sent(server, head(server, "GET", "/_mock/journal?last=1&limit=1"))
        found: dict[str, object] = json.loads(answer)["entries"][0]
        return found

    before = last()["id"]
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    start = head(server, "DELETE", BULK, "Content-Length: 1000").replace("\n", "\r\n")
    connection.sendall(f"{start}\r\n\r\n".encode() + UNENROLL)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    until("an entry", lambda: last()["id"] != before, 30)
    entry = last()
    assert (entry["operation"], entry["status"]) == ("bulk_unenroll", 400)
    assert "broke off" in str(entry["answer"])


HEADS = {
    "no host": ("GET /openapi.yaml HTTP/1.1", 400),
    "two hosts": ("GET /openapi.yaml HTTP/1.1\nHost: localhost\nHost: localhost", 400),
    "the host of a proxy's request": ("GET http://evil.example/openapi.yaml HTTP/1.1\nHost: localhost", 403),
    "a tenant that is not ASCII": ("GET /openapi.yaml HTTP/1.1\nHost: localhost\nX-Mock-LMS-Tenant: ł", 400),
    "two tenants": (
        "GET /openapi.yaml HTTP/1.1\nHost: localhost\nX-Mock-LMS-Tenant: a\nX-Mock-LMS-Tenant: default",
        400,
    ),
    "a tenant with _": ("GET /openapi.yaml HTTP/1.1\nHost: localhost\nX_Mock_LMS_Tenant: a", 400),
    "two tokens": (
        "GET /openapi.yaml HTTP/1.1\nHost: localhost\nAuthorization: Bearer a\nAuthorization: Bearer b",
        400,
    ),
    "no host in HTTP/1.0": ("GET /openapi.yaml HTTP/1.0", 200),
    "another header that is not ASCII": ("GET /openapi.yaml HTTP/1.1\nHost: localhost\nUser-Agent: ł", 200),
}


@pytest.mark.parametrize("why", HEADS)
def test_a_head_that_is_not_clear_is_refused(server: Served, why: str) -> None:
    start, status = HEADS[why]
    found, answer = sent(server, f"{start}\nConnection: close")
    assert found == status
    if status != 200:
        assert json.loads(answer)["status"] == status


def test_the_control_token_is_looked_at_before_an_upload_is_read(server: Served) -> None:
    more = ["Content-Length: 60000000", "Content-Type: application/gzip", "Expect: 100-continue"]
    for path, status in (
        ("/_mock/snapshots/x/file", 401),
        ("/t/default/_mock/snapshots/x/file", 401),
        ("/learn/v1/_mock/enrollments", 404),
    ):
        lines = [f"PUT {path} HTTP/1.1", "Host: localhost", "Authorization: Bearer wrong", "Connection: close", *more]
        # whoever asks for 100 Continue and does not get it need not send the body; nobody waits for it here
        assert sent(server, "\n".join(lines))[0] == status


def test_of_a_stranger_no_large_body_is_read(server: Served) -> None:
    for path, status in ((BULK, 401), ("/oauth2/token", 413)):
        lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Length: 8000000", "Connection: close"]
        assert sent(server, "\n".join(lines))[0] == status


def test_a_query_beyond_latin_1_is_understood_and_noted_as_it_was_written(server: Served) -> None:
    client = server.log_in()
    client.call("POST", "/manage/v1/user", {"username": "łódź.1"}, status=None)
    status, answer = sent(server, head(server, "GET", "/manage/v1/user?search_text=Łódź"))
    assert status == 200
    assert [user["username"] for user in json.loads(answer)["data"]["items"]] == ["łódź.1"]
    _, journal = sent(server, head(server, "GET", "/_mock/journal?last=1&limit=1"))
    (entry,) = json.loads(journal)["entries"]
    assert entry["query"] == "search_text=Łódź"
    for path in ("/Łódź?x=Łódź", "/_mock/Łódź", "/t/Łódź/", "/oauth2/authorize?client_id=Łódź"):
        assert sent(server, head(server, "GET", path))[0] in {400, 404}
