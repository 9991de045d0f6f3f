"""A mock as a server: one that we start, as a process that ends with ours; or one that is there."""

from __future__ import annotations

import http.client
import json
import os
import select
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from mock_lms.testing.control import Json, Send, encoded
from mock_lms.tls import trust

if TYPE_CHECKING:
    import requests

START_SECONDS = 60
STOP_SECONDS = 10
LONGEST = 330
"""Seconds of a call of the control API, one of which waits 300 at most."""


DIRECT = ("127.0.0.1", "localhost", "::1")


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY in both spellings, with this machine: a proxy would not find the mock, but be told its secrets."""
    known = (environment.get("no_proxy") or environment.get("NO_PROXY") or "").split(",")
    hosts = ",".join(dict.fromkeys(filter(None, [*(host.strip() for host in known), *DIRECT])))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


class ServerFailed(Exception):
    """The server did not start. Its own words, unless they went to standard error."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Unreachable(OSError):
    """There is no mock at the address. One line."""


class Server:
    """`mock-lms serve`, which ends when we do. Its first line is `ready`."""

    def __init__(
        self,
        options: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stdin: int = subprocess.PIPE,
        log: Path | None = None,
        loud: bool = False,
    ) -> None:
        """`stdin` is what it reads to know whether we live. What it logs goes to `log`, to a file that we read when
        it fails, or with `loud` to our own standard error. Raises `ServerFailed`.
        """
        own = {name: value for name, value in os.environ.items() if not name.startswith("MOCK_LMS_")}
        self._log: IO[str] = log.open("w+") if log else tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(  # noqa: S603 -- our own program
            [sys.executable, "-P", "-m", "mock_lms.child", "--port", "0", *options],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=None if loud else self._log,
            env=environment if environment is not None else own,
            start_new_session=True,  # Ctrl-C is for us; we end it when we are done
        )
        self._said = cast("IO[bytes]", self._process.stdout)
        try:
            self.ready: dict[str, Any] = self._first_line()
        except BaseException:
            self.close()
            raise

    def _first_line(self) -> dict[str, Any]:
        readable, _, _ = select.select([self._said], [], [], START_SECONDS)
        line = self._said.readline() if readable else b""
        if line:
            ready: dict[str, Any] = json.loads(line)
            return ready
        if not readable:
            raise ServerFailed(f"the server did not start within {START_SECONDS} s", 1)
        code = self._process.wait(STOP_SECONDS)
        self._log.seek(0)
        said = self._log.read().strip()
        self._log.truncate(0)
        raise ServerFailed(said, code)

    def leave(self) -> None:
        """Lets it live on without us, until its input ends."""
        self._process.returncode = 0  # or Python would warn that it still runs
        self._close_files()

    def close(self) -> None:
        """Ends it, and waits for that. What it logged goes to our standard error."""
        if self._log.closed:
            return
        if self._process.stdin:
            self._process.stdin.close()
        else:
            self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.seek(0)
        sys.stderr.write(self._log.read())
        self._close_files()

    def _close_files(self) -> None:
        self._said.close()
        self._log.close()


class Served:
    """A server that is ready: where it is, and who may enter."""

    def __init__(self, ready: Mapping[str, str], close: Callable[[], None]) -> None:
        self.url = ready["url"]
        self.credentials = ready
        self.ca = ready.get("ca")
        self.close = close
        self._tls = trust(self.ca) if self.ca else None

    def send(self, tenant: str, method: str, path: str, body: Json | bytes | None) -> tuple[int, str, bytes]:
        """A call of the control API."""
        return over_http(self.url, self.credentials["control_token"], tenant, self._tls)(method, path, body)

    def mount(self, session: requests.Session) -> None:
        """Any session reaches a server; one with TLS has its CA trusted."""
        if self.ca is not None:
            from mock_lms.testing.adapter import Trusting  # noqa: PLC0415 -- only who has requests needs it

            retries = getattr(session.get_adapter(f"{self.url}/"), "max_retries", 0)
            session.mount(f"{self.url}/", Trusting(self.ca, retries))


def over_http(url: str, control_token: str, tenant: str = "", tls: ssl.SSLContext | None = None) -> Send:
    """What makes calls of the control API there; `tls` says whom https trusts, the machine's CAs unless given.

    Raises `Unreachable`, as the calls do.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise Unreachable("this is no address of a server; it looks like http://127.0.0.1:8080")
    connect: Callable[[], http.client.HTTPConnection]
    if parts.scheme == "https":
        connect = partial(http.client.HTTPSConnection, parts.netloc, timeout=LONGEST, context=tls)
    else:
        connect = partial(http.client.HTTPConnection, parts.netloc, timeout=LONGEST)
    headers = {"Authorization": f"Bearer {control_token}"} | ({"X-Mock-LMS-Tenant": tenant} if tenant else {})

    def send(method: str, path: str, body: Json | bytes | None) -> tuple[int, str, bytes]:
        content, kind = encoded(body)
        with closing(connect()) as connection:
            try:
                connection.request(method, parts.path.rstrip("/") + path, content, headers | kind)
                answer = connection.getresponse()
                return answer.status, answer.headers.get("Content-Type", ""), answer.read()
            except ssl.SSLCertVerificationError as error:
                told = f"its certificate is not trusted ({error.verify_message}); name its CA's file with --ca"
                raise Unreachable(told) from None
            except ssl.SSLError:
                raise Unreachable("what answers there speaks no TLS that we know") from None
            except (http.client.HTTPException, ValueError) as error:
                raise Unreachable(f"what answers there is no mock-lms ({type(error).__name__})") from None
            except OSError as error:
                raise Unreachable(error.strerror or str(error)) from None

    return send
