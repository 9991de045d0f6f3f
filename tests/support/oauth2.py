"""Asking for tokens, and logging in on the page."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from mock_lms.services import oauth2
from tests.support.lms import CREDENTIALS, Lms

FORM = "application/x-www-form-urlencoded"
CLIENT: dict[str, Any] = {"client_id": CREDENTIALS.client_id, "client_secret": CREDENTIALS.client_secret}
ADMIN: dict[str, Any] = {"username": CREDENTIALS.username, "password": CREDENTIALS.password}
PASSWORD: dict[str, Any] = {"grant_type": "password", **CLIENT, **ADMIN}

BACK = "http://localhost:9999/back"
BROWSER = "/api-browser/oauth2-redirect.html"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def ask(lms: Lms, *, status: int | None = 200, headers: dict[str, str] | None = None, **fields: str) -> Any:
    """What `POST /oauth2/token` answers to a form."""
    raw = urlencode(fields).encode()
    return lms.call("POST", "/oauth2/token", raw=raw, content_type=FORM, token=None, status=status, headers=headers)


def authorize(**query: str) -> str:
    """The path of the login page."""
    return f"/oauth2/authorize?{urlencode({'response_type': 'code', **query})}"


def browser(**more: str) -> str:
    """The login page as the API browser opens it."""
    return authorize(client_id="api-browser", redirect_uri=f"http://localhost{BROWSER}", **PKCE, **more)


def confidential(**more: str) -> str:
    """The login page as a program with a secret opens it."""
    return authorize(**{"client_id": CREDENTIALS.client_id, "redirect_uri": BACK, **more})


def log_in(lms: Lms, path: str, *, status: int = 302, **form: str) -> Any:
    """Sends the login. On 302 the address that the browser is sent to, without its query, and the query."""
    raw = urlencode(form or ADMIN).encode()
    page = lms.call("POST", path, raw=raw, content_type=FORM, token=None, status=status)
    if status != 302:
        return page
    return went_to(lms)


def went_to(lms: Lms) -> tuple[str, dict[str, str]]:
    """Where the last answer sends the browser."""
    parts = urlsplit(lms.last.headers["Location"])
    return f"{parts.scheme}://{parts.netloc}{parts.path}", dict(parse_qsl(parts.query))


def code_for(lms: Lms, path: str) -> str:
    _, query = log_in(lms, path)
    return str(query["code"])


def works(lms: Lms, token: str) -> bool:
    """Whether the API lets the token in."""
    lms.call("GET", "/manage/v1/user/session", token=token, status=None)
    assert lms.last.status_code in {200, 401}
    return lms.last.status_code == 200


def refresh(lms: Lms, token: str, **more: Any) -> Any:
    return ask(lms, **{"grant_type": "refresh_token", **CLIENT, "refresh_token": token}, **more)


def see(lms: Lms, path: str, *, status: int | None = 200) -> Any:
    return lms.call("GET", path, token=None, status=status)


# --- the page


def at_once(lms: Lms, monkeypatch: pytest.MonkeyPatch, **fields: str) -> list[int]:
    """The statuses of eight token calls with the same code or refresh token, all of which found it still good."""
    find, everybody = oauth2.find, Barrier(8, timeout=60)

    def find_and_wait(*args: Any) -> Any:
        grant = find(*args)
        everybody.wait()
        return grant

    def use(_: int) -> int:
        return lms.app.test_client().post("/oauth2/token", data={**CLIENT, **fields}).status_code

    with monkeypatch.context() as patched, ThreadPoolExecutor(8) as pool:
        patched.setattr(oauth2, "find", find_and_wait)
        return sorted(pool.map(use, range(8)))
