"""Whether a server answers is asked without waiting for it."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing, suppress
from pathlib import Path

import pytest

from mock_lms.probe import Probe
from mock_lms.tls import own_certificate


def test_a_server_that_says_nothing_yet_is_asked_once_and_not_waited_for() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        probe = Probe(*server.getsockname())
        assert [probe.is_answered() for _ in range(50)] == [False] * 50
        connection, _ = server.accept()
        with closing(connection):
            assert connection.recv(1_000).startswith(b"GET /openapi.yaml ")
            server.setblocking(False)
            with pytest.raises(BlockingIOError):  # there is no second one
                server.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not probe.is_answered():
                pass


@pytest.mark.parametrize("answer", [b"HTTP/1.1 500 Internal Server Error\r\n", b""])
def test_another_answer_or_none_is_asked_for_again(answer: bytes) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        probe = Probe(*server.getsockname())
        for _ in range(2):
            assert not probe.is_answered()
            connection, _ = server.accept()
            connection.sendall(answer)
            connection.close()
            while probe._connection is not None:
                assert not probe.is_answered()


def test_who_does_not_listen_does_not_answer() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = server.getsockname()
    assert not Probe(*address).is_answered()


def test_a_server_with_tls_is_asked_by_tls_and_not_waited_for(tmp_path: Path) -> None:
    certificate, _ = own_certificate(tmp_path, [])
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.certificate, certificate.key)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        probe = Probe(*server.getsockname(), tls=True)
        assert [probe.is_answered() for _ in range(50)] == [False] * 50  # it has not shown its certificate
        connection, _ = server.accept()
        with closing(context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)) as secured:
            secured.setblocking(False)
            while True:
                with suppress(ssl.SSLWantReadError):
                    secured.do_handshake()
                    break
                assert not probe.is_answered()
            assert not probe.is_answered()
            assert secured.recv(1_000).startswith(b"GET /openapi.yaml ")
            assert not probe.is_answered()
            secured.sendall(b"HTTP/1.1 200 OK\r\n")
            while not probe.is_answered():
                pass


def test_a_server_that_answers_tls_with_something_else_does_not_answer() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        probe = Probe(*server.getsockname(), tls=True)
        assert not probe.is_answered()
        connection, _ = server.accept()
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        connection.close()
        while probe._connection is not None:
            assert not probe.is_answered()
