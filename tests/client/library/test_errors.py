"""What errors say, and what they never say. And where calls go at all."""

from __future__ import annotations

import pickle
import ssl
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import requests
from mock_lms_client import ApiError, Client, ClientError, ListChanged, Refused, Unreachable, Unreadable
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, SSLError

from tests.client.harness.scripted import HALF, LOST, Says, Scripted, grants, refuses

NewClient = Callable[..., Client]

SECRETS = {"client_secret": "s3cret-of-app", "password": "pa55word-of-ana"}
LOGIN = {"client_id": "app", "username": "ana", **SECRETS}
ALL_SECRETS = [*SECRETS.values(), "t0ken-1", "r3fresh-1", "n3w-password", "c0de-of-ana"]


# --- what errors say


def test_an_error_is_one_line_that_says_what_where_and_what_to_do(server: Scripted, client: Client) -> None:
    server.says(Says(403, {"name": "Forbidden", "message": ["Not\r\nyou.", "\x1b[31mNever.", 7]}))
    with pytest.raises(Refused) as caught:
        client.unenroll(1, 2)
    assert str(caught.value) == (
        f"unenroll at {client.tenant}: 403 Forbidden: Not you. ?[31mNever. Take the token of a user who may do this."
    )
    assert caught.value.messages == ["Not\r\nyou.", "\x1b[31mNever."]


def test_a_host_that_is_not_served_is_no_matter_of_the_token(server: Scripted, client: Client) -> None:
    """exposed-by-name in the issue's cases."""
    server.says(refuses(403, "The host 'mock-lms:8080' is not served here. Use --allow-host mock-lms."))
    with pytest.raises(Refused, match="call it by one that it serves, or have it serve this one") as caught:
        client.get_session()
    assert "token" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "name", "messages"),
    [
        (b"", "", []),
        (b"<html>no</html>", "", []),
        ({"message": "A text."}, "", ["A text."]),
        ({"name": 5, "message": None}, "5", []),
        ({"error": "invalid_scope"}, "invalid_scope", []),
        ({"error": "invalid_scope", "error_description": "No."}, "invalid_scope", ["No."]),
        ({"name": "A" * 5000, "message": ["B" * 5000]}, "A" * 5000, ["B" * 5000]),
    ],
)
def test_a_refusal_in_any_words_is_a_line(
    server: Scripted, client: Client, body: object, name: str, messages: list[str]
) -> None:
    server.says(Says(422, body))
    with pytest.raises(Refused, match=r"^get_session at \S+: 422 \S+") as caught:
        client.get_session()
    assert (caught.value.name, caught.value.messages) == (name, messages)
    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


def test_errors_are_a_tree_and_can_be_pickled() -> None:
    assert issubclass(Refused, ApiError)
    assert issubclass(Unreadable, ApiError)
    assert all(issubclass(each, ClientError) for each in (Unreachable, ApiError, ListChanged))
    error = Refused("No.", operation="enroll", tenant="acme", status=404, messages=["No."], retry_after=5.0)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 -- our own
    assert (str(again), vars(again)) == (str(error), vars(error))


# --- what they never say


def echoing(status: int) -> Says:
    """A refusal that says all secrets, as some servers do in their debug mode."""
    return Says(status, {"name": f"Bad {ALL_SECRETS[0]}", "message": [f"You said {ALL_SECRETS}."]})


ENDS: dict[str, list[Says]] = {
    "refused": [echoing(403)],
    "failed": [echoing(500)] * 6,
    "lost": [LOST] * 6,
    "half": [HALF] * 6,
    "no token": [echoing(401), echoing(401), echoing(401)],
    "redirected": [Says(302, b"", [("Location", f"http://ana:{SECRETS['password']}@a.test/?token=t0ken-1#r3fresh-1")])],
    "too much": [refuses(429, f"{ALL_SECRETS}", retry_after="99999")],
}
ACTS: dict[str, tuple[Callable[[Client], object], set[str]]] = {
    "get_session": (lambda client: client.get_session(), set()),
    "create_user": (lambda client: client.create_user("bo", password="n3w-password"), {"n3w-password"}),
    "issue_token": (lambda client: client.issue_token("authorization_code", code="c0de-of-ana"), {"c0de-of-ana"}),
    "submit_login": (
        lambda client: client.submit_login(username="bo", password="n3w-password", client_id="app"),
        {"n3w-password"},
    ),
}


