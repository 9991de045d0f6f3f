"""Each way in which a server cannot be reached has a sentence of its own, which says what to do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from mock_lms_contracts.connection import Connection
from mock_lms_contracts.failures import Dropped, TimedOut, Unreachable
from mock_lms_contracts.ground import token
from mock_lms_contracts.verdicts import HarnessError

from tests.contracts import certificates
from tests.contracts.scripted import Script, hangs_up, says


def enter(url: str, folder: Path) -> None:
    """As a run does to begin with."""
    silences = str(folder / "silences")
    token({"base_url": url, "verify": True, "headers": {}, "token": "t", "login": {}, "silences": silences})


@contextmanager
def over_tls(certificate: Path) -> Iterator[str]:
    """A server that has this certificate and says 200."""
    server = Script()
    server.socket = certificates.context(certificate).wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def said(url: str, verify: bool | str = True) -> str:
    """Why it cannot be reached."""
    with pytest.raises(Unreachable) as raised:
        Connection(verify).call("GET", url, timeout=5)
    return str(raised.value)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates.make(tmp_path_factory.mktemp("signer") / "authority.pem", ())


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("names", "days", "signed", "trusts", "sentence"),
    [
        (certificates.HERE, (-1, 1), False, False, "is self-signed; --ca FILE names the certificates to trust"),
        (certificates.HERE, (-1, 1), True, False, "is signed by nobody who is trusted; --ca FILE"),
        (("lms.example",), (-1, 1), True, True, "is for another address; give --base-url with a name"),
        (certificates.HERE, (-2, -1), True, True, "has expired; renew it"),
        (certificates.HERE, (1, 2), True, True, "is not valid yet; is the clock"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(
    names: Sequence[str], days: tuple[int, int], signed: bool, trusts: bool, sentence: str, signer: Path, tmp_path: Path
) -> None:
    certificate = certificates.make(tmp_path / "c.pem", names, days=days, signer=signer if signed else None)
    with over_tls(certificate) as url:
        assert f"its certificate {sentence}" in said(url, str(signer) if trusts else True)
        assert Connection(verify=False).call("GET", url).status == 200


def test_a_name_that_a_certificate_is_not_for_is_said(signer: Path, tmp_path: Path) -> None:
    certificate = certificates.make(tmp_path / "c.pem", ("lms.example",), signer=signer)
    with over_tls(certificate) as url:
        assert "is for another name; give --base-url" in said(url.replace("127.0.0.1", "localhost"), str(signer))


def test_the_certificate_that_ca_names_is_trusted_whatever_the_environment_names(
    signer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificates.make(tmp_path / "c.pem", signer=signer)
    other = certificates.make(tmp_path / "other.pem", ())
    with over_tls(certificate) as url:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
        assert Connection(str(signer)).call("GET", url).status == 200
        assert Connection(verify=False).call("GET", url).status == 200
        assert "is signed by nobody who is trusted" in said(url, str(other))


def test_http_where_https_is_spoken_and_the_other_way_round(script: Script, tmp_path: Path) -> None:
    assert "does not speak TLS; give an address that begins with http://" in said(
        script.url.replace("http://", "https://")
    )
    made = certificates.make(tmp_path / "c.pem")
    with over_tls(made) as url, pytest.raises(HarnessError, match="begins with https://"):
        enter(url.replace("https://", "http://"), tmp_path)


@pytest.mark.parametrize(
    "text", ["The plain HTTP request was sent to HTTPS port", "Client sent an HTTP request to an HTTPS server."]
)
def test_a_server_that_says_that_https_is_spoken_is_heard(script: Script, text: str, tmp_path: Path) -> None:
    script.plays = [says(400, text.encode())]
    with pytest.raises(HarnessError, match="speaks TLS; give the address that begins with https://"):
        enter(script.url, tmp_path)


def test_an_answer_of_tls_to_plain_http_is_known() -> None:
    with answering(b"\x15\x03\x03\x00\x02\x02\x46") as url:
        assert "the server speaks TLS; give an address that begins with https://" in said(url)


def test_a_handshake_that_fails_or_never_ends_is_told_apart(script: Script) -> None:
    with answering(b"\x15\x03\x03\x00\x02\x02\x28") as url:
        assert "the TLS handshake fails (" in said(url.replace("http://", "https://"))
    with answering(b"") as url, pytest.raises(TimedOut, match=r"no answer within 0\.2 s"):
        Connection().call("GET", url.replace("http://", "https://"), timeout=0.2)
    script.plays = [hangs_up]
    with pytest.raises(Dropped, match="closed before there was an answer"):
        Connection().call("DELETE", script.url)


def test_a_name_that_nobody_knows_and_a_port_where_nobody_listens_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "nobody listens there; is it the right address?" in said(f"http://127.0.0.1:{port}")
    assert "the name lms.invalid is unknown" in said("http://lms.invalid")


def test_a_server_elsewhere_is_reached_through_the_proxy_of_the_environment(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY", "HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, script.url)
    assert Connection().call("GET", "http://lms.invalid/list").status == 200
    assert script.seen[0][1] == "http://lms.invalid/list"
    assert "the proxy fails; NO_PROXY=lms.invalid avoids it" in said("https://lms.invalid")


@contextmanager
def answering(content: bytes) -> Iterator[str]:
    """A server that reads what is sent, says this, and waits."""
    end = threading.Event()

    def serve() -> None:
        with listening.accept()[0] as connection:
            connection.recv(4_096)
            connection.sendall(content)
            if content:
                connection.shutdown(socket.SHUT_WR)
            end.wait(10)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            end.set()
            thread.join()
