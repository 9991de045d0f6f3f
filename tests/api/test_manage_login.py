"""POST /manage/v1/user/login (`log_in`)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mock_lms.storage.control_tables import oauth_tokens
from tests.support.lms import CREDENTIALS, Lms
from tests.support.oauth2 import refresh, works

LOGIN = "/manage/v1/user/login"
ADMIN = {"username": CREDENTIALS.username, "password": CREDENTIALS.password}
TOKEN = re.compile(r"[0-9a-f]{40}")


def log_in(lms: Lms, body: dict[str, Any], *, status: int = 200) -> Any:
    """Without a token, since that is what it is for."""
    return lms.call("POST", LOGIN, body, token=None, status=status)


@pytest.mark.both_databases
def test_a_login_gives_an_access_token_that_works_for_two_hours(small: Lms) -> None:
    data = log_in(small, ADMIN)["data"]
    assert data.keys() == {"access_token", "expires_in"}
    assert TOKEN.fullmatch(data["access_token"])
    assert data["expires_in"] == "7200"
    assert works(small, data["access_token"])
    small.advance(seconds=7_199)
    assert works(small, data["access_token"])
    small.advance(seconds=1)
    assert not works(small, data["access_token"])


@pytest.mark.both_databases
def test_a_refresh_token_comes_if_it_is_asked_for_and_is_good_for_the_servers_client(small: Lms) -> None:
    data = log_in(small, {**ADMIN, "issue_refresh_token": True})["data"]
    assert TOKEN.fullmatch(data["refresh_token"])
    assert works(small, refresh(small, data["refresh_token"])["access_token"])


def test_a_learner_logs_in_too_and_remains_one(small: Lms) -> None:
    token = log_in(small, {"username": "a", "password": "pass-of-a"})["data"]["access_token"]
    assert small.call("GET", "/manage/v1/user/session", token=token)["data"]["username"] == "a"
    small.call("GET", "/manage/v1/user", token=token, status=403)


@pytest.mark.parametrize(
    "body",
    [
        {"username": CREDENTIALS.username, "password": "wrong"},
        {"username": "nobody", "password": CREDENTIALS.password},
        {"username": "gone", "password": "pass-of-gone"},
        {"username": "b", "password": "x"},
    ],
    ids=["wrong password", "nobody", "not active", "no password"],
)
def test_a_wrong_login_is_400_and_does_not_tell_what_is_wrong(small: Lms, body: dict[str, str]) -> None:
    before = small.rows(oauth_tokens)
    refusal = log_in(small, body, status=400)
    assert refusal == {
        "name": "Bad Request",
        "message": ["The username or password is wrong, or the user is not active."],
        "code": 400,
        "status": 400,
    }
    assert small.rows(oauth_tokens) == before


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "username"),
        ({"username": "a"}, "password"),
        ({"username": 7, "password": "x"}, "username"),
        ({"username": "a", "password": ""}, "password"),
        ({"username": "a\0", "password": "x"}, "username"),
        ({"username": "a", "password": "x", "issue_refresh_token": "maybe"}, "issue_refresh_token"),
    ],
)
def test_a_body_that_is_no_login_is_refused_and_the_field_is_named(
    small: Lms, body: dict[str, Any], named: str
) -> None:
    messages = log_in(small, body, status=400)["message"]
    assert any(message.startswith(f"{named}: ") for message in messages)


def test_the_journal_keeps_neither_the_password_nor_the_tokens(small: Lms) -> None:
    data = log_in(small, {**ADMIN, "issue_refresh_token": True})["data"]
    (entry,) = small.mock("GET", "/journal?last=1&limit=1")["entries"]
    assert entry["operation"] == "log_in"
    kept = str(entry)
    assert not [
        secret for secret in (CREDENTIALS.password, data["access_token"], data["refresh_token"]) if secret in kept
    ]
