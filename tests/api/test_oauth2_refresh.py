"""Refreshing tokens, and how long they live."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.control_tables import oauth_tokens
from tests.support.lms import Lms
from tests.support.oauth2 import (
    PASSWORD,
    VERIFIER,
    ask,
    at_once,
    browser,
    code_for,
    refresh,
    works,
)


@pytest.mark.both_databases
def test_a_refresh_token_works_once(lms: Lms) -> None:
    first = ask(lms, **PASSWORD)
    second = refresh(lms, first["refresh_token"])
    assert works(lms, second["access_token"])
    assert refresh(lms, first["refresh_token"], status=400)["error"] == "invalid_grant"
    assert works(lms, refresh(lms, second["refresh_token"])["access_token"])


@pytest.mark.both_databases
def test_of_eight_who_use_a_refresh_token_at_once_one_gets_a_token(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    spent = ask(lms, **PASSWORD)["refresh_token"]
    tokens = len(lms.rows(oauth_tokens))
    statuses = at_once(lms, monkeypatch, grant_type="refresh_token", refresh_token=spent)
    assert statuses == [200] + [400] * 7
    assert len(lms.rows(oauth_tokens)) == tokens + 1, "one spent, an access and a refresh token made"


@pytest.mark.parametrize("wrong", ["x", "", "a\0b", "é"])
def test_what_is_no_refresh_token_gives_nothing(lms: Lms, wrong: str) -> None:
    refresh(lms, wrong, status=400)
    assert refresh(lms, lms.token, status=400)["error"] == "invalid_grant", "an access token is none"


def test_a_refresh_token_is_its_clients(lms: Lms) -> None:
    token = ask(lms, **PASSWORD)["refresh_token"]
    ask(lms, grant_type="refresh_token", client_id="api-browser", refresh_token=token, status=400)
    assert lms.last.get_json()["error"] == "invalid_grant"
    assert works(lms, refresh(lms, token)["access_token"]), "another client's attempt does not use it up"


def test_a_refresh_token_gives_no_wider_scope(lms: Lms) -> None:
    token = ask(lms, **PASSWORD)["refresh_token"]
    assert refresh(lms, token, scope="api admin", status=400)["error"] == "invalid_scope"
    assert refresh(lms, token, scope="api")["scope"] == "api"


def test_the_public_client_refreshes_without_a_secret(lms: Lms) -> None:
    form: dict[str, Any] = {
        "client_id": "api-browser",
        "redirect_uri": "http://localhost/api-browser/oauth2-redirect.html",
    }
    code = code_for(lms, browser())
    first = ask(lms, grant_type="authorization_code", code=code, code_verifier=VERIFIER, **form)
    answer = ask(lms, grant_type="refresh_token", client_id="api-browser", refresh_token=first["refresh_token"])
    assert works(lms, answer["access_token"])


# --- expiry


def test_an_access_token_works_for_an_hour_and_no_second_longer(lms: Lms) -> None:
    lms.advance(seconds=3599)
    assert works(lms, lms.token)
    lms.advance(seconds=1)
    assert not works(lms, lms.token)


def test_a_refresh_token_outlives_its_access_token_but_not_two_weeks(lms: Lms) -> None:
    first, other = ask(lms, **PASSWORD), ask(lms, **PASSWORD)
    lms.advance(hours=2)
    assert works(lms, refresh(lms, first["refresh_token"])["access_token"])
    lms.advance(days=14)
    assert refresh(lms, other["refresh_token"], status=400)["error"] == "invalid_grant"


@pytest.mark.both_databases
def test_tokens_that_expired_are_not_kept_for_ever(lms: Lms) -> None:
    ask(lms, **PASSWORD)
    old = {row[0] for row in lms.rows(oauth_tokens)}
    lms.advance(days=15)
    ask(lms, **PASSWORD)
    assert not old & {row[0] for row in lms.rows(oauth_tokens)}
