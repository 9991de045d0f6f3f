"""POST /oauth2/token (`issue_token`). The page on which a person logs in is in `test_oauth2_login.py`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import update
from werkzeug.test import EnvironBuilder

from mock_lms.storage.control_tables import oauth_tokens
from mock_lms.storage.database import Statement
from mock_lms.storage.tables import users
from tests.support.lms import CREDENTIALS, Lms
from tests.support.oauth2 import (
    ADMIN,
    BACK,
    CLIENT,
    FORM,
    PASSWORD,
    ask,
    code_for,
    confidential,
    refresh,
    works,
)

TOKEN = re.compile(r"[0-9a-f]{40}")
WITH_SECRET = {"grant_type": "client_credentials", **CLIENT}


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


# --- what is issued


@pytest.mark.both_databases
def test_a_password_gives_an_access_and_a_refresh_token(lms: Lms) -> None:
    answer = ask(lms, **PASSWORD, scope="api")
    assert TOKEN.fullmatch(answer["access_token"])
    assert TOKEN.fullmatch(answer["refresh_token"])
    assert answer["access_token"] != answer["refresh_token"]
    assert (answer["expires_in"], answer["token_type"], answer["scope"]) == (3600, "Bearer", "api")
    assert lms.last.headers["Cache-Control"] == "no-store"
    assert works(lms, answer["access_token"])
    assert not works(lms, answer["refresh_token"])


def test_a_secret_gives_an_access_token_of_the_superadmin_and_nothing_to_refresh(lms: Lms) -> None:
    answer = ask(lms, **WITH_SECRET)
    assert "refresh_token" not in answer
    session = lms.call("GET", "/manage/v1/user/session", token=answer["access_token"])["data"]
    assert session["username"] == "admin"


def test_every_token_is_another_one(lms: Lms) -> None:
    answers = [ask(lms, **PASSWORD) for _ in range(5)]
    tokens = [answer[kind] for answer in answers for kind in ("access_token", "refresh_token")]
    assert len(set(tokens)) == 10
    assert all(works(lms, answer["access_token"]) for answer in answers)


def as_form(fields: dict[str, str]) -> tuple[bytes, str]:
    return urlencode(fields).encode(), FORM


def as_multipart(fields: dict[str, str]) -> tuple[bytes, str]:
    builder = EnvironBuilder(method="POST", data=fields, content_type="multipart/form-data")
    environ = builder.get_environ()
    return environ["wsgi.input"].read(), environ["CONTENT_TYPE"]


def as_json(fields: dict[str, str]) -> tuple[bytes, str]:
    return json.dumps(fields).encode(), "application/json"


@pytest.mark.parametrize("encode", [as_form, as_multipart, as_json])
def test_every_grant_may_come_in_every_kind_of_body(
    lms: Lms, encode: Callable[[dict[str, str]], tuple[bytes, str]]
) -> None:
    def send(fields: dict[str, str]) -> Any:
        raw, content_type = encode(fields)
        return lms.call("POST", "/oauth2/token", raw=raw, content_type=content_type, token=None)

    for grant in (
        PASSWORD,
        WITH_SECRET,
        {"grant_type": "refresh_token", **CLIENT, "refresh_token": ask(lms, **PASSWORD)["refresh_token"]},
        {"grant_type": "authorization_code", **CLIENT, "redirect_uri": BACK, "code": code_for(lms, confidential())},
    ):
        assert works(lms, send(grant)["access_token"])


@pytest.mark.parametrize("grant", [{"grant_type": "client_credentials"}, {"grant_type": "password", **ADMIN}])
def test_a_client_may_be_named_by_http_basic(lms: Lms, grant: dict[str, Any]) -> None:
    good = basic(CREDENTIALS.client_id, CREDENTIALS.client_secret)
    assert works(lms, ask(lms, headers=good, **grant)["access_token"])
    for bad in (basic(CREDENTIALS.client_id, "wrong"), basic("nobody", "s3cret"), basic("api-browser", "")):
        assert ask(lms, headers=bad, status=401, **grant)["error"] == "invalid_client"
    for header in ("Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff\x00").decode(), "Bearer x"):
        assert ask(lms, headers={"Authorization": header}, status=401, **grant)["error"] == "invalid_client"


@pytest.mark.parametrize("scope", ["api", "", "admin", "api admin"])
def test_whatever_scope_is_asked_for_there_is_only_one(lms: Lms, scope: str) -> None:
    assert ask(lms, **PASSWORD, scope=scope)["scope"] == "api"


# --- what is refused


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"client_id": "a\0b"}, None, None),
        ({"client_id": "api-browser", "client_secret": ""}, None, None),
        ({"password": "wrong"}, 400, "invalid_grant"),
        ({"password": CREDENTIALS.password.upper()}, 400, "invalid_grant"),
        ({"username": "nobody"}, 400, "invalid_grant"),
        ({"username": "a\0b"}, None, None),
        ({"username": "ana.silva", "password": ""}, 400, None),
        ({"username": "ana.silva", "password": "None"}, 400, "invalid_grant"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, None),
        ({"grant_type": "a\0b"}, 400, "unsupported_grant_type"),
    ],
)
def test_whoever_gets_one_thing_wrong_gets_no_token(
    lms: Lms, wrong: dict[str, str], status: int | None, error: str | None
) -> None:
    before = lms.everything(but=("journal",))
    refusal = ask(lms, **{**PASSWORD, **wrong}, status=status)
    assert lms.last.status_code in {400, 401}
    assert refusal["error"] == (error or refusal["error"])
    assert "access_token" not in refusal
    assert lms.everything(but=("journal",)) == before


@pytest.mark.parametrize("missing", ["grant_type", "client_id", "client_secret", "username", "password"])
def test_whoever_leaves_one_thing_out_gets_no_token(lms: Lms, missing: str) -> None:
    before = lms.everything(but=("journal",))
    ask(lms, **{name: value for name, value in PASSWORD.items() if name != missing}, status=None)
    assert lms.last.status_code in {400, 401}
    assert lms.everything(but=("journal",)) == before


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"grant_type": 5}', "application/json", 400),
        (b'{"grant_type": ["password"]}', "application/json", 400),
        (b'{"grant_type": null}', "application/json", 400),
        (b"{}", "application/json", 400),
        (b"", FORM, 400),
        (b"%ff=%ff", FORM, 400),
        (b"grant_type=password", "text/plain", 415),
        (b"x", "multipart/form-data", 400),
        (b"<x/>", "application/xml", 415),
    ],
)
def test_a_body_that_is_none_of_the_three_is_refused_in_oauths_own_words(
    lms: Lms, raw: bytes, content_type: str, status: int
) -> None:
    refusal = lms.call("POST", "/oauth2/token", raw=raw, content_type=content_type, token=None, status=status)
    assert isinstance(refusal["error"], str)


def test_a_refusal_tells_neither_whether_the_user_exists_nor_the_password(lms: Lms) -> None:
    texts = {
        json.dumps(ask(lms, **{**PASSWORD, "username": name, "password": "pa55word-wrong"}, status=400))
        for name in ("admin", "nobody", "mei.chen")
    }
    assert len(texts) == 1
    assert "pa55word" not in texts.pop()


def test_an_inactive_user_gets_no_token(small: Lms) -> None:
    gone = {"username": "gone", "password": "pass-of-gone"}
    assert ask(small, **{**PASSWORD, **gone}, status=400)["error"] == "invalid_grant"


def deactivate(lms: Lms, user: int) -> None:
    with lms.tenant.database.begin() as transaction:
        transaction.run(Statement(update(users).where(users.c.id == user).values(active=0)))


@pytest.mark.both_databases
def test_the_token_of_a_user_who_is_deactivated_lets_nobody_in_any_more(small: Lms) -> None:
    token = small.log_in("a", "pass-of-a")
    assert works(small, token)
    deactivate(small, 11)
    assert not works(small, token)


@pytest.mark.both_databases
def test_who_is_deactivated_cannot_refresh(small: Lms) -> None:
    issued = ask(small, **{**PASSWORD, "username": "a", "password": "pass-of-a"})
    deactivate(small, 11)
    assert refresh(small, issued["refresh_token"], status=400)["error"] == "invalid_grant"


# --- what is stored, and what the API says


@pytest.mark.both_databases
def test_no_token_secret_or_password_is_stored_in_clear(lms: Lms) -> None:
    first = ask(lms, **PASSWORD)
    second = refresh(lms, first["refresh_token"])
    code = code_for(lms, confidential())
    lms.call("POST", "/manage/v1/user", {"username": "noa", "password": "noas-own-word"})
    secrets = [CREDENTIALS.client_secret, CREDENTIALS.password, "learner-demo", "noas-own-word", lms.token, code]
    secrets += [answer[kind] for answer in (first, second) for kind in ("access_token", "refresh_token")]
    stored = repr(lms.everything(but=()))
    assert [secret for secret in secrets if secret in stored] == []
    assert lms.rows(oauth_tokens)


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer x", "Basic {token}", "{token}", "Bearer {token}x", "Bearer {token} x"],
)
def test_without_a_good_token_the_api_answers_401_in_the_vendors_envelope(lms: Lms, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.format(token=lms.token)}
    for path in ("/manage/v1/user/session", "/learn/v1/enrollments", "/course/v1/courses"):
        refusal = lms.call("GET", path, token=None, headers=headers, status=401)
        assert (refusal["name"], refusal["code"], refusal["status"]) == ("Unauthorized", 401, 401)
        assert lms.token not in str(refusal)


@pytest.mark.parametrize("header", ["Bearer {token}", "bearer {token}", "BEARER  {token} "])
def test_the_scheme_may_be_written_in_any_case(lms: Lms, header: str) -> None:
    headers = {"Authorization": header.format(token=lms.token)}
    lms.call("GET", "/manage/v1/user/session", token=None, headers=headers)


def test_a_token_in_the_query_lets_nobody_in(lms: Lms) -> None:
    lms.call("GET", f"/manage/v1/user/session?access_token={lms.token}", token=None, status=401)


def test_parameters_in_the_query_are_refused_with_where_they_belong_and_are_in_no_journal(lms: Lms) -> None:
    refusal = lms.call("POST", f"/oauth2/token?{urlencode(PASSWORD)}", token=None, status=400)
    assert refusal["error"] == "invalid_request"
    assert "query string" in refusal["error_description"]
    lms.call("GET", f"/manage/v1/user/session?access_token={lms.token}", token=None, status=401)
    noted = str(lms.mock("GET", "/journal"))
    assert not [secret for secret in (CLIENT["client_secret"], ADMIN["password"], lms.token) if secret in noted]
