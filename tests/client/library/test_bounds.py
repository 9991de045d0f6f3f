"""An answer has an end: in bytes once it is unpacked, and in seconds however slowly its bytes come."""

from __future__ import annotations

import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat
from threading import Thread

import pytest
import requests
from mock_lms_client import Client, Refused, Unreachable, Unreadable, wire

OK = b"HTTP/1.1 200 OK\r\n"
SPACES = b" " * (1 << 16)


class Endless:
    """Answers every call with pieces, until the client goes."""

    def __init__(self) -> None:
        self.calls = self.sent = 0
        self.url = ""
        self.pieces: Callable[[], Iterable[bytes]] = list

    def serve(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                with listening.accept()[0] as connection:
                    self.calls += 1
                    while b"\r\n\r\n" not in connection.recv(1 << 16):
                        pass
                    with suppress(OSError):
                        for piece in self.pieces():
                            connection.sendall(piece)
                            self.sent += len(piece)


@pytest.fixture
def endless() -> Iterator[Endless]:
    server = Endless()
    with listening(server):
        yield server


@contextmanager
def listening(server: Endless) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        server.url = f"http://127.0.0.1:{door.getsockname()[1]}"
        thread = Thread(target=server.serve, args=(door,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            door.shutdown(socket.SHUT_RDWR)
            thread.join(30)


# --- bytes


def plain() -> Iterator[bytes]:
    yield OK + b"\r\n"
    yield from repeat(SPACES)


def chunked() -> Iterator[bytes]:
    yield OK + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from repeat(b"10000\r\n" + SPACES + b"\r\n")


def gzipped() -> Iterator[bytes]:
    """A thousandth of what it is."""
    yield OK + b"Content-Encoding: gzip\r\n\r\n"
    packing = zlib.compressobj(9, wbits=31)
    for _ in repeat(None):
        yield packing.compress(SPACES)


@pytest.mark.parametrize("pieces", [plain, chunked, gzipped])
def test_an_answer_that_is_too_large_is_given_up_unpacked_and_once(
    endless: Endless, monkeypatch: pytest.MonkeyPatch, pieces: Callable[[], Iterator[bytes]]
) -> None:
    monkeypatch.setattr(wire, "LARGEST", 4 << 20)
    endless.pieces = pieces
    with Client(endless.url, token="x") as client:
        tracemalloc.start()
        with pytest.raises(Unreadable, match=r"\(200\) is not what .*: it is larger than 4 MiB\. Check base_url"):
            client.get_session()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert endless.calls == 1
    assert most < 16 << 20  # all that was unpacked, twice while it is joined, and what a test itself needs


def test_after_a_write_whose_answer_is_too_large_nobody_knows(
    endless: Endless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LARGEST", 1 << 20)
    endless.pieces = plain
    with (
        Client(endless.url, token="x") as client,
        pytest.raises(Unreadable, match=r"larger than 1 MiB.*effect is unknown"),
    ):
        client.bulk_unenroll([1], course_ids=[2])


def test_a_refusal_that_is_too_large_is_a_refusal(endless: Endless, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LARGEST", 1 << 20)
    endless.pieces = lambda: chain([b"HTTP/1.1 409 Conflict\r\n\r\n"], repeat(SPACES))
    with Client(endless.url, token="x") as client, pytest.raises(Refused, match="409 Conflict"):
        client.create_user("ana")


def test_what_comes_after_an_answer_that_was_given_up_is_another_answer(
    endless: Endless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LARGEST", 1 << 20)
    endless.pieces = plain
    with Client(endless.url, token="x") as client:
        with pytest.raises(Unreadable):
            client.get_session()
        body = b'{"data": {"username": "ana"}}'
        endless.pieces = lambda: [OK + b"Content-Length: %d\r\n\r\n" % len(body) + body]
        assert client.get_session()["username"] == "ana"
    assert endless.calls == 2


# --- seconds


def dripping(first: bytes, drop: bytes) -> Callable[[], Iterator[bytes]]:
    """Always soon enough for a timeout that begins anew with every byte; ten seconds long."""

    def pieces() -> Iterator[bytes]:
        yield first
        for _ in range(1000):
            time.sleep(0.01)
            yield drop

    return pieces


DRIPPING = {
    "the status": dripping(b"HTTP/1.1 200 ", b"O"),
    "interim answers": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a header": dripping(OK + b"X-A: ", b"a"),
    "the body": dripping(OK + b"Content-Length: 5000\r\n\r\n", b" "),
    "a body to the end of the connection": dripping(OK + b"\r\n", b" "),
    "the length of a chunk": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a"),
    "chunks": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a failure's body": dripping(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5000\r\n\r\n", b" "),
}


@pytest.mark.parametrize("pieces", DRIPPING.values(), ids=DRIPPING)
def test_an_answer_that_drips_is_given_up_in_time_and_once(
    endless: Endless, monkeypatch: pytest.MonkeyPatch, pieces: Callable[[], Iterator[bytes]]
) -> None:
    monkeypatch.setattr(wire, "LONGEST", 0.1)
    endless.pieces = pieces
    with Client(endless.url, token="x", timeout=5.0) as client:
        with pytest.raises(
            Unreachable, match=r"get_session at .*: no whole answer within 0\.1 s\. Try again"
        ) as caught:
            client.get_session()
        with pytest.raises(Unreachable, match=r"no whole answer within .* Whether it took effect is unknown") as write:
            client.bulk_unenroll([1], course_ids=[2])
    assert (caught.value.lasting, caught.value.sent, write.value.sent) == (True, True, True)
    assert endless.calls == 2
    assert endless.sent < 1000 * len(b"HTTP/1.1 100 Continue\r\n\r\n")  # nobody waited for all of it


def test_a_byte_that_does_not_come_ends_the_call_as_before(endless: Endless, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LONGEST", 60.0)
    endless.pieces = lambda: (time.sleep(0.5) or b"" for _ in range(1))  # type: ignore[func-returns-value]
    with (
        Client(endless.url, token="x", timeout=(5.0, 0.05)) as client,
        pytest.raises(Unreachable, match=r"no answer within 0\.05 s"),
    ):
        client.unenroll(1, 2)


class Own(requests.adapters.HTTPAdapter):
    """As somebody's own session has it."""


def test_with_somebody_s_own_adapter_it_is_looked_at_between_two_pieces(
    endless: Endless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LONGEST", 0.1)
    endless.pieces = DRIPPING["chunks"]
    with requests.Session() as session:
        session.mount("http://", Own())
        client = Client(endless.url, token="x", timeout=5.0, session=session)
        with pytest.raises(Unreachable, match="no whole answer within"):
            client.get_session()
    assert endless.calls == 1


def test_a_proxy_s_answers_are_bounded_as_well(endless: Endless, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LONGEST", 0.1)
    monkeypatch.setenv("HTTP_PROXY", endless.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    endless.pieces = DRIPPING["a header"]
    with (
        Client("http://acme.test", token="x", timeout=5.0, allow_http=True) as client,
        pytest.raises(Unreachable, match="no whole answer within"),
    ):
        client.get_session()
