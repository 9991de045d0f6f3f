"""Where /oauth2/authorize may send the browser, and where it never does."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.support.lms import CREDENTIALS, Lms
from tests.support.oauth2 import (
    BACK,
    BROWSER,
    PKCE,
    authorize,
    confidential,
    log_in,
    see,
    went_to,
)

FOREIGN = [
    "https://evil.example/",
    "http://evil.example/api-browser/oauth2-redirect.html",
    "//evil.example/api-browser/oauth2-redirect.html",
    "http://localhost.evil.example/back",
    "http://localhost@evil.example/back",
    "http://localhost:9999@evil.example/",
    "http://evil.example\\@localhost/",
    "http://evil.example#@localhost/",
    "http://evil.example?@localhost/",
    "http://[::1/",
    "https://localhost/back",
    "javascript:alert(1)//localhost",
    "javascript://localhost/%0aalert(1)",
    "data:text/html,x",
    "evil.example",
    "/\\evil.example",
    "",
    "http://",
    "http://localhost:99999/",
    "http://localhost:x/",
    '"quoted"',
    "http://évil.example/",
]


def is_own(location: str) -> bool:
    """Whether a browser that reads the address as WHATWG says stays on this machine."""
    parts = urlsplit(location.replace("\\", "/"))
    return parts.scheme in {"", "http"} and parts.hostname in {None, "localhost", "127.0.0.1", "::1"}


@pytest.mark.parametrize("client", ["api-browser", CREDENTIALS.client_id])
@pytest.mark.parametrize("address", FOREIGN)
def test_nobody_is_sent_to_a_foreign_address(lms: Lms, client: str, address: str) -> None:
    for more in ({}, {"response_type": "token"}, {"response_type": "x"}, {"scope": "x"}, {"response_type": ""}):
        path = authorize(**{"client_id": client, "redirect_uri": address, **PKCE, **more})
        see(lms, path, status=None)
        assert lms.last.status_code in {400, 401}, lms.last.headers.get("Location")
        lms.call(
            "POST",
            path,
            raw=b"username=admin&password=pa55word",
            content_type="application/x-www-form-urlencoded",
            token=None,
            status=None,
        )
        assert lms.last.status_code in {400, 401}, lms.last.headers.get("Location")


@pytest.mark.parametrize(
    "address", ["http://localhost:9999/x", "http://localhost/", "http://127.0.0.1:80/", "http://[::1]:9999/x?y=z"]
)
def test_a_client_with_a_secret_may_come_back_to_this_machine(lms: Lms, address: str) -> None:
    log_in(lms, confidential(redirect_uri=address, state="s"))
    assert is_own(lms.last.headers["Location"])
    assert lms.last.headers["Location"].startswith(address)


@pytest.mark.parametrize(
    "address",
    [
        BACK,
        "http://localhost/other",
        "http://127.0.0.1:80/api-browser/oauth2-redirect.html",
        f"http://localhost:81{BROWSER}",
    ],
)
def test_the_public_client_comes_back_to_its_own_page_only(lms: Lms, address: str) -> None:
    see(lms, authorize(client_id="api-browser", redirect_uri=address, **PKCE), status=400)


def test_the_public_client_comes_back_to_the_host_that_it_was_opened_on(lms: Lms) -> None:
    for host in ("localhost:8080", "default.localhost", "127.0.0.1:8080"):
        address = f"http://{host}{BROWSER}"
        path = authorize(client_id="api-browser", redirect_uri=address, **PKCE)
        lms.call("GET", path, token=None, headers={"Host": host})
        lms.call("GET", path, token=None, headers={"Host": "localhost:9"}, status=400)


@pytest.mark.parametrize(
    "name", ["response_type", "client_id", "state", "scope", "code_challenge", "code_challenge_method"]
)
def test_an_odd_character_in_a_parameter_is_no_failure(lms: Lms, name: str) -> None:
    for odd in ('"', "\\", "é", "\n", "\0", "x" * 5000, ""):
        see(lms, confidential(**{**PKCE, name: odd}), status=None)
        assert lms.last.status_code in {200, 302, 400, 401}
        if lms.last.status_code == 302:
            assert went_to(lms)[0] == BACK


@pytest.mark.parametrize("missing", ["client_id", "redirect_uri", "response_type"])
def test_without_client_address_or_kind_there_is_no_page(lms: Lms, missing: str) -> None:
    query = {"client_id": CREDENTIALS.client_id, "redirect_uri": BACK, "response_type": "code"}
    del query[missing]
    see(lms, "/oauth2/authorize?" + "&".join(f"{name}={value}" for name, value in query.items()), status=None)
    assert lms.last.status_code in {302, 400, 401}
    if lms.last.status_code == 302:
        assert went_to(lms)[0] == BACK


def test_an_unknown_client_is_refused_and_not_sent_anywhere(lms: Lms) -> None:
    see(lms, authorize(client_id="nobody", redirect_uri=BACK), status=None)
    assert lms.last.status_code in {400, 401}


@pytest.mark.parametrize("kind", ["token", "id_token", "code token", "x"])
def test_only_codes_are_offered(lms: Lms, kind: str) -> None:
    see(lms, confidential(response_type=kind, state="s"), status=None)
    assert lms.last.status_code in {302, 400}
    if lms.last.status_code == 302:
        where, query = went_to(lms)
        assert (where, query["error"]) == (BACK, "unsupported_response_type")
