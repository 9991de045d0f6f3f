"""Whether a server that was just started answers yet."""

from __future__ import annotations

import socket
import ssl

CONNECT_SECONDS = 0.1  # to the port that it listens on already


def _any_certificate() -> ssl.SSLContext:
    """For who looks whether a server of ours answers, whatever certificate it was given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Probe:
    """Asks a server whether it answers yet, over and over. It never waits for it, so that a signal is heard at once."""

    def __init__(self, host: str, port: int, *, tls: bool = False) -> None:
        # what to ask is not what to bind
        self._address = ({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)  # noqa: S104
        self._tls = _any_certificate() if tls else None
        self._connection: socket.socket | None = None
        self._has_asked = False

    def is_answered(self) -> bool:
        """Whether a request that was sent now or before has its answer, a 200."""
        try:
            if self._connection is None:
                self._connection, self._has_asked = self._connect(), False
            if not self._has_asked:
                if isinstance(self._connection, ssl.SSLSocket):
                    self._connection.do_handshake()
                self._connection.sendall(b"GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                self._has_asked = True
            start = self._connection.recv(64)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except OSError:
            start = b""
        self.close()
        return start.startswith(b"HTTP/1.1 200 ")

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=CONNECT_SECONDS)
        connection.setblocking(False)
        return self._tls.wrap_socket(connection, do_handshake_on_connect=False) if self._tls else connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