@pytest.mark.parametrize("operation", ACTS)
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_no_error_says_a_secret(server: Scripted, new_client: NewClient, end: list[Says], operation: str) -> None:
    told: list[str] = []
    client = new_client(**LOGIN, on_wait=lambda _, why: told.append(why))
    server.says(grants("t0ken-1", "r3fresh-1"), Says())
    client.get_session()
    server.says(*end)
    act, its_own = ACTS[operation]
    with pytest.raises(ClientError) as caught:
        act(client)
    error = caught.value
    said = [str(error), repr(error), *told, repr(client), repr(client._login), *getattr(error, "messages", [])]
    said += [getattr(error, "name", ""), "".join(traceback.format_exception(error, limit=0))]
    # the server cannot tell what it was not told: a login that fails in between has not sent the call's own
    for secret in {*SECRETS.values(), "t0ken-1", "r3fresh-1"} | (its_own if error.operation == operation else set()):
        assert not [text for text in said if secret in text]


def test_a_token_that_comes_in_a_broken_answer_is_not_told(server: Scripted, new_client: NewClient) -> None:
    server.says(*[Says(body=b'{"access_token": "t0ken-1", "expires_in": 3600,')] * 6)
    with pytest.raises(Unreadable) as caught:
        new_client(**LOGIN).get_session()
    assert "t0ken-1" not in "".join(traceback.format_exception(caught.value))


# --- where calls go


@pytest.mark.parametrize(
    ("given", "tenant", "url"),
    [
        ("https://acme.docebosaas.com", "acme.docebosaas.com", None),
        ("https://ACME.docebosaas.com:443/", "acme.docebosaas.com", "https://acme.docebosaas.com:443"),
        ("https://acme.docebosaas.com:8443", "acme.docebosaas.com:8443", None),
        ("http://127.0.0.1:8080/t/acme/", "127.0.0.1:8080/t/acme", "http://127.0.0.1:8080/t/acme"),
        ("http://localhost", "localhost", None),
        ("http://a.localhost:80", "a.localhost", None),
        ("http://[::1]:8080", "[::1]:8080", None),
        ("https://b\u00fccher.test", "xn--bcher-kva.test", "https://xn--bcher-kva.test"),
    ],
)
def test_a_tenant_is_called_by_its_host_port_and_path(given: str, tenant: str, url: str | None) -> None:
    with Client(given) as client:
        assert (client.tenant, client.base_url) == (tenant, url or given)
        assert repr(client) == f"<Client {tenant}>"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "acme.docebosaas.com",
        "ftp://acme.test",
        "https://",
        "https://ana:pa55word@acme.test",
        "ana:pa55word@acme.test",
        "https://acme.test?token=pa55word",
        "https://acme.test/#pa55word",
        "https://acme.test?",
        " https://acme.test",
        "https://acme.test:port",
        "https://acme.test:99999",
        "https://acme.test\\@evil.test",
        "https://ac me.test",
        "https://*.test",
        "https://[::1",
        "http+unix://acme",
    ],
)
def test_what_is_no_address_is_an_error_that_tells_no_secret(given: str) -> None:
    with pytest.raises(ValueError, match=r"^base_url") as caught:
        Client(given)
    assert "pa55word" not in "".join(traceback.format_exception(caught.value, limit=0))


@pytest.mark.parametrize(
    "given",
    [
        "http://acme.test",
        "http://127.0.0.1.evil.test",
        "http://localhost.evil.test",
        "http://10.0.0.1",
        "http://0.0.0.0",
    ],
)
def test_secrets_are_not_sent_in_the_clear_unless_that_is_wanted(given: str) -> None:
    with pytest.raises(ValueError, match="in the clear"):
        Client(given)
    Client(given, allow_http=True).close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: Scripted, client: Client, status: int) -> None:
    server.says(Says(status, b"", [("Location", f"{server.url}/elsewhere?q=1")]), Says())
    with pytest.raises(Refused, match=rf"base_url redirects to {server.url}/elsewhere \({status}\)") as caught:
        client.unenroll(1, 2)
    assert caught.value.status == status
    assert len(server.heard) == 1


