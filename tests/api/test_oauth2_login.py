"""/oauth2/authorize: the page on which a person logs in (`show_login`, `submit_login`), and the codes it gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import werkzeug.security
from sqlalchemy import update

from mock_lms.services import oauth2, passwords
from mock_lms.storage.database import Statement
from mock_lms.storage.tables import users
from tests.support.lms import CREDENTIALS, Lms
from tests.support.oauth2 import (
    ADMIN,
    BACK,
    BROWSER,
    CHALLENGE,
    CLIENT,
    PKCE,
    VERIFIER,
    ask,
    at_once,
    authorize,
    browser,
    code_for,
    confidential,
    log_in,
    see,
    works,
)

PUBLIC = {"client_id": "api-browser", "redirect_uri": f"http://localhost{BROWSER}"}


def exchange(lms: Lms, code: str, *, status: int = 200, **more: Any) -> Any:
    fields = {"grant_type": "authorization_code", **CLIENT, "redirect_uri": BACK, "code": code, **more}
    return ask(lms, status=status, **{name: value for name, value in fields.items() if value is not None})


def exchange_public(lms: Lms, code: str, *, status: int = 200, **more: Any) -> Any:
    fields = {"grant_type": "authorization_code", **PUBLIC, "code": code, "code_verifier": VERIFIER, **more}
    return ask(lms, status=status, **{name: value for name, value in fields.items() if value is not None})


def test_the_page_is_a_form_that_nobody_can_frame_or_keep(lms: Lms) -> None:
    page = see(lms, browser())
    assert "<form" in page
    assert "api-browser" in page
    assert lms.last.headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in lms.last.headers["Content-Security-Policy"]
    assert lms.last.headers["Cache-Control"] == "no-store"


def test_a_wrong_login_shows_the_page_again_and_gives_no_code(lms: Lms) -> None:
    before = lms.everything(but=("journal",))
    for form in ({"username": "admin", "password": "wrong"}, {"username": "nobody", "password": "x"}, {"x": "y"}):
        page = log_in(lms, browser(), status=200, **form)
        assert 'role="alert"' in page
        assert lms.last.headers["X-Frame-Options"] == "DENY"
    assert 'role="alert"' not in see(lms, browser())
    assert lms.everything(but=("journal",)) == before


def test_what_was_typed_is_shown_but_never_as_html_and_never_the_password(lms: Lms) -> None:
    evil = "\"><script>alert('1')</script>&amp;"
    page = log_in(lms, browser(), status=200, username=evil, password="pa55-typed")
    assert "<script" not in page
    assert "&#34;&gt;&lt;script&gt;" in page
    assert "&amp;amp;" in page
    assert "pa55-typed" not in page


def test_a_clients_name_is_never_html(lms: Lms) -> None:
    name = "<img src=x onerror=alert(1)>"
    lms.tenants.access = replace(lms.tenants.access, client_id=name)
    lms.tenants.forget(lms.name)
    page = see(lms, authorize(client_id=name, redirect_uri=BACK))
    assert "<img" not in page
    assert "&lt;img src=x" in page


@pytest.mark.both_databases
def test_a_name_with_a_nul_is_refused_or_wrong_but_no_failure(lms: Lms) -> None:
    log_in(lms, browser(), status=200, username="a\0b", password="x\0y")
    see(lms, authorize(client_id="a\0b", redirect_uri=BACK), status=None)
    assert lms.last.status_code in {400, 401}


def test_a_login_is_a_form(lms: Lms) -> None:
    lms.call("POST", browser(), ADMIN, token=None, status=415)


# --- codes


def test_a_login_sends_the_browser_back_with_a_code_that_gives_a_token(lms: Lms) -> None:
    where, query = log_in(lms, browser())
    assert where == f"http://localhost{BROWSER}"
    assert query.keys() == {"code"}
    answer = exchange_public(lms, query["code"])
    assert (answer["expires_in"], answer["scope"]) == (3600, "api")
    assert works(lms, answer["access_token"])


def test_the_token_is_that_of_the_person_who_logged_in(lms: Lms) -> None:
    _, query = log_in(lms, browser(), username="mei.chen", password="learner-demo")
    token = exchange_public(lms, query["code"])["access_token"]
    assert lms.get("/manage/v1/user/session", token=token)["username"] == "mei.chen"


@pytest.mark.parametrize("state", ["xyz", "a&b=c#d", "é 日本", "x\r\nSet-Cookie: a=b", "<script>", "%0d%0a"])
def test_the_state_comes_back_as_it_was(lms: Lms, state: str) -> None:
    _, query = log_in(lms, browser(state=state))
    assert query["state"] == state
    assert "Set-Cookie" not in lms.last.headers
    _, query = log_in(lms, confidential(state=state))
    assert query["state"] == state


@pytest.mark.both_databases
def test_a_code_works_once(lms: Lms) -> None:
    code = code_for(lms, confidential())
    assert works(lms, exchange(lms, code)["access_token"])
    assert exchange(lms, code, status=400)["error"] == "invalid_grant"


@pytest.mark.both_databases
def test_of_eight_who_use_a_code_at_once_one_gets_a_token(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    code = code_for(lms, confidential())
    statuses = at_once(lms, monkeypatch, grant_type="authorization_code", redirect_uri=BACK, code=code)
    assert statuses == [200] + [400] * 7


def test_a_code_works_for_five_minutes(lms: Lms) -> None:
    code, late = code_for(lms, confidential()), code_for(lms, confidential())
    lms.advance(seconds=299)
    exchange(lms, code)
    lms.advance(seconds=1)
    assert exchange(lms, late, status=400)["error"] == "invalid_grant"


def test_a_code_is_its_clients_and_no_access_token(lms: Lms) -> None:
    code = code_for(lms, browser())
    assert exchange(lms, code, redirect_uri=PUBLIC["redirect_uri"], code_verifier=VERIFIER, status=400)
    assert not works(lms, code)
    assert exchange(lms, lms.token, status=400)["error"] == "invalid_grant"
    exchange_public(lms, code)


@pytest.mark.parametrize("address", [None, "", "http://localhost:9999/other", f"{BACK}/", "http://localhost:9998/back"])
def test_a_code_needs_the_address_that_it_was_sent_to(lms: Lms, address: str | None) -> None:
    code = code_for(lms, confidential())
    assert "access_token" not in exchange(lms, code, redirect_uri=address, status=400)
    exchange(lms, code)


# --- PKCE


@pytest.mark.parametrize("verifier", [None, "", "w" * 43, VERIFIER.upper(), CHALLENGE, "v" * 42, "v" * 200])
def test_a_wrong_or_missing_verifier_gives_no_token(lms: Lms, verifier: str | None) -> None:
    code = code_for(lms, browser())
    refusal = exchange_public(lms, code, code_verifier=verifier, status=400)
    assert refusal["error"] in {"invalid_grant", "invalid_request"}
    code = code_for(lms, confidential(**PKCE))
    assert "access_token" not in exchange(lms, code, code_verifier=verifier, status=400)


def test_a_client_with_a_secret_may_use_pkce_or_not(lms: Lms) -> None:
    exchange(lms, code_for(lms, confidential()))
    exchange(lms, code_for(lms, confidential(**PKCE)), code_verifier=VERIFIER)


def test_the_public_client_gets_no_token_without_pkce(lms: Lms) -> None:
    see(lms, authorize(**PUBLIC), status=None)
    if lms.last.status_code == 200:
        code = code_for(lms, authorize(**PUBLIC))
        for verifier in (None, VERIFIER):
            exchange_public(lms, code, code_verifier=verifier, status=400)
    else:
        assert lms.last.status_code in {302, 400}


def test_the_client_with_a_secret_needs_it(lms: Lms) -> None:
    for secret in (None, "", "wrong"):
        code = code_for(lms, confidential(**PKCE))
        assert (
            exchange(lms, code, client_secret=secret, code_verifier=VERIFIER, status=401)["error"] == "invalid_client"
        )


@pytest.mark.parametrize("username", ["nobody", "ana.silva", CREDENTIALS.username, "x\0", "mei.chen"])
def test_a_wrong_login_hashes_once_whoever_is_named(lms: Lms, monkeypatch: pytest.MonkeyPatch, username: str) -> None:
    with lms.tenant.database.begin() as transaction:
        transaction.run(Statement(update(users).where(users.c.username == "mei.chen").values(active=0)))
    passwords.is_password("", None)  # what nobody's password is hashed to is made once
    checked: list[str] = []
    original = werkzeug.security.check_password_hash

    def check(hashed: str, password: str) -> bool:
        checked.append(hashed.rpartition("$")[0].rpartition("$")[0])
        return original(hashed, password)

    monkeypatch.setattr(passwords, "check_password_hash", check)
    assert oauth2.find_user(lms.tenant, username, "wrong") is None
    assert checked == [passwords.METHOD]