@pytest.mark.parametrize("location", [[], [("Location", "http://[")], [("Location", "\x00")]])
def test_a_redirect_to_nowhere_is_one_too(server: Scripted, client: Client, location: list[tuple[str, str]]) -> None:
    server.says(Says(307, b"", location))
    with pytest.raises(Refused, match="base_url redirects to"):
        client.unenroll(1, 2)


def test_a_netrc_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: Scripted, new_client: NewClient
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ana password wr0ng\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.says(Says(), Says())
    assert requests.get(server.url, timeout=5).request.headers["Authorization"].startswith("Basic ")
    new_client().get_session()
    assert server.heard[-1].authorization == "Bearer t0ken"


def test_a_proxy_is_asked_for_others_but_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, server: Scripted, new_client: NewClient
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, server.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server.says(Says(), Says())
    new_client().get_session()
    new_client(base_url="http://acme.test", allow_http=True).get_session()
    assert [each.path for each in server.heard] == [
        "/manage/v1/user/session",
        "http://acme.test/manage/v1/user/session",
    ]


def test_a_proxy_that_is_not_there_was_not_sent_anything(new_client: NewClient) -> None:
    with requests.Session() as session:
        session.proxies = {"https": "http://127.0.0.1:9"}  # nobody's port
        with pytest.raises(Unreachable) as caught:
            new_client(base_url="https://acme.test", session=session).unenroll(1, 2)
    assert not caught.value.sent


class Wire(HTTPAdapter):
    """Notes how it was asked, and raises what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error
        self.asked: list[dict[str, Any]] = []

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        self.asked.append({"request": request, **named})
        if self.error:
            raise self.error
        return super().send(request, *given, **named)


@pytest.mark.parametrize(("given", "used"), [({}, (5.0, 60.0)), ({"timeout": 7.0}, (7.0, 7.0))])
def test_no_call_is_without_a_timeout(
    server: Scripted, new_client: NewClient, given: dict[str, float], used: tuple[float, float]
) -> None:
    wire = Wire()
    with requests.Session() as session:
        session.mount("http://", wire)
        client = new_client(session=session, client_id="app", client_secret="s3cret", **given)
        server.says(grants("one"), *[Says()] * 2)
        client.get_session()
        client.unenroll(1, 2)
    assert [each["timeout"] for each in wire.asked] == [used] * 3


def test_a_certificate_that_is_not_trusted_is_no_matter_of_time(new_client: NewClient) -> None:
    reason = SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed"))
    wire = Wire(requests.exceptions.SSLError(MaxRetryError(None, "/", reason)))  # type: ignore[arg-type]
    with requests.Session() as session:
        session.mount("https://", wire)
        with pytest.raises(Unreachable, match="certificate is not trusted") as caught:
            new_client(base_url="https://acme.test", session=session).get_session()
    assert (caught.value.sent, len(wire.asked)) == (False, 1)


def test_a_call_says_who_calls_and_what_it_sends(server: Scripted, client: Client) -> None:
    server.says(Says(), Says())
    client.create_course("Ämter", code=None)
    client.unenroll(1, 2)
    written, bare = server.heard
    assert written.headers["User-Agent"] == f"mock-lms-client/{version('mock-lms')}"
    assert written.headers["Content-Type"] == "application/json"
    assert written.body == b'{"name": "\\u00c4mter"}'
    assert (bare.body, bare.headers["Content-Length"]) == (b"", "0")
    assert "Content-Type" not in bare.headers


def test_a_session_of_ones_own_brings_its_headers_and_stays_open(server: Scripted, new_client: NewClient) -> None:
    server.says(Says(), Says())
    wire = Wire()
    closed: list[bool] = []
    wire.close = lambda: closed.append(True)  # type: ignore[method-assign]
    with requests.Session() as session:
        session.mount("http://", wire)
        session.headers["X-Trace"] = "7"
        with new_client(session=session) as client:
            client.get_session()
        assert closed == []
    assert server.heard[0].headers["X-Trace"] == "7"
